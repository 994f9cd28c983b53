"""The actions of somebody's plan: as they stand in their answers, and recalled once, each at its own date.

Never once the programme is over for whoever did not keep the plan; never twice for one date; never long after it.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.conversation.agreements import stands
from bot.conversation.house import House
from bot.conversation.planning import answers, hours_of, nudge_at
from bot.conversation.speech import coded
from bot.store.case import SCHEDULED, Case, RunFile, Timer, Version
from flows.calendar import later, resolve, spoken_date, spoken_day
from flows.model import Actions, Question
from flows.road import met

KIND = "action"
LATE = timedelta(days=14)
"""How long after its hour an action is still worth a word, when something held it back."""

SHOWN = 300
"""Letters of an action that are shown, at the most."""

LEFT = ("stopped", "expired")
MONTH = len("2027-03")


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of the plan. `when` is an ISO day or month; `dated` is the answer that holds it.

    `step` is empty where it was passed; `private`: its author keeps one of these answers to themselves.
    """

    run: int
    flow: str
    place: str
    name: str
    step: str
    when: str
    dated: Version
    revision: int
    private: bool = False
    hidden: bool = False

    @property
    def scope(self) -> str:
        return f"{self.run}:{self.place}"

    @property
    def day(self) -> date:
        """The day itself, or the first one of the month."""
        return date.fromisoformat(self.when if len(self.when) > MONTH else f"{self.when}-01")


def listed(house: House, case: Case) -> list[Action]:
    """Those that have a date, in the order of the plan: of the newest time it was made that holds any entry."""
    plan = house.programme(case).actions if case.enrolment else None
    if plan is None:
        return []
    for file in sorted((file for file in case.runs if file.flow == plan.flow), key=lambda f: f.nth, reverse=True):
        if file.run.answers or file.run.state not in LEFT:
            entries = _entries(house, file, plan)
            if entries:
                found = (_made(house, file, plan, place, questions) for place, questions in entries.items())
                return [made for made in found if made]
    return []


def _entries(house: House, file: RunFile, plan: Actions) -> dict[str, dict[str, Question]]:
    """The entries on the road that hold an answer, by place, with their questions that were answered."""
    found: dict[str, dict[str, Question]] = {}
    for key, asked in met(house.shelf.of(file), file.run.answers):
        place, dot, id = key.rpartition(".")
        kept = file.run.answers.get(key)
        said = kept is not None and kept.how == "said" and (kept.value or kept.media)
        if isinstance(asked, Question) and dot and place.startswith(f"{plan.entries}[") and said and id != "again":
            found.setdefault(place, {})[id] = asked
    return found


def _made(house: House, file: RunFile, plan: Actions, place: str, asked: dict[str, Question]) -> Action | None:
    if plan.name not in asked or plan.date not in asked:
        return None
    held = {id: file.run.answers[f"{place}.{id}"] for id in asked if id in (plan.name, plan.step, plan.date)}
    versions = {id: file.versions[f"{place}.{id}"] for id in held if f"{place}.{id}" in file.versions}
    if plan.date not in versions:
        return None
    aloud = house.speech.label("action_aloud").strip()
    texts = {id: " ".join(str(kept.value or aloud).split()) for id, kept in held.items()}
    made = Action(
        file.id, file.flow, place, texts[plan.name], texts.get(plan.step, ""), texts[plan.date], versions[plan.date],
        sum(version.number for version in versions.values()), any(version.private for version in versions.values()),
        any(asked[id].sensitivity != "normal" for id in held),
    )  # fmt: skip
    return made if _real(made) else None


def _real(made: Action) -> bool:
    try:
        return bool(made.day)
    except ValueError:
        return False


# --- when --------------------------------------------------------------------------------------


def follow(house: House, case: Case) -> None:
    """Brings the timers in line with the plan as it stands. Needs the flows of this case to be known.

    A date that was past when it was written is recalled to nobody.
    """
    if case.enrolment is None or case.enrolment.state not in ("active", "paused"):
        return
    standing = {made.scope: made for made in listed(house, case)}
    for timer in [t for t in case.timers if t.kind == KIND and t.state in ("pending", "held")]:
        made = standing.get(timer.scope)
        if made is None or made.when != timer.about["date"]:
            case.settle(timer, "cancelled", "changed")
    for made in standing.values():
        known = next((t for t in case.timers if (t.kind, t.scope) == (KIND, made.scope)), None)
        same = known is not None and known.state != "cancelled" and known.about["date"] == made.when
        due_at = instant(house, case, made)
        if due_at > case.now and not same:
            case.wake(KIND, made.scope, due_at, flow=made.flow, run=made.run, date=made.when)


def instant(house: House, case: Case, made: Action) -> datetime:
    """When it is recalled: the first allowed minute from its day on; of a month, from its first day on (UTC)."""
    plan = house.programme(case).actions
    assert plan is not None
    return later(resolve(datetime.combine(made.day, plan.at), case.zone), hours_of(house, case), case.zone)


def kept(house: House, case: Case) -> bool:
    """Whether the plan is still theirs to be recalled: until the end, and after it where they chose to keep it."""
    closing, plan = house.programme(case).closing, house.programme(case).actions
    if case.enrolment is None or case.enrolment.ended_at is None or closing is None or plan is None:
        return True
    said = answers(case)
    return any(
        all(accepted & said.get(key, frozenset()) for key, accepted in one.given)
        for one in closing.keep
        if plan.flow in one.flows
    )


# --- said --------------------------------------------------------------------------------------


def due(house: House, case: Case, timer: Timer) -> None:
    """The action and its first small step, with two ways out; a day after the last unasked-for message (S16)."""
    assert case.enrolment is not None
    made = next((one for one in listed(house, case) if one.scope == timer.scope), None)
    if made is None or made.when != timer.about["date"]:
        return case.settle(timer, "stale", "changed")
    if not kept(house, case):
        return case.settle(timer, "stale", "not_kept")
    if not stands(case, "rappels"):
        return case.settle(timer, "stale", "no_reminders")
    if case.enrolment.state == "paused":
        return case.settle(timer, "held", "paused")
    if case.now > instant(house, case, made) + LATE:
        return case.settle(timer, "skipped", "too_late")
    if (when := nudge_at(house, case)) > case.now:
        timer.due_at = when
        return case.changes.timers.append(timer)
    case.settle(timer, "fired")
    _say(house, case, made)
    case.enrolment.asked_at, case.changes.enrolment = case.now, True
    return None


def _say(house: House, case: Case, made: Action) -> None:
    speech, date = house.speech, _spoken(case, made)
    if made.hidden and house.page:
        words = speech.say("action_due_hidden", date=date)
    else:
        words = speech.say("action_due", what=_cut(made.name), date=date)
        words += f"\n\n{speech.say('action_step', step=_cut(made.step))}" if made.step else ""
    words += f"\n\n{speech.say('action_exit')}"
    rows = [[(speech.label("action_move"), f"c:amend:{made.dated.id}")],
            [(speech.label("action_leave"), f"c:leave:{coded(made.run)}")]]  # fmt: skip
    case.send("sendMessage", speech.message(words, rows), rank=SCHEDULED)


def _spoken(case: Case, made: Action) -> str:
    """« jeudi 12 mars », « mars 2027 »."""
    if len(made.when) == MONTH:
        return spoken_date(made.when)
    return spoken_day(resolve(datetime.combine(made.day, time()), case.zone), case.zone)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
