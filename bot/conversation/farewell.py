"""The last turn of somebody who leaves with nothing: what they hear, what their coach hears, and the mark to erase.

What erasing takes is the store's to know (bot/store/erasing.py).
"""

from bot.conversation import entry
from bot.conversation.house import House
from bot.store.case import Case
from bot.store.erasing import HOUSE, initial
from flows.calendar import spoken, zone


def erase(house: House, case: Case, goodbye: str = "erased", told: str = "coach_erased") -> None:
    """Marks them for erasure with this turn. The goodbye is sent under nobody's name; the coach reads an initial."""
    assert case.person is not None
    who = f"{initial(case.person.name)}."
    ahead = case.next_appointment()
    if ahead and told == "coach_erased":
        at = spoken(ahead.at, zone(case.coach.zone) if case.coach else case.zone)
        entry.tell_coach(house, case, "coach_erased_booked", leaving=True, name=who, date=at)
    else:
        entry.tell_coach(house, case, told, leaving=True, name=who)
    if case.chat_id is not None:
        case.send("sendMessage", house.speech.phrase(goodbye), owner_id=HOUSE, enrolment_id=None)
    house.speech.forget()
    case.changes.erased = True
