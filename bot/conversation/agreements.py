"""What somebody agrees to, as their file holds it: whether it stands, and the answers of a module that change it.

Knows no screen; what each text says is the content's business.
"""

from bot.conversation.discovery import FORMAT
from bot.conversation.house import House
from bot.store.case import Agreement, Case, RunFile
from flows.model import Kept, Key
from flows.trust import Consent, Kind

BY_DEFAULT = frozenset({"rappels"})
"""What the contract brings: it stands until it is refused (RGPD art. 6.1.b). Everything else waits for a yes."""


def word(case: Case, kind: Kind) -> Agreement | None:
    """Their newest word on it. Whoever booked a first talk agreed then that their answers be kept for it."""
    talk = kind == "sante" and case.enrolment is not None and case.enrolment.format == FORMAT
    return case.consents.get(kind) or (case.consents.get(FORMAT) if talk else None)


def stands(case: Case, kind: Kind) -> bool:
    """Whether they agree today."""
    held = word(case, kind)
    return kind in BY_DEFAULT if held is None else held.withdrawn_at is None


IN_MODULE = "module-"
"""How a version begins that is of the module in which they answered: its words are shelved with its flow (S7)."""


def changed(case: Case, one: Consent) -> bool:
    """Whether what they last had before them was in other words than today's."""
    held = case.consents.get(one.kind)
    return held is not None and held.version != one.version and not held.version.startswith(IN_MODULE)


def outdated(house: House, case: Case) -> Consent | None:
    """The first thing they agreed to in other words than today's; until they answer it stands as it was."""
    found = (one for one in house.library.consents.values() if one.kind in case.consents)
    return next((one for one in found if stands(case, one.kind) and changed(case, one)), None)


def in_danger(case: Case) -> bool:
    """Words of danger in this turn, or a hold since: nobody is asked to agree to anything."""
    return case.hushed or (case.enrolment is not None and case.enrolment.held_at is not None)


def taken_back(case: Case) -> bool:
    """Whether they agreed once that their answers be kept, and no longer do: what the contract brings still stands."""
    return case.enrolment is not None and case.enrolment.state == "welcomed" and "sante" in case.consents


def expects_appointments(case: Case) -> bool:
    """Whether they hear of their appointments: for as long as they are here, whatever they agree to."""
    return case.enrolment is not None and (case.enrolment.state in ("active", "paused") or taken_back(case))


def answered(house: House, case: Case, file: RunFile, key: Key, kept: Kept) -> None:
    """An answer that gives an agreement, or takes it back; its version is that of the module it stands in."""
    for one in house.library.consents.values():
        accepted = dict(one.answers).get(f"{file.flow}.{key}")
        if accepted is None:
            continue
        yes = kept.how == "said" and kept.value in accepted
        if yes:
            case.agree(one.kind, IN_MODULE + file.version)
        elif stands(case, one.kind):
            case.disagree(one.kind, IN_MODULE + file.version)
