"""A reply read against its question, and the buttons a question shows.

Knows no run and no road: only one question, what was gathered for it so far (its draft) and what was just said.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, assert_never

from flows import lines
from flows.events import Said
from flows.model import (
    Answer,
    Card,
    Choice,
    Choices,
    Date,
    Items,
    Kept,
    Lines,
    Media,
    Number,
    Rank,
    Scale,
    Sort,
    Text,
)
from flows.spoken import Unreadable, day, number, plain

Draft: TypeAlias = Any
"""What was gathered so far, JSON: parts `[ref, text, media]`, option ids, or pile -> card ids. None: nothing yet."""


@dataclass(frozen=True, slots=True)
class Whole:
    kept: Kept


@dataclass(frozen=True, slots=True)
class Part:
    """More may follow: `draft` is what is gathered; `spoken` when it came as a message rather than a button."""

    draft: Draft
    spoken: bool


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    value: str


FINISH = "!fin"
AGAIN = "!encore"
VOICES = frozenset({"voice", "audio", "video_note", "video"})


def read(answer: Answer, draft: Draft, said: Said) -> Whole | Part:
    """What `said` means for a question of this kind; raises `Unreadable`."""
    match answer:
        case Text(long=long):
            return _text(draft, said, long)
        case Choice(options=options):
            return Whole(Kept(_option(options, said)))
        case Choices(options=options, most=most):
            return _choices(options, most, list(draft or []), said)
        case Scale(low=low, high=high):
            return Whole(Kept(_scale(low, high, said)))
        case Number():
            return Whole(Kept(_bounded(answer, number(_words(said)))))
        case Date():
            return Whole(Kept(day(_words(said), said.today)))
        case Sort():
            return _sort(answer, dict(draft or {}), said)
        case Rank():
            return _rank(answer, list(draft or []), said)
        case Items(most=most):
            return _items(most, list(draft or []), said)
        case Media(kinds=kinds):
            return _media(kinds, said)
        case Lines(lines=offer, most=most):
            return _lines(offer, most, draft, said)
        case _ as never:
            assert_never(never)


def finish(answer: Answer, draft: Draft) -> Kept:
    """The answer that `draft` amounts to on « J'ai terminé »; raises `Unreadable` when it is not one yet."""
    kept = gathered(answer, draft)
    match answer:
        case Items(least=least) if len(draft or []) < least:
            raise Unreadable("too_few")
        case Sort() | Choice() | Scale() | Number() | Date() | Media() | Rank():
            raise Unreadable("not_finished")
        case Lines() if not lines.ticks(kept.value):
            raise Unreadable("nothing_yet")
        case _ if kept.value in (None, "", []) and not kept.media:
            raise Unreadable("nothing_yet")
    return kept


def gathered(answer: Answer, draft: Draft) -> Kept:
    """What a draft holds, as a value, whole or not: nothing that was said is dropped."""
    if draft is None:
        return Kept(None)
    match answer:
        case Text():
            words = "\n\n".join(part[1] for part in draft if part[1])
            return Kept(words, media=_draft_media(draft), parts=_frozen(draft))
        case Items():
            return Kept([part[1] for part in draft if part[1]], media=_draft_media(draft), parts=_frozen(draft))
        case Lines():
            return lines.kept(draft)
        case _:
            return Kept(draft)


def undone(answer: Answer, kept: Kept) -> Draft:
    """The draft to start from when a past answer is put again: toggles keep their place, words start afresh."""
    if isinstance(answer, Lines):
        return lines.begun(kept.value)
    return list(kept.value) if isinstance(answer, Choices) and isinstance(kept.value, list) else None


def buttons(answer: Answer, draft: Draft) -> tuple[tuple[Button, ...], ...]:
    """The rows of buttons that answer it. Every value says what to set, so a press sent twice is harmless."""
    match answer:
        case Choice(options=options):
            return tuple((Button(label, id),) for id, label in options.items())
        case Choices(options=options):
            return _toggles(options, draft or [])
        case Scale(low=low, high=high):
            return _rows([Button(str(n), str(n)) for n in range(low, high + 1)], 6)
        case Sort(piles=piles) as sort:
            return _piles(sort, piles, draft or {})
        case Rank() as rank:
            return _ranking(rank, draft or [])
        case Lines(lines=offer):
            return _ticking(offer, draft)
        case Text(long=True) | Items() if draft:
            return ((Button("", FINISH),),)
        case _:
            return ()


