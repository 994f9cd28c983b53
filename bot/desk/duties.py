"""What the desk does when one of its timers is due, by kind: for `House.due`."""

from collections.abc import Mapping

from bot.conversation.house import Due
from bot.desk import absences, brief, comments, digest, handover

DUE: Mapping[str, Due] = {
    "digest": digest.due,
    "brief": brief.due,
    "comment": comments.due,
    handover.KIND: handover.due,
    absences.KIND: absences.due,
}
