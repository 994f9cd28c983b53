"""Who may do what, to whom: one table, asked by every door (Telegram, page, terminal). What is not in it is denied.

A coach acts on their own participants only; an admin never reads what a participant wrote, but for a testimony whose
author agreed that the team reads it; a référent hears alerts and opens nothing; there is no role for an employer
(code du travail L6313-4). Knows roles and relations; reads no table.
"""

from collections.abc import Collection, Mapping
from typing import Final, Literal, TypeAlias

from bot.store.case import Enrolment, Person

Role: TypeAlias = Literal["stranger", "participant", "coach", "admin", "referent", "operator"]
Relation: TypeAlias = Literal["self", "own", "relayed", "any"]
"""`self`: about oneself. `own`: about one of one's participants. `relayed`: the same, or one of a coach whom one stands
in for. `any`: about whoever it may be, or about nobody."""

READING: Final = frozenset({"replies", "brief", "digest", "note", "review", "comment", "skill"})
"""What shows words of a participant to somebody else: written down in `accesses`."""

_OWN: Final[Mapping[Role, Relation]] = {"coach": "own"}
_COACH: Final[Mapping[Role, Relation]] = {"coach": "any"}
_ADMIN: Final[Mapping[Role, Relation]] = {"admin": "any"}
_OPERATOR: Final[Mapping[Role, Relation]] = {"operator": "any"}

RIGHTS: Final[Mapping[str, Mapping[Role, Relation]]] = {
    # a participant, about themselves
    "converse": {"participant": "self"},
    "own_data": {"participant": "self"},
    "own_space": {"participant": "self"},
    # anybody, known or not
    "help": dict.fromkeys(("stranger", "participant", "coach", "admin", "referent", "operator"), "any"),
    # about one participant
    "open": _OWN,
    "replies": {"coach": "own", "operator": "any"},
    "review": _OWN,
    "comment": _OWN,
    "appointment": {"coach": "own", "operator": "any"},
    "attendance": _OWN,
    "brief": {"coach": "own", "operator": "any"},
    "reinvite": {"coach": "own", "admin": "any", "operator": "any"},
    "note": _OWN,
    "format": _OWN,
    "pace": _OWN,
    "hand_over": _OWN,
    "synthesis": _OWN,
    "skill": _OWN,
    "steer": _OWN,
    "alert": {"coach": "relayed", "referent": "any", "admin": "any"},
    # the desk of a coach
    "space": _COACH,
    "list": _COACH,
    "invite": {"coach": "any", "operator": "any"},
    "digest": {"coach": "any", "operator": "any"},
    "slots": _COACH,
    "agenda": _COACH,
    "settings": _COACH,
    # the desk of an admin
    "invite_coach": {"admin": "any", "operator": "any"},
    "push": {"admin": "any", "operator": "any"},
    "testimonials": _ADMIN,
    "health": _ADMIN,
    "publish": {"admin": "any", "operator": "any"},
    "roster": _ADMIN,
    "enlist": _ADMIN,
    "cohorts": {"admin": "any", "operator": "any"},
    "revoke": {"admin": "any", "operator": "any"},
    "audit": {"admin": "any", "operator": "any"},
    # one's own account at the desk, and the end of somebody's file
    "leave": {"coach": "any", "admin": "any", "referent": "any"},
    "erase": _OPERATOR,
    "close": _OPERATOR,
    # the alerts nobody has answered
    "alerts": {"referent": "any"},
    # the machine
    "run": _OPERATOR,
    "content": _OPERATOR,
    "upcoming": _OPERATOR,
    "qualiopi": _OPERATOR,
}

OPERATOR: Final = Person(-1, "operator", "", "UTC", None)
"""Whoever types at the terminal of the machine: they hold the keys of the house."""


def may(
    actor: Person | None, action: str, enrolment: Enrolment | None = None, relays: Collection[int] = frozenset()
) -> bool:
    """Whether `actor` (None: a stranger) may carry out `action`, on the participant of `enrolment` if it is about one.

    `relays`: ids of the coaches whom the actor stands in for at this moment. While a participant has asked that their
    words be kept and not used (RGPD art. 18), nobody but themselves reads them.
    """
    role, me = (actor.role, actor.id) if actor else ("stranger", None)
    if enrolment and enrolment.restricted_at and action in READING and enrolment.person_id != me:
        return False
    match RIGHTS.get(action, {}).get(role):  # type: ignore[call-overload]
        case "any":
            return True
        case "self":
            return enrolment is not None and enrolment.person_id == me
        case "own":
            return enrolment is not None and enrolment.coach_id == me
        case "relayed":
            return enrolment is not None and (enrolment.coach_id == me or enrolment.coach_id in relays)
        case _:
            return False