def remaining(sort: Sort, draft: Draft) -> tuple[Card, ...]:
    """The cards not yet in a pile, in order."""
    placed = {card for pile in (draft or {}).values() for card in pile}
    return tuple(card for card in sort.cards if card.id not in placed)


# --- kinds -----------------------------------------------------------------------------------


def _text(draft: Draft, said: Said, long: bool) -> Whole | Part:
    if said.choice is not None:
        raise Unreadable("words_expected")
    media = tuple(id for id, _ in said.media)
    if not said.text.strip() and not media:
        raise Unreadable("words_expected")
    if not long:
        return Whole(Kept(said.text, media=media))
    return Part(_with_part(list(draft or []), [said.ref, said.text, list(media)]), spoken=True)


def _with_part(parts: list[list[Any]], part: list[Any]) -> list[list[Any]]:
    if part[0] and any(old[0] == part[0] for old in parts):
        return [part if old[0] == part[0] else old for old in parts]
    return [*parts, part]


def _draft_media(parts: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    return tuple(id for part in parts for id in part[2])


def _frozen(parts: Sequence[Sequence[Any]]) -> tuple[tuple[int, str, tuple[str, ...]], ...]:
    return tuple((part[0], part[1], tuple(part[2])) for part in parts)


def _option(options: Mapping[str, str], said: Said) -> str:
    if said.choice is not None and said.choice in options:
        return said.choice
    typed = plain(said.text)
    for id, label in options.items():
        if typed and typed in (plain(label), plain(id)):
            return id
    raise Unreadable("not_an_option")


def _choices(options: Mapping[str, str], most: int, chosen: list[str], said: Said) -> Whole | Part:
    if said.choice == FINISH:
        return Whole(finish(Choices(options, most), chosen))
    if said.choice is None:
        together = [*chosen, *(id for id in _typed(options, most, said.text) if id not in chosen)]
        if len(together) > most:
            raise Unreadable("too_many")
        return Whole(Kept(together))
    id, on = said.choice[1:], said.choice[:1] == "+"
    if id not in options:
        raise Unreadable("not_an_option")
    rest = [other for other in chosen if other != id]
    if on and len(rest) >= most:
        raise Unreadable("too_many")
    return Part([*rest, id] if on else rest, spoken=False)


def _typed(options: Mapping[str, str], most: int, text: str) -> list[str]:
    ids = [_option(options, Said(text=piece)) for piece in re.split(r"[,;\n]| et ", text) if piece.strip()]
    if not ids:
        raise Unreadable("not_an_option")
    if len(ids) > most:
        raise Unreadable("too_many")
    return list(dict.fromkeys(ids))


def _toggles(options: Mapping[str, str], chosen: Sequence[str]) -> tuple[tuple[Button, ...], ...]:
    rows = [
        (Button(f"✓ {label}" if id in chosen else label, f"{'-' if id in chosen else '+'}{id}"),)
        for id, label in options.items()
    ]
    return (*rows, *([(Button("", FINISH),)] if chosen else []))


def _scale(low: int, high: int, said: Said) -> int:
    found = re.fullmatch(r"\s*(-?\d+)\s*(?:/\s*\d+|sur\s+\d+)?\s*", said.choice or said.text)
    if not found or not low <= int(found[1]) <= high:
        raise Unreadable("off_scale")
    return int(found[1])


def _bounded(answer: Number, value: float) -> int | float:
    if (answer.low is not None and value < answer.low) or (answer.high is not None and value > answer.high):
        raise Unreadable("out_of_bounds")
    return value


def _sort(sort: Sort, piles: dict[str, list[str]], said: Said) -> Whole | Part:
    if said.choice is not None and said.choice.startswith(AGAIN):
        return Part(_without_last(sort, piles, said.choice[len(AGAIN) :]), spoken=False)
    card, _, pile = (said.choice or "").partition("=")
    if said.choice is None:
        left = remaining(sort, piles)
        card, pile = (left[0].id if left else ""), _option(sort.piles, said)
    if pile not in sort.piles or card not in {c.id for c in sort.cards}:
        raise Unreadable("not_an_option")
    moved = {id: [c for c in piles.get(id, []) if c != card] for id in sort.piles}
    moved[pile].append(card)
    return Part(moved, spoken=False) if remaining(sort, moved) else Whole(Kept(moved))


def _without_last(sort: Sort, piles: dict[str, list[str]], count: str) -> dict[str, list[str]]:
    placed = [c.id for c in sort.cards if c not in remaining(sort, piles)]
    if not placed or str(len(placed)) != count:
        return piles
    return {id: [c for c in cards if c != placed[-1]] for id, cards in piles.items()}


def _piles(sort: Sort, piles: Mapping[str, str], draft: Draft) -> tuple[tuple[Button, ...], ...]:
    left = remaining(sort, draft)
    if not left:
        return ()
    done = len(sort.cards) - len(left)
    back = [(Button("", f"{AGAIN}{done}"),)] if done else []
    return (*((Button(label, f"{left[0].id}={id}"),) for id, label in piles.items()), *back)


def _rank(rank: Rank, order: list[str], said: Said) -> Whole | Part:
    if said.choice is not None and said.choice.startswith(AGAIN):
        return Part([], spoken=False)
    labels = {card.id: card.label for card in rank.cards}
    if said.choice is None:
        ids = _typed(labels, rank.keep, said.text)
    elif said.choice in labels:
        ids = [said.choice]
    else:
        raise Unreadable("not_an_option")
    chosen = [*order, *(id for id in ids if id not in order)][: rank.keep]
    return Whole(Kept(chosen)) if len(chosen) == min(rank.keep, len(labels)) else Part(chosen, spoken=False)


def _ranking(rank: Rank, order: Sequence[str]) -> tuple[tuple[Button, ...], ...]:
    left = [Button(card.label, card.id) for card in rank.cards if card.id not in order]
    return (*_rows(left, 2), *([(Button("", AGAIN),)] if order else []))


def _items(most: int, parts: list[list[Any]], said: Said) -> Whole | Part:
    if said.choice is not None:
        raise Unreadable("words_expected")
    lines = [line.strip(" \t•-–—") for line in said.text.splitlines() if line.strip(" \t•-–—")]
    media = [id for id, _ in said.media]
    if not lines and not media:
        raise Unreadable("words_expected")
    kept = [part for part in parts if not said.ref or part[0] != said.ref]
    new = [[said.ref, line, []] for line in lines] or [[said.ref, "", media]]
    all_parts = [*kept, *new]
    if len(all_parts) >= most:
        return Whole(gathered(Items(most), all_parts))
    return Part(all_parts, spoken=True)


def _lines(offer: Sequence[str], most: int, draft: Draft, said: Said) -> Whole | Part:
    if said.choice is not None:
        return Part(lines.pressed(offer, most, draft, said.choice), spoken=False)
    return Whole(lines.kept(lines.typed(offer, most, draft, said.text)))


def _ticking(offer: Sequence[str], draft: Draft) -> tuple[tuple[Button, ...], ...]:
    """The numbers of the lines of one page, then the way to the pages beside it."""
    ticked, page, last = set(lines.ticks(draft).values()), lines.page(offer, draft), lines.pages(offer) - 1
    first = page * lines.SHOWN
    numbers = [
        Button(f"✓ {n}" if line in ticked else str(n), ("-" if line in ticked else "+") + lines.sign(line))
        for n, line in enumerate(offer[first : first + lines.SHOWN], first + 1)
    ]
    back = [Button("", f"{lines.BACK}{page - 1}")] if page else []
    forward = [Button("", f"{lines.FORWARD}{page + 1}")] if page < last else []
    turns = [(*back, *forward)] if last else []
    return (*_rows(numbers, 4), *turns, *([(Button("", FINISH),)] if ticked else []))


def _media(kinds: frozenset[str], said: Said) -> Whole:
    wanted = [id for id, kind in said.media if kind in kinds or (kind in VOICES and kinds & VOICES)]
    if not wanted:
        raise Unreadable("media_expected")
    return Whole(Kept(said.text or None, media=tuple(id for id, _ in said.media)))


def _words(said: Said) -> str:
    return said.text if said.choice is None else said.choice


def _rows(all_buttons: Sequence[Button], width: int) -> tuple[tuple[Button, ...], ...]:
    return tuple(tuple(all_buttons[i : i + width]) for i in range(0, len(all_buttons), width))
