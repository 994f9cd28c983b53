"""`marge`: the commands an operator types. Each opens what it needs, says what it did, and never shows a traceback.

Exit codes: 0 done, 1 refused or at fault, 2 a mistyped command or a wrong setting.
"""

import functools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer

from bot.terminal import Misused, Refused, usage
from bot.terminal import options as o

app = usage.app(help="Marge, le compagnon Telegram d'un bilan de compétences.")
invite = usage.app(help="Inviter quelqu'un, et obtenir son lien.")
keys = usage.app(help="Changer les clés, et voir où elles en sont.")
appointment = usage.app(help="Poser, déplacer, annuler ou lister des rendez-vous.")


def command(group: typer.Typer, name: str, action: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command, and the action that `bot.rights` is asked before it is carried out."""

    def registered(act: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(act)
        def asked(*args: Any, **options: Any) -> None:
            from bot.rights import OPERATOR, may

            if not may(OPERATOR, action):
                raise Refused(f"« {name} » n'est permis à personne ici.")
            act(*args, **options)

        asked.__dict__["action"] = action
        return group.command(name, cls=usage.French)(asked)

    return registered


# --- the house at work -------------------------------------------------------------------------


@command(app, "demo", "run")
def demo(port: o.Port = 8200, no_browser: o.NoBrowser = False, as_json: o.Json = False) -> None:
    """Montrer tout Marge sur cette machine, sans compte Telegram, avec des personnes inventées."""
    from bot.terminal import work

    work.demo(port, not no_browser, as_json)


@command(app, "up", "run")
def up(as_json: o.Json = False) -> None:
    """Tout lancer en un seul processus : base mise à jour, messages, échéances, et web si PUBLIC_URL est réglée."""
    from bot.terminal import work

    work.keep(("web", "work", "clock"), as_json, migrated=True)


@command(app, "web", "run")
def web(as_json: o.Json = False) -> None:
    """Recevoir ce que Telegram envoie à PUBLIC_URL."""
    from bot.terminal import work

    work.keep(("web",), as_json)


@command(app, "work", "run")
def work_(as_json: o.Json = False) -> None:
    """Traiter les messages reçus et envoyer les réponses."""
    from bot.terminal import work

    work.keep(("work",), as_json)


@command(app, "clock", "run")
def clock(as_json: o.Json = False) -> None:
    """Déclencher ce qui arrive à échéance : envois, relances, synthèses."""
    from bot.terminal import work

    work.keep(("clock",), as_json)


@command(app, "migrate", "run")
def migrate(as_json: o.Json = False) -> None:
    """Créer les tables de la base, ou les mettre à jour."""
    from bot.terminal import work

    work.migrated(as_json)


# --- before it goes to work --------------------------------------------------------------------


@command(app, "check", "content")
def check(folder: o.Folder = None, safety: o.Safety = False, as_json: o.Json = False) -> None:
    """Relire tous les contenus, et dire chaque faute : où elle est, et quoi écrire."""
    from bot.clock import Clock
    from bot.terminal import proofs

    raise typer.Exit(proofs.check(folder, Clock.real().now().date(), safety, as_json))


@command(app, "coverage", "content")
def coverage(as_json: o.Json = False) -> None:
    """Montrer où chaque demande du programme est servie, et celles qui ne le sont nulle part."""
    from bot.terminal import coverage

    raise typer.Exit(coverage.coverage(as_json))


@command(app, "rehearse", "content")
def rehearse(name: o.Rehearsed, profile: o.Profile = None, every: o.Every = "14j", as_json: o.Json = False) -> None:
    """Répéter ici un module, ou un programme entier : ce qui se dit, ce qui partirait, quand. Rien n'est gardé."""
    from bot.terminal import rehearsal

    rehearsal.rehearse(name, profile, every, as_json)


@command(app, "map", "content")
def map_(
    out: o.MapFolder = Path("var/maps"),
    flow: o.MapFlow = None,
    programme: o.MapProgramme = None,
    as_json: o.Json = False,
) -> None:
    """Dessiner le programme et ses modules, en SVG et en PNG."""
    from bot.terminal import maps

    maps.draw(out, flow, programme, as_json)


@command(app, "doctor", "run")
def doctor(as_json: o.Json = False) -> None:
    """Tout vérifier sur cette machine, et dire comment réparer ce qui ne va pas."""
    from bot.terminal import doctor

    raise typer.Exit(doctor.report(as_json))


# --- people ------------------------------------------------------------------------------------


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
    name: o.Name,
    coach: o.OfCoach,
    programme: o.OfProgramme = "bilan",
    format: o.Format = "accompagne",
    zone: o.Zone = None,
    cohort: o.Cohort = None,
    as_json: o.Json = False,
) -> None:
    """Inviter un participant, et l'inscrire à son programme."""
    from bot.terminal import people

    people.invite(
        as_json, role="participant", name=name, zone=zone,
        coach_id=coach, programme=programme, format=format, cohort=cohort,
    )  # fmt: skip


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


