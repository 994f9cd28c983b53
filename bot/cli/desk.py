"""Commands about what was written."""

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
