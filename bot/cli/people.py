"""Commands about people: invited, given appointments, brought to an end."""

from bot.cli.order import app, appointment, command, invite
from bot.terminal import options as o


@command(invite, "admin", "invite_coach")
def invite_admin(name: o.Name, zone: o.Zone = None, as_json: o.Json = False) -> None:
    """Inviter quelqu'un qui envoie aux cohortes et invite les coachs."""
    from bot.terminal import people

    people.invite(as_json, role="admin", name=name, zone=zone)


@command(invite, "coach", "invite_coach")
def invite_coach(name: o.Name, zone: o.Zone = None, as_json: o.Json = False) -> None:
    """Inviter un ou une coach."""
    from bot.terminal import people

    people.invite(as_json, role="coach", name=name, zone=zone)


@command(invite, "referent", "invite_coach")
def invite_referent(name: o.Name, zone: o.Zone = None, as_json: o.Json = False) -> None:
    """Inviter qui reçoit les alertes de détresse restées sans réponse. Cette personne ne lit rien d'autre."""
    from bot.terminal import people

    people.invite(as_json, role="referent", name=name, zone=zone)


@command(invite, "participant", "invite")
def invite_participant(
    name: o.PerhapsName = None,
    coach: o.PerhapsCoach = None,
    programme: o.OfProgramme = "bilan",
    format: o.Format = "accompagne",
    zone: o.Zone = None,
    cohort: o.Cohort = None,
    csv: o.Csv = None,
    dry_run: o.DryList = False,
    as_json: o.Json = False,
) -> None:
    """Inviter un participant, ou toute une liste, et l'inscrire à son programme."""
    from bot.terminal import people

    people.invite_participants(
        as_json, name=name, path=csv, dry_run=dry_run,
        coach_id=coach, programme=programme, format=format, zone=zone, cohort=cohort,
    )  # fmt: skip


@command(invite, "resend", "reinvite")
def invite_resend(person: o.Anybody, as_json: o.Json = False) -> None:
    """Donner un nouveau lien à quelqu'un de connu. Les liens d'avant n'ouvrent plus rien."""
    from bot.terminal import people

    people.resend(as_json, person)


@command(invite, "revoke", "revoke")
def invite_revoke(person: o.Anybody, as_json: o.Json = False) -> None:
    """Retirer le lien de quelqu'un : il n'ouvre plus rien."""
    from bot.terminal import people

    people.revoke(as_json, person)


@command(app, "erase", "erase")
def erase(person: o.Anybody, yes: o.Yes = False, as_json: o.Json = False) -> None:
    """Effacer quelqu'un pour de bon : tout ce qui est gardé de cette personne, et sa clé."""
    from bot.terminal import ending

    ending.erase(as_json, person, yes)


@command(app, "close", "close")
def close(participant: o.Participant, yes: o.Yes = False, as_json: o.Json = False) -> None:
    """Terminer un programme avant sa dernière séance. La personne choisit ce qui est gardé ou détruit."""
    from bot.terminal import ending

    ending.close(as_json, participant, yes)


@command(app, "purge", "erase")
def purge(dry_run: o.Looking = False, as_json: o.Json = False) -> None:
    """Détruire ce dont le temps de garde est passé, par petits lots."""
    from bot.terminal import ending

    ending.purge(as_json, dry_run)


@command(appointment, "set", "appointment")
def appointment_set(
    participant: o.Participant, session: o.Session, at: o.At, zone: o.Zone = None, as_json: o.Json = False
) -> None:
    """Poser ou déplacer un rendez-vous. Le participant est prévenu, les envois suivent."""
    from bot.terminal import people

    people.put(as_json, participant, session, at, zone)


@command(appointment, "cancel", "appointment")
def appointment_cancel(participant: o.Participant, session: o.Session, as_json: o.Json = False) -> None:
    """Annuler un rendez-vous. Le participant est prévenu."""
    from bot.terminal import people

    people.cancel(as_json, participant, session)


@command(appointment, "list", "appointment")
def appointment_list(participant: o.Participant, as_json: o.Json = False) -> None:
    """Montrer tous les rendez-vous d'un participant."""
    from bot.terminal import people

    people.appointments(as_json, participant)
