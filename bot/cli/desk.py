"""Commands about what was written, and what is sent."""

from bot.cli.order import app, command
from bot.terminal import options as o


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
