"""The actions of somebody's plan, for their own calendar: each a day, or the first of its month. Keeps nothing."""

from datetime import datetime

from bot.conversation import actions
from bot.conversation.actions import MONTH, Action
from bot.conversation.house import House
from bot.documents import ics
from bot.store.case import Case
from flows.calendar import spoken_date


def calendar(house: House, case: Case, now: datetime, for_coach: bool = False) -> bytes:
    """An .ics file; the coach's one holds nothing that its author keeps to themselves."""
    found = [made for made in actions.listed(house, case) if not (for_coach and made.private)]
    return ics.days([_errand(house, made) for made in found], now)


def _errand(house: House, made: Action) -> ics.Errand:
    say = house.speech.phrases.say
    about = [say("plan_ics_step", step=made.step).strip()] if made.step else []
    about += [say("plan_ics_month", month=spoken_date(made.when)).strip()] if len(made.when) == MONTH else []
    run, place = str(made.run), made.place.translate({ord("["): "-", ord("]"): None})
    return ics.Errand(f"action-{run}-{place}@marge", made.revision, made.name, made.day, "\n".join(about))
