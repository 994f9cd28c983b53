"""Commands about what is sent to many, and about all that is still to come."""

from bot.cli.order import app, command, pushes
from bot.terminal import options as o


@command(app, "push", "push")
def push(
    cohort: o.ToCohort = None,
    phase: o.ToPhase = None,
    format: o.ToFormat = None,
    situation: o.ToSituation = None,
    participant: o.ToPeople = None,
    text_file: o.TextFile = None,
    picture: o.Picture = None,
    capsule: o.TheCapsule = None,
    flow: o.TheFlow = None,
    at: o.Later = None,
    weekly: o.Weekly = None,
    around: o.Around = None,
    until: o.LastDay = None,
    dry_run: o.DryRun = False,
    again: o.Again = False,
    as_json: o.Json = False,
) -> None:
    """Envoyer un texte, une capsule ou un module : à qui, quand, et d'abord à voir avec --dry-run."""
    from bot.terminal import sending

    to = {"cohorts": cohort, "phases": phase, "formats": format, "situations": situation, "people": participant}
    body = {"text_file": text_file, "picture": picture, "capsule": capsule, "flow": flow}
    when = {"at": at, "weekly": weekly, "around": around, "until": until}
    sending.push(as_json, to, body, when, dry_run=dry_run, again=again)


@command(pushes, "list", "push")
def listed(as_json: o.Json = False) -> None:
    """Lister les envois, du plus récent au plus ancien, et où ils en sont."""
    from bot.terminal import dispatch

    dispatch.listed(as_json)


@command(pushes, "show", "push")
def show(number: o.PushNumber, as_json: o.Json = False) -> None:
    """Dire ce qu'un envoi est devenu, personne par personne."""
    from bot.terminal import dispatch

    dispatch.show(as_json, number)


@command(pushes, "pause", "push")
def pause(number: o.PushNumber, as_json: o.Json = False) -> None:
    """Suspendre un envoi : ce qui n'est pas parti attend."""
    from bot.terminal import dispatch

    dispatch.act(as_json, "pause", number)


@command(pushes, "resume", "push")
def resume(number: o.PushNumber, as_json: o.Json = False) -> None:
    """Reprendre un envoi suspendu."""
    from bot.terminal import dispatch

    dispatch.act(as_json, "resume", number)


@command(pushes, "cancel", "push")
def cancel(number: o.PushNumber, as_json: o.Json = False) -> None:
    """Arrêter un envoi : plus rien n'en part."""
    from bot.terminal import dispatch

    dispatch.act(as_json, "cancel", number)


@command(app, "upcoming", "upcoming")
def upcoming(participant: o.Whose = None, as_json: o.Json = False) -> None:
    """Montrer tout ce qui est prévu, quand, et pourquoi à ce moment."""
    from bot.terminal import sending

    sending.upcoming(as_json, participant)
