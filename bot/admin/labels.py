"""A push in words: to whom, when, what; and the very messages that its recipients read. Knows no chat and no page."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from bot.admin import audience
from bot.admin.audience import Audience, Unknown
from bot.admin.occurrences import ANY, Around, Rule, Weekly
from bot.admin.recipients import Body
from bot.conversation import broadcast
from bot.conversation.house import House
from flows.calendar import WEEKDAYS, spoken_date
from flows.model import Capsule, Moment, Question, Repeat, Section, Step
from flows.usage import LONE

SHORT = 60
"""Characters of a text that stand for it in a list."""


def to(house: House, chosen: Audience) -> str:
    """« automne · Explorer · sans rendez-vous »; nothing chosen is everybody."""
    phases, formats = audience.phases(house), audience.formats(house)
    parts = [
        [*chosen.cohorts],
        [phases.get(name, next((t for key, t in phases.items() if key.endswith(f"/{name}")), name))
         for name in chosen.phases],
        [formats.get(name, name) for name in chosen.formats],
        [_say(house, f"push_situation_{name}") for name in chosen.situations],
        [_say(house, "push_people", n=len(chosen.people))] if chosen.people else [],
    ]  # fmt: skip
    either = f" {_say(house, 'push_or')} "
    return " · ".join(either.join(part) for part in parts if part) or _say(house, "push_everybody")


def when(house: House, rule: Rule) -> str:
    """« chaque lundi à 18 h, jusqu'au 31 janvier 2027 », « 2 jours avant chaque rendez-vous, à 18 h »."""
    told = _weekly(house, rule) if isinstance(rule, Weekly) else _around(house, rule)
    return told + (_say(house, "push_until", date=spoken_date(rule.until.isoformat())) if rule.until else "")


def _weekly(house: House, rule: Weekly) -> str:
    return _say(house, "push_every_week", day=WEEKDAYS[rule.day], hour=_hour(rule))


def _around(house: House, rule: Around) -> str:
    moment = rule.moment
    what = _say(house, "push_each_appointment") if moment.session == ANY else _session(house, moment.session)
    if moment.span is not None:
        minutes = abs(int(moment.span.total_seconds() // 60))
        unit, n = ("push_minutes", minutes) if minutes % 60 else ("push_hours", minutes // 60)
        far = _say(house, unit, n=n)
        side = "after" if moment.span > timedelta() else "before"
        return _say(house, f"push_around_{side}", far=far, what=what)
    side = "same" if not moment.days else "after" if moment.days > 0 else "before"
    far = _say(house, "push_days", n=abs(moment.days))
    told = _say(house, f"push_around_{side}", far=far, what=what)
    return told + (_say(house, "push_at_hour", hour=_hour(moment)) if moment.at else "")


def _session(house: House, session: str) -> str:
    found = (s.title for p in house.library.programmes.values() for s in p.sessions if s.id == session)
    return f"« {next(found, session)} »"


def _hour(rule: Weekly | Moment) -> str:
    assert rule.at is not None
    return f"{rule.at.hour} h" + (f" {rule.at.minute:02}" if rule.at.minute else "")


def what(house: House, text: str, flow: str | None) -> str:
    """A module's title, or how a text begins."""
    if flow:
        return house.library.title(flow) if house.library.has_flow(flow) else flow
    flat = " ".join(text.split())
    return flat if len(flat) <= SHORT else flat[: SHORT - 1] + "…"


def unknown(house: House, error: Unknown) -> str:
    """Which criterion names nothing here, and the names there are."""
    known = ", ".join(error.known[:12])
    return _say(house, f"push_unknown_{error.kind}", name=error.name[:64], known=known, n=audience.MOST)


def messages(house: House, body: Body, file: str = "") -> list[tuple[str, dict[str, Any]]]:
    """What its recipients read, as calls of the Bot API; of a module, up to its first question."""
    if "text" in body:
        return [broadcast.message(house, body["text"], body.get("picture"), file)]
    flow = body["flow"]
    if flow.startswith(LONE):
        return [("sendMessage", said) for said in house.speech.capsule(house.library.capsules[flow.removeprefix(LONE)])]
    return [("sendMessage", said) for said in _opening(house, house.library.flow(flow).steps)]


def _opening(house: House, steps: Sequence[Step]) -> Iterator[dict[str, Any]]:
    for step in _first(steps):
        if isinstance(step, Capsule):
            yield from house.speech.capsule(step)
        elif isinstance(step, Question):
            yield house.speech.question(0, 0, step, None)
            return


def _first(steps: Sequence[Step]) -> Iterator[Step]:
    """Steps as somebody meets them who has answered nothing yet."""
    for step in steps:
        if isinstance(step, Section | Repeat):
            if not step.when:
                yield from _first(step.steps)
        elif not step.when and not (isinstance(step, Question) and step.sensitivity == "seance"):
            yield step


def modules(house: House) -> list[tuple[str, str]]:
    """Every module that can be sent, `id` and title, by title; capsules are not among them."""
    return sorted(((flow.id, flow.title) for flow in house.library.flows.values()), key=lambda one: one[1])


def until(text: str) -> tuple[str, str]:
    """« lundi 18:00 jusqu'au 31 janvier »: what stands before, and the last day as it was said, or nothing."""
    before, _, after = text.replace("’", "'").partition("jusqu")
    return before.strip(" ,"), after.removeprefix("'").removeprefix("au ").removeprefix("à ").strip()


def _say(house: House, key: str, **fields: Any) -> str:
    return house.speech.phrases.say(key, **fields).strip()
