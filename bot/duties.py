"""What the desk does when one of its timers is due, by kind: for `House.due`."""

from collections.abc import Mapping

from bot.admin import occurrences, progress
from bot.conversation.crisis import ALERT
from bot.conversation.house import Due
from bot.desk import absences, alerts, brief, comments, digest, returning, skills
from bot.store.recall import RETURN

DUE: Mapping[str, Due] = {
    "digest": digest.due,
    "brief": brief.due,
    "comment": comments.due,
    absences.KIND: absences.due,
    RETURN: returning.due,
    ALERT: alerts.due,
    occurrences.ROUND: occurrences.due,
    skills.KIND: skills.due,
    progress.PROGRESS: progress.due,
}