# --- keys and copies ---------------------------------------------------------------------------


@command(keys, "list", "run")
def keys_list(as_json: o.Json = False) -> None:
    """Montrer les clés maîtresses, et combien de clés de personnes chacune enveloppe."""
    from bot.terminal import keys

    keys.listed(as_json)


@command(keys, "rotate", "run")
def keys_rotate(contents: o.Contents = False, as_json: o.Json = False) -> None:
    """Changer la clé maîtresse, Marge au travail. Interrompu, le même ordre reprend."""
    from bot.terminal import keys

    keys.rotate(as_json, contents)


@command(keys, "retire", "run")
def keys_retire(master: o.Master, as_json: o.Json = False) -> None:
    """Retirer du fichier une clé maîtresse qui ne sert plus."""
    from bot.terminal import keys

    keys.retire(as_json, master)


@command(app, "backup", "run")
def backup(folder: o.Backups = None, as_json: o.Json = False) -> None:
    """Copier la base, Marge au travail, et supprimer les copies trop vieilles."""
    from bot.terminal import copies

    copies.backup(as_json, folder)


@command(app, "restore", "run")
def restore(copy: o.Copy, keys_copy: o.KeysCopy = None, into: o.Into = None, as_json: o.Json = False) -> None:
    """Refaire la base à partir d'une copie, là où il n'y en a pas."""
    from bot.terminal import copies

    copies.restore(as_json, copy, keys_copy, into)


@command(app, "drill", "run")
def drill(as_json: o.Json = False) -> None:
    """S'exercer : une copie, sa restauration à côté, la comparaison, et le temps qu'il a fallu."""
    from bot.terminal import copies

    copies.drill(as_json)


# --- what was written, and what is sent --------------------------------------------------------


@command(app, "replies", "replies")
def replies(participant: o.Participant, as_json: o.Json = False) -> None:
    """Lire les réponses d'un participant, sauf celles qu'il garde pour lui."""
    from bot.terminal import desk

    desk.replies(as_json, participant)


@command(app, "digest", "digest")
def digest(coach: o.Coach, send: o.Send = False, as_json: o.Json = False) -> None:
    """Montrer la synthèse de la semaine, telle qu'elle serait maintenant."""
    from bot.terminal import desk

    desk.digest(as_json, coach, send)


@command(app, "brief", "brief")
def brief(participant: o.Participant, send: o.Send = False, as_json: o.Json = False) -> None:
    """Montrer ce que le coach lira avant le prochain rendez-vous."""
    from bot.terminal import desk

    desk.brief(as_json, participant, send)


@command(app, "push", "push")
def push(
    cohort: o.ToCohort = None,
    participant: o.ToOne = None,
    text_file: o.TextFile = None,
    capsule: o.TheCapsule = None,
    at: o.Later = None,
    dry_run: o.DryRun = False,
    again: o.Again = False,
    as_json: o.Json = False,
) -> None:
    """Envoyer un texte ou une capsule à une personne ou à une cohorte, aux heures permises."""
    from bot.terminal import sending

    sending.push(as_json, cohort, participant, text_file, capsule, at, dry_run=dry_run, again=again)


@command(app, "upcoming", "upcoming")
def upcoming(participant: o.Whose = None, as_json: o.Json = False) -> None:
    """Montrer tout ce qui est prévu, quand, et pourquoi à ce moment."""
    from bot.terminal import sending

    sending.upcoming(as_json, participant)


app.add_typer(invite, name="invite")
app.add_typer(appointment, name="appointment")
app.add_typer(keys, name="keys")


# --- the door ----------------------------------------------------------------------------------


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 still gets an answer
    sys.exit(run(sys.argv[1:]))


def run(args: Sequence[str]) -> int:
    """Carries out one command line; its exit code. Whatever goes wrong is told on stderr."""
    try:
        code = app(args=list(args), prog_name="marge", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except BrokenPipeError:
        sys.stdout = None  # whoever read has left: nothing to flush at exit
        return 1
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Refused as refused:
        return _tell(str(refused), 2 if isinstance(refused, Misused) else 1)
    except typer.TyperException as error:
        return _tell(usage.told(error), 2)
    except Exception as error:
        from bot.terminal import faults

        return _tell(*faults.told(error))


def _tell(line: str, code: int) -> int:
    if line:
        print(line, file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
