"""What a map says of envois, answers and conditions, in the content's own French.

Takes every word from the phrases; knows no shape and no person.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import time, timedelta
from functools import reduce
from typing import Any, assert_never

from bot.library import Library
from flows.calendar import WEEKDAYS
from flows.model import (
    Answer,
    Choice,
    Choices,
    Date,
    Envoi,
    Hours,
    Items,
    Lines,
    Media,
    Moment,
    Number,
    Programme,
    Question,
    Rank,
    Remind,
    Scale,
    Sort,
    Step,
    Text,
    When,
)
from flows.typography import NARROW

LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
EMPHASIS = re.compile(r"(?<!\\)(?:[*`~]+|(?<!\w)_+|_+(?!\w))")
FIELD = re.compile(r"\{\w*\}")

Numbered = Mapping[str, tuple[int, Question]]
"""Question id, as it is named from where one stands -> its number on the map, and itself."""


def plain(markdown: str) -> str:
    """Markdown as it is read, on one line."""
    bare = EMPHASIS.sub("", LINK.sub(r"\1", markdown))
    return re.sub(r"\n+", " ", re.sub(r"\\([^\w\s])", r"\1", bare)).strip()


class Wording:
    def __init__(self, library: Library) -> None:
        self.library = library
        self.phrases = library.phrases

    def say(self, key: str, **fields: Any) -> str:
        return self.phrases.say(f"map_{key}", **fields)

    def joined(self, parts: Iterable[str]) -> str:
        """The parts that say something, set apart by a dot."""
        return self._chained([part for part in parts if part], "between")

    def quoted(self, values: Iterable[str]) -> str:
        """« A », « B » or « C »: any of them."""
        return self.listed([self.say("quoted", text=plain(value)) for value in values], "or")

    def listed(self, parts: Sequence[str], last: str = "and") -> str:
        if len(parts) < 2:
            return "".join(parts)
        return self.say(last, before=self._chained(parts[:-1], "comma"), after=parts[-1])

    def _chained(self, parts: Sequence[str], key: str) -> str:
        return reduce(lambda before, after: self.say(key, before=before, after=after), parts) if parts else ""

    # --- when ---

    def clock(self, at: time) -> str:
        if not at.minute:
            return self.say("clock", hour=at.hour)
        return self.say("clock_minutes", hour=at.hour, minutes=f"{at.minute:02}")

    def offset(self, moment: Moment) -> str:
        """How far from its session, without naming it: « 3 jours après, 10 h 30 »."""
        if moment.span is not None:
            return self._span(moment.span)
        side = "same" if not moment.days else "before" if moment.days < 0 else "after"
        day = self.say(f"day_{side}", n=abs(moment.days))
        if moment.at is None:
            return self.say("day_session", day=day) if moment.days else self.say("at_session")
        return self.say("day_at", day=day, clock=self.clock(moment.at))

    def _span(self, span: timedelta) -> str:
        minutes = round(span.total_seconds() / 60)
        if not minutes:
            return self.say("at_session")
        side = "before" if minutes < 0 else "after"
        hours, rest = divmod(abs(minutes), 60)
        return self.say(f"minutes_{side}", n=abs(minutes)) if rest else self.say(f"hours_{side}", n=hours)

    def length(self, hours: float) -> str:
        """« 30 min », « 2 h », « 1 h 30 »."""
        whole, minutes = divmod(round(hours * 60), 60)
        return self.clock(time(whole, minutes)) if whole else self.say("minutes", n=minutes)

    def hours(self, hours: Hours) -> str:
        days = sorted(hours.days)
        if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
            named = self.say("days_range", first=WEEKDAYS[days[0]], last=WEEKDAYS[days[-1]])
        else:
            named = self.say("days_list", days=self.listed([WEEKDAYS[day] for day in days]))
        start, end = self.clock(hours.start), self.clock(hours.end)
        return self.say("hours_holidays" if hours.holidays else "hours_open", start=start, end=end, days=named)

    def pace(self, programme: Programme) -> str:
        gentle = programme.gentle
        return self.say(
            "pace", day=programme.per_day, week=programme.per_week, gentle_day=gentle.per_day,
            gentle_week=gentle.per_week,
        )  # fmt: skip

    # --- envois ---

    def carried(self, envoi: Envoi) -> str:
        """The title of what it brings."""
        if envoi.flow:
            return self.library.flow(envoi.flow).title
        if envoi.kind == "reminder":
            return self.say("message_reminder")
        said = self.phrases.texts[envoi.message]
        text = said if isinstance(said, str) else said["one"]
        return plain(FIELD.sub("…", text.split("\n\n")[0]))

    def manner(self, envoi: Envoi) -> str:
        return self.joined([self.say(f"kind_{envoi.kind}"), self.say(f"mode_{envoi.mode}"), self._until(envoi)])

    def _until(self, envoi: Envoi) -> str:
        return self.say("until", session=envoi.until) if envoi.until else ""

    def overlay(self, envoi: Envoi) -> str:
        if not envoi.overlay:
            return ""
        key = f"overlay_{envoi.overlay}"
        known = f"map_{key}" in self.phrases
        return self.say("overlay", overlay=self.say(key) if known else self.say("quoted", text=envoi.overlay))

    def given(self, envoi: Envoi) -> list[str]:
        """One sentence for each answer that must stand."""
        return [self._given(name, accepted) for name, accepted in envoi.given]

    def _given(self, name: str, accepted: Collection[str]) -> str:
        flow_id, _, question_id = name.partition(".")
        if not self.library.has_flow(flow_id):
            return self.say("given", flow=self.say("quoted", text=name), values=self.quoted(sorted(accepted)))
        flow = self.library.flow(flow_id)
        asked = next((q for q in questions(flow.steps) if q.id == question_id), None)
        values = self.quoted(accepted_labels(asked, accepted))
        return self.say("given", flow=self.quoted([flow.title]), values=values)

    def notes(self, envoi: Envoi) -> str:
        """What is out of the ordinary about it."""
        return self.joined(["" if envoi.paced else self.say("unpaced"), self.say("again") if envoi.again else ""])

    # --- steps ---

    def condition(self, when: When, numbered: Numbered) -> str:
        parts: list[str] = []
        for id, accepted in when.items():
            number, asked = numbered[id]
            key = "when_also" if parts else "when"
            parts.append(self.say(key, number=number, values=self.quoted(accepted_labels(asked, accepted))))
        return self.listed(parts)

    def remind(self, remind: Remind | None) -> str:
        if remind is None or not remind.times:
            return self.say("remind_none")
        after, every = self.say("remind_after", n=remind.after), self.say("remind_every", n=remind.every)
        return self.say("remind", n=remind.times, after=after, every=every)

    def answer(self, answer: Answer) -> str:
        """What kind of answer is asked for."""
        match answer:
            case Text(long=long):
                return self.say("text_long" if long else "text")
            case Choice(options=options):
                return self.say("choice", n=len(options))
            case Choices(options=options, most=most):
                return self.say("choices", n=most, total=len(options))
            case Scale(low=low, high=high):
                return self.say("scale", low=low, high=high)
            case Number():
                return self._number(answer)
            case Date():
                return self.say("date")
            case Sort(cards=cards, piles=piles):
                return self.say("sort", cards=self.say("cards", n=len(cards)), piles=self.say("piles", n=len(piles)))
            case Rank(cards=cards, keep=keep):
                return self.say("rank", n=keep, cards=self.say("cards", n=len(cards)))
            case Items(least=least, most=most):
                return self.say("items", least=least, n=most)
            case Media(kinds=kinds):
                return self.say("media", kinds=self.listed([self.say(f"media_{kind}") for kind in sorted(kinds)], "or"))
            case Lines(most=most):
                return self.say("lines", n=most)
            case _ as never:
                assert_never(never)

    def _number(self, number: Number) -> str:
        what = self.say("number_unit", unit=number.unit) if number.unit else self.say("number")
        low, high = (None if end is None else figure(end) for end in (number.low, number.high))
        if low is not None and high is not None:
            return self.say("number_range", what=what, low=low, high=high)
        if low is not None:
            return self.say("number_low", what=what, low=low)
        return self.say("number_high", what=what, high=high) if high is not None else what

    def options(self, answer: Answer) -> list[str]:
        """What can be pressed, in order: never the cards of a deck, which are counted."""
        match answer:
            case Choice(options=labels) | Choices(options=labels) | Sort(piles=labels):
                return [plain(label) for label in labels.values()]
            case Scale(labels=named):
                return [self.say("scale_label", n=n, label=plain(label)) for n, label in sorted(named.items())]
            case _:
                return []


def figure(value: float) -> str:
    """« 100 000 », « 2,5 »."""
    return f"{value:,.10g}".replace(",", NARROW).replace(".", ",")


def accepted_labels(asked: Question | None, accepted: Collection[str]) -> list[str]:
    """The accepted values as they are read on the buttons, in the order of the buttons."""
    match asked.answer if asked else None:
        case Choice(options=options) | Choices(options=options):
            return [options[id] for id in options if id in accepted] + sorted(set(accepted) - options.keys())
        case _:
            return sorted(accepted)


def questions(steps: Iterable[Step]) -> Iterable[Question]:
    """Every question of these steps, inside branches and repeats as well."""
    for step in steps:
        match step:
            case Question():
                yield step
            case _:
                yield from questions(getattr(step, "steps", ()))
