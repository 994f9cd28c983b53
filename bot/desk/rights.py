"""Who may do what at the desk. Whatever is not named here is denied.

A coach acts on their own participants only; an admin never reads what a participant wrote,
but for a testimony whose author agreed that the team reads it.
"""

from bot.store.case import Enrolment, Person

OWN = frozenset({"open", "replies", "review", "comment", "appointment", "brief", "reinvite", "note", "format", "pace",
                 "hand_over", "steer"})  # fmt: skip
"""What a coach does with one of their participants."""

COACH = frozenset({"space", "list", "invite", "digest", "slots", "agenda", "settings"})
ADMIN = frozenset({"invite_coach", "push", "testimonials"})


def may(actor: Person, action: str, enrolment: Enrolment | None = None) -> bool:
    """Whether `actor` may carry out `action`, on the participant of `enrolment` when it is about one."""
    match actor.role:
        case "coach" if action in OWN:
            return enrolment is not None and enrolment.coach_id == actor.id
        case "coach":
            return action in COACH
        case "admin":
            return action in ADMIN
        case _:
            return False
