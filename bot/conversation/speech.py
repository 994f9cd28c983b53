"""What Marge says, as Bot API parameters: questions, capsules, the bot's own phrases, and values in words.

Takes every French word from the content; knows no case and no table.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from bot.library import Library
from bot.telegram import render
from bot.telegram.render import escape, fold, keyboard
from flows import lines
from flows.answers import AGAIN, FINISH, Button, Draft, buttons, remaining
from flows.calendar import spoken_date
from flows.model import (
    Capsule,
    Choice,
    Choices,
    Date,
    Items,
    Kept,
    Lines,
    Number,
    Question,
    Rank,
    Scale,
    Sort,
)

Rows = Sequence[Sequence[tuple[str, str]]]
html = lru_cache(8192)(render.html)
LINE = 300
"""Characters of a pasted line that are shown beside its number."""

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def coded(run_id: int) -> str:
    """A run's id in base 36: a button holds 64 bytes."""
    text = ""
    while run_id:
        run_id, digit = divmod(run_id, 36)
        text = DIGITS[digit] + text
    return text or "0"


class Speech:
    def __init__(self, library: Library) -> None:
        self.phrases = library.phrases

    def forget(self) -> None:
        """Drops the pages kept ready: a phrase once filled holds a name, or somebody's words."""
        html.cache_clear()

    def say(self, key: str, **fields: Any) -> str:
        """A phrase as Telegram HTML; what a person wrote is escaped."""
        safe = {name: _marked(_shown(name, value)) for name, value in fields.items()}
        return html(self.phrases.say(key, **safe))

    def label(self, key: str) -> str:
        return self.phrases.say(key)

    def written(self, markdown: str, **fields: Any) -> str:
        """A page of the content as Telegram HTML, its `{fields}` filled in when some are given."""
        return html(
            markdown.format_map({name: _marked(_shown(name, value)) for name, value in fields.items()})
            if fields
            else markdown
        )

    def free(self, text: str) -> str:
        """A text somebody composed in the chat: plain words, as they are."""
        return escape(text)

    def message(self, text: str, rows: Rows = ()) -> dict[str, Any]:
        params: dict[str, Any] = {"text": text, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
        return {**params, "reply_markup": keyboard(rows)} if rows else params

    def phrase(self, key: str, rows: Rows = (), **fields: Any) -> dict[str, Any]:
        return self.message(self.say(key, **fields), rows)

    # --- capsules ---

    def capsule(self, capsule: Capsule) -> list[dict[str, Any]]:
        bubbles = [html(bubble) for bubble in capsule.bubbles]
        bubbles[0] = f"<b>{escape(capsule.title)}</b>\n\n{bubbles[0]}"
        if capsule.source:
            bubbles[-1] += "\n\n" + fold(escape(capsule.source))
        return [self.message(bubble) for bubble in bubbles]

    def teaser(self, capsule: Capsule) -> dict[str, Any]:
        return self.phrase(
            "capsule_teaser", [[(self.label("button_read"), f"c:read:{capsule.id}")]], title=capsule.title
        )

    # --- questions ---

    def question(
        self,
        run_id: int,
        step: int,
        asked: Question,
        draft: Draft,
        opening: str = "",
        gentle: bool = False,
        page: bool = False,
    ) -> dict[str, Any]:
        """The question with its state, its answers (or the way to the `page` that takes them) and its four ways out."""
        text = "\n\n".join(part for part in (opening, self.asked(asked, draft, progress=not page)) if part)
        there = [[(self.label("button_page"), f"c:write:{coded(run_id)}:{step}")]]
        here = self.answers(run_id, step, asked, draft)
        if asked.sensitivity == "haute" and not page:
            text += f"\n\n<i>{self.say('chat_note')}</i>"
        return self.message(text, [*(there if page else here), *self.exits(run_id, step, gentle)])

    def asked(self, asked: Question, draft: Draft, progress: bool = True) -> str:
        parts = [html(asked.text), self._progress(asked, draft) if progress else ""]
        if asked.private or asked.sensitivity == "haute":
            parts.append(f"<i>{self.say('private_note' if asked.private else 'shared_note')}</i>")
        return "\n\n".join(part for part in parts if part)

    def answers(self, run_id: int, step: int, asked: Question, draft: Draft) -> list[list[tuple[str, str]]]:
        where = f"a:{coded(run_id)}:{step}:"
        return [[(self._label(b, asked), where + b.value) for b in row] for row in buttons(asked.answer, draft)]

    def exits(self, run_id: int, step: int, gentle: bool = False) -> list[list[tuple[str, str]]]:
        """Four ways out, of equal weight; at the gentle pace « pas aujourd'hui » brings a few days of rest."""
        where = f":{coded(run_id)}:{step}"
        pairs = [("skip", "enough" if gentle else "later"), ("session", "why")]
        return [[(self.label(f"exit_{verb}"), f"c:{verb}{where}") for verb in pair] for pair in pairs]

    def _label(self, button: Button, asked: Question) -> str:
        if button.value == FINISH:
            return self.label("button_finish")
        if button.value.startswith(AGAIN):
            return self.label("button_undo" if isinstance(asked.answer, Sort) else "button_restart")
        if button.value.startswith((lines.BACK, lines.FORWARD)):
            return self.label("lines_before" if button.value.startswith(lines.BACK) else "lines_after")
        return button.label

    def _progress(self, asked: Question, draft: Draft) -> str:
        match asked.answer:
            case Sort() as sort:
                left = remaining(sort, draft)
                if not left:
                    return ""
                card = self.say(
                    "sort_card", k=len(sort.cards) - len(left) + 1, total=len(sort.cards), label=left[0].label
                )
                return f"{card}\n{html(left[0].text)}" if left[0].text else card
            case Rank(keep=keep) as rank:
                if keep == 1:
                    return self.say("rank_one")
                order = ", ".join(_labels(rank.cards, draft or []))
                hint = self.say("rank_hint", left=keep - len(draft or []))
                return f"{self.say('rank_so_far', order=order)}\n{hint}" if order else hint
            case Choices(most=most):
                return f"<i>{self.say('most_hint', most=most)}</i>"
            case Items(most=most) if not draft:
                return f"<i>{self.say('items_hint', most=most)}</i>"
            case Lines(lines=offer, most=most):
                return f"{self._page(offer, draft)}\n\n<i>{self.say('most_hint', most=most)}</i>"
            case Scale(labels=labels) if labels:
                return "\n".join(f"{n} : {escape(label)}" for n, label in sorted(labels.items()))
            case _:
                return ""

    def _page(self, offer: Sequence[str], draft: Draft) -> str:
        """The lines of the page that is shown, numbered over all the pages."""
        page, ticked = lines.page(offer, draft), set(lines.ticks(draft).values())
        first = page * lines.SHOWN
        rows = [
            f"{'✓ ' if line in ticked else ''}{n}. {escape(glance(line))}"
            for n, line in enumerate(offer[first : first + lines.SHOWN], first + 1)
        ]
        turns = [self.say("lines_page", n=page + 1, total=lines.pages(offer))] if lines.pages(offer) > 1 else []
        return "\n".join([*rows, *turns])

    def why(self, asked: Question | None) -> str:
        return html(asked.why) if asked else ""

    def misread(self, asked: Question, reason: str) -> str:
        return self.say(reason, **({"example": self._example(asked)} if reason in EXAMPLES else {}))

    def _example(self, asked: Question) -> str:
        match asked.answer:
            case Scale(low=low, high=high):
                return asked.example or str((low + high) // 2)
            case Number():
                return asked.example or self.label("example_number")
            case _:
                return asked.example or self.label("example_date")

    # --- values ---

    def value(self, asked: Question | None, kept: Kept) -> str:
        """An answer in words, plain text, as its author would recognise it."""
        if kept.how in ("skipped", "in_session") and kept.value in (None, "", [], {}) and not kept.media:
            return self.label("value_skipped" if kept.how == "skipped" else "value_in_session")
        words = self._words(asked, kept)
        files = self.phrases.say("value_files", n=len(kept.media)) if kept.media else ""
        return f"{words} (+ {files})" if words and files else words or files

    def _words(self, asked: Question | None, kept: Kept) -> str:
        value, answer = kept.value, asked.answer if asked else None
        match answer:
            case Choice(options=options) if value in options:
                return options[str(value)]
            case Choices(options=options) if isinstance(value, list):
                return ", ".join(options.get(id, id) for id in value)
            case Sort(cards=cards, piles=piles) if isinstance(value, dict):
                return " ; ".join(
                    f"{piles.get(p, p)} : {', '.join(_labels(cards, ids))}" for p, ids in value.items() if ids
                )
            case Rank(cards=cards) if isinstance(value, list):
                return ", ".join(_labels(cards, value))
            case Lines() if isinstance(value, dict):
                return "\n".join(f"• {line}" for line in lines.ticks(value).values())
            case Number(unit=unit) if isinstance(value, int | float):
                return f"{value:n} {unit}".replace(".", ",").strip()
            case Date() if isinstance(value, str):
                return spoken_date(value)
        if isinstance(value, list):
            return "\n".join(f"• {item}" for item in value)
        return "" if value is None else str(value)


EXAMPLES = frozenset({"off_scale", "not_a_number", "out_of_bounds", "not_a_date"})


def glance(line: str) -> str:
    """As much of a pasted line as a message shows of it: never what is kept."""
    return line if len(line) <= LINE else line[: LINE - 1] + "…"


def _labels(cards: Sequence[Any], ids: Sequence[str]) -> list[str]:
    named: Mapping[str, str] = {card.id: card.label for card in cards}
    return [named.get(id, id) for id in ids]


NAMES = frozenset({"name", "coach", "giver", "deputy"})
"""Fields of phrases that hold a first name."""


def _shown(field: str, value: Any) -> Any:
    return render.isolated(value) if field in NAMES and isinstance(value, str) else value


def _marked(value: Any) -> Any:
    """Text from outside, made safe for the Markdown of a phrase."""
    if not isinstance(value, str):
        return value
    return "".join("\\" + c if c in "\\`*_{}[]()#+-.!<>|&~" else c for c in value)
