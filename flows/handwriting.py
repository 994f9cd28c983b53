"""Values of the model in their author's hand: `S2 - 1j 18:00`, `{after: 3j, every: 4j, times: 2}`, `oui`.

For whoever compares two versions of a content: close to the files, not a file. Knows no calendar and nobody.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta

from flows.inventory import Place
from flows.model import (
    Card,
    Choice,
    Choices,
    Date,
    Hours,
    Items,
    Lines,
    Media,
    Moment,
    Number,
    Pair,
    Rank,
    Remind,
    Scale,
    Sort,
    Text,
)
from flows.page import Mark
from flows.syllabus import WEEK

UNSAID: tuple[object, ...] = (None, "", (), {}, frozenset())
"""What an author leaves out."""


def written(value: object) -> str:
    """`value` as a text: a date as ISO, a flag as `oui` or `non`, nothing as "", a value of the model as its rows."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "oui" if value else "non"
        case int() | float():
            return repr(int(value)) if value == int(value) else repr(value)
        case time():
            return f"{value:%H:%M}"
        case date():
            return value.isoformat()
        case timedelta():
            return _span(value)
        case Moment():
            return _moment(value)
        case Place():
            return str(value)
        case Remind(after=after, every=every, times=times):
            return f"{{after: {after}j, every: {every}j, times: {times}}}"
        case Hours():
            return _hours(value)
        case Pair(between=between, say=say):
            return f"{written(between)} — {say}"
        case Card(id=id, label=label, text=text):
            return f"{id}: {label}" + (f" ({text})" if text else "")
        case (
            Text() | Choice() | Choices() | Scale() | Number() | Date() | Sort() | Rank() | Items() | Media() | Lines()
        ):
            return _answer(value)
        case _:
            return _many(value)


def _many(value: object) -> str:
    match value:
        case Mapping():
            return ", ".join(f"{key}: {_listed(item)}" for key, item in value.items())
        case frozenset() | set():
            return ", ".join(sorted((written(item) for item in value), key=_rank))
        case tuple() | list():
            pairs = all(isinstance(item, tuple) and len(item) == 2 for item in value)
            return written(dict(value)) if value and pairs else ", ".join(_listed(item) for item in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            rows = {field.name: getattr(value, field.name) for field in fields(value) if field.compare}
            return _rows({key: item for key, item in rows.items() if item not in UNSAID and type(item) is not Mark})
        case _:
            return str(value)


def _listed(item: object) -> str:
    """A value inside another: in brackets when it has several parts."""
    text = written(item)
    return f"[{text}]" if isinstance(item, tuple | list | frozenset | set) else text


def _rank(text: str) -> tuple[int, str]:
    """Numbers of a scale in their order, before words."""
    return (int(text), "") if text.isdecimal() else (1_000, text)


def _rows(rows: Mapping[str, object]) -> str:
    return "{" + ", ".join(f"{key}: {_listed(item)}" for key, item in rows.items()) + "}"


def _span(span: timedelta) -> str:
    minutes = int(abs(span).total_seconds() // 60)
    return f"{minutes}min" if minutes % 60 else f"{minutes // 60}h"


def _moment(moment: Moment) -> str:
    """As `flows.notation.moment` reads it."""
    told = moment.session
    if moment.span is not None:
        told += f" {_sign(moment.span < timedelta())} {_span(moment.span)}"
    elif moment.days or moment.at is None:
        told += f" {_sign(moment.days < 0)} {abs(moment.days)}j"
    return told if moment.at is None else f"{told} {moment.at:%H:%M}"


def _sign(before: bool) -> str:
    return "-" if before else "+"


def _hours(hours: Hours) -> str:
    named = ", ".join(WEEK[day] for day in sorted(hours.days))
    span = f"from: {written(hours.start)}, to: {written(hours.end)}"
    return f"{{{span}, days: [{named}], holidays: {hours.holidays or 'non'}}}"


def _answer(answer: object) -> str:
    match answer:
        case Text(long=long):
            return f"long: {written(long)}"
        case Choice(options=options):
            return f"choices: {{{written(options)}}}"
        case Choices(options=options, most=most):
            return f"choices: {{{written(options)}}}, most: {most}"
        case Scale(low=low, high=high, labels=labels):
            return f"scale: {low}..{high}" + (f", labels: {{{written(labels)}}}" if labels else "")
        case Number(unit=unit, low=low, high=high):
            rows = {"unit": unit, "low": low, "high": high}
            return "number: " + _rows({key: item for key, item in rows.items() if item not in (None, "")})
        case Sort(cards=cards, piles=piles):
            return f"sort: [{', '.join(card.id for card in cards)}], piles: {{{written(piles)}}}"
        case Rank(cards=cards, keep=keep):
            return f"rank: [{', '.join(card.id for card in cards)}], keep: {keep}"
        case Items(most=most, least=least):
            return f"items: {{least: {least}, most: {most}}}"
        case Media(kinds=kinds):
            return f"media: [{written(kinds)}]"
        case Lines(of=of, most=most):
            return f"lines: {{of: {of}, most: {most}}}"
        case _:
            return "date: oui"
