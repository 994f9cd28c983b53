"""A push prepared by chat: to whom, what, when; a preview of exactly what will be read; then sent, or not (S15).

What is chosen so far lies in the admin's prompt. A button carries the prompt's mark: an older one finds another.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.admin import audience, labels, occurrences, outcome, progress, pushes
from bot.admin.audience import Audience, Unknown
from bot.admin.occurrences import Around, Rule, Unread
from bot.conversation.speech import Rows
from bot.conversation.update import Heard, Pressed
from bot.desk.dictation import Unclear, calendar_day, moment
from bot.desk.roll import listed, named
from bot.desk.visit import Visit
from bot.store import audit
from bot.telegram.length import CAPTION, MOST, units
from flows.calendar import spoken
from flows.usage import LONE

PUSH = "push"
PAGE = 8
"""Capsules shown at a time."""

NAMED = 30
"""People named in one line."""

LABEL = 48
Prompt = dict[str, Any]


def begin(visit: Visit, rest: str) -> None:
    """`/pousser`: to whom?"""
    found = audience.cohorts(visit.conn)
    prompt = {"ask": PUSH, "mark": secrets.token_hex(3), "cohorts": [name for name, _ in found]}
    visit.ask(prompt, "push_who", _who(visit, prompt, found))


def _who(visit: Visit, prompt: Prompt, found: Sequence[tuple[str, int]]) -> Rows:
    mark = prompt["mark"]
    rows = [[(f"{_short(name)} ({n})", f"d:{mark}:to:{place}")] for place, (name, n) in enumerate(found)]
    rows += [[(visit.label(f"push_by_{kind}"), f"d:{mark}:by:{kind}") for kind in pair]
             for pair in (("phases", "formats"), ("situations", "people"))]  # fmt: skip
    last = [(visit.label("push_everybody"), f"d:{mark}:to:all")] if "to" not in prompt else []
    return [*rows, [*last, (visit.label("push_cancel"), f"d:{mark}:drop")]]


def heard(visit: Visit, said: Heard) -> None:
    """What was asked for in words: the people, the text (with a picture or not), the date, the rule."""
    prompt = dict(visit.actor.prompt)
    STEPS[prompt.pop("step")](visit, prompt, said)


def pressed(visit: Visit, press: Pressed, data: str) -> str:
    """Acts on a button; the line that refuses it, or nothing."""
    mark, _, rest = data.partition(":")
    verb, _, what = rest.partition(":")
    prompt = visit.actor.prompt
    old = not isinstance(prompt, dict) or prompt.get("ask") != PUSH or prompt.get("mark") != mark
    if old or verb not in CHOICES or not all(name in prompt for name in CHOICES[verb][1]):
        return visit.label("old_button")
    return CHOICES[verb][2](visit, press, {name: value for name, value in prompt.items() if name != "step"}, what)


def _drop(visit: Visit, press: Pressed, prompt: Prompt, what: str) -> str:
    visit.expect(None)
    visit.replace(press, "push_cancelled")
    return ""


# --- to whom ---------------------------------------------------------------------------------


def _to(visit: Visit, press: Pressed, prompt: Prompt, what: str) -> str:
    names: Sequence[str] = prompt["cohorts"]
    if what == "all":
        return _chosen(visit, press, prompt, "", ())
    place = _place(what, len(names))
    return visit.label("old_button") if place is None else _chosen(visit, press, prompt, "cohorts", (names[place],))


def _by(visit: Visit, press: Pressed, prompt: Prompt, what: str) -> str:
    """One kind of criterion: its values as buttons; of people, in words."""
    if what == "people":
        visit.ask({**prompt, "step": "people"}, "push_people_how")
        return ""
    if what not in KINDS:
        return visit.label("old_button")
    mark = prompt["mark"]
    rows = [[(_short(title), f"d:{mark}:pick:{what}:{place}")] for place, (_, title) in enumerate(KINDS[what](visit))]
    visit.ask(prompt, f"push_which_{what}", [*rows, [(visit.label("push_cancel"), f"d:{mark}:drop")]])
    return ""


def _pick(visit: Visit, press: Pressed, prompt: Prompt, what: str) -> str:
    kind, _, place = what.partition(":")
    found = KINDS[kind](visit) if kind in KINDS else []
    nth = _place(place, len(found))
    return visit.label("old_button") if nth is None else _chosen(visit, press, prompt, kind, (found[nth][0],))


def _more(visit: Visit, press: Pressed, prompt: Prompt, what: str) -> str:
    rows = _who(visit, prompt, audience.cohorts(visit.conn))
    visit.replace(press, "push_who_more", rows, who=_told(visit, prompt))
    return ""


def _people(visit: Visit, prompt: Prompt, said: Heard) -> None:
    wanted = [word.strip() for word in said.text.replace("\n", ",").split(",") if word.strip()]
    try:
        found = audience.named(visit.conn, visit.vault, wanted[: audience.MOST], visit.now)
    except Unknown as error:
        return visit.show(visit.house.speech.free(labels.unknown(visit.house, error)))
    if not found:
        return visit.say("push_people_how")
    prompt = _with(prompt, "people", found)
    return visit.ask(prompt, "push_what", _what(visit, prompt), cohort=_told(visit, prompt))


def _chosen(visit: Visit, press: Pressed, prompt: Prompt, kind: str, values: tuple[Any, ...]) -> str:
    """One more criterion; people who fit all of them get it."""
    prompt = _with(prompt, kind, values)
    visit.expect(prompt)
    visit.replace(press, "push_what", _what(visit, prompt), cohort=_told(visit, prompt))
    return ""


def _with(prompt: Prompt, kind: str, values: tuple[Any, ...]) -> Prompt:
    before = prompt.get("to", {})
    return {**prompt, "to": {**before, kind: list(values)} if kind else before}


def _what(visit: Visit, prompt: Prompt) -> Rows:
    mark = prompt["mark"]
    return [[(visit.label("push_text"), f"d:{mark}:text"), (visit.label("push_capsule"), f"d:{mark}:capsules:0")],
            [(visit.label("push_module"), f"d:{mark}:modules:0"), (visit.label("push_more_who"), f"d:{mark}:more")],
            [(visit.label("push_cancel"), f"d:{mark}:drop")]]  # fmt: skip


def _audience(prompt: Mapping[str, Any]) -> Audience:
    return audience.opened(prompt["to"])


def _told(visit: Visit, prompt: Mapping[str, Any]) -> str:
    return labels.to(visit.house, _audience(prompt))


KINDS: Mapping[str, Callable[[Visit], list[tuple[str, str]]]] = {
    "phases": lambda visit: list(audience.phases(visit.house).items()),
    "formats": lambda visit: list(audience.formats(visit.house).items()),
    "situations": lambda visit: [(name, visit.label(f"push_situation_{name}")) for name in audience.SITUATIONS],
}

# --- what ------------------------------------------------------------------------------------


def _text(visit: Visit, press: Pressed, prompt: Prompt, what: str) -> str:
    visit.ask({**prompt, "step": "text"}, "push_write")
    return ""


def _written(visit: Visit, prompt: Prompt, said: Heard) -> None:
    text, files = said.text.strip(), said.files
    picture = len(files) == 1 and files[0].kind in ("photo", "document") and not said.album
    if not text or (files and not picture):
        return visit.say("push_only_words")
    most = CAPTION if picture else MOST
    if units(text) > most:
        return visit.say("push_too_long_caption" if picture else "push_too_long", n=most)
    if not picture:
        return _when(visit, {**prompt, "body": {"text": text}})
    return _when(visit, {**prompt, "body": {"text": text, "picture": files[0].kind}, "file": files[0].file_id})


def _capsules(visit: Visit, press: Pressed, prompt: Prompt, what: str) -> str:
    capsules = sorted(visit.house.library.capsules.values(), key=lambda c: c.title)
    return _choices(visit, prompt, what, "capsule", [(c.id, c.title) for c in capsules])


def _modules(visit: Visit, press: Pressed, prompt: Prompt, what: str) -> str:
    return _choices(visit, prompt, what, "module", labels.modules(visit.house))


def _choices(visit: Visit, prompt: Prompt, what: str, verb: str, found: Sequence[tuple[str, str]]) -> str:
    page = _place(what, len(found) // PAGE + 1)
    if page is None:
        return visit.label("old_button")
    mark, shown = prompt["mark"], found[page * PAGE : (page + 1) * PAGE]
    rows = [[(_short(title), f"d:{mark}:{verb}:{id}")] for id, title in shown]
    if len(found) > (page + 1) * PAGE:
        rows.append([(visit.label("push_more"), f"d:{mark}:{verb}s:{page + 1}")])
    visit.say(f"push_choose_{verb}", rows)
    return ""


def _capsule(visit: Visit, press: Pressed, prompt: Prompt, what: str) -> str:
    return _flow(visit, prompt, LONE + what) if what in visit.house.library.capsules else visit.label("old_button")


def _module(visit: Visit, press: Pressed, prompt: Prompt, what: str) -> str:
    return _flow(visit, prompt, what) if what in visit.house.library.flows else visit.label("old_button")


def _flow(visit: Visit, prompt: Prompt, flow: str) -> str:
    _when(visit, {**prompt, "body": {"flow": flow}})
    return ""


# --- when ------------------------------------------------------------------------------------


def _when(visit: Visit, prompt: Prompt) -> None:
    mark = prompt["mark"]
    verbs = [["now", "date"], ["week", "around"]]
    rows = [[(visit.label(f"push_{verb}"), f"d:{mark}:{verb}") for verb in pair] for pair in verbs]
    visit.ask(prompt, "push_when", [*rows, [(visit.label("push_cancel"), f"d:{mark}:drop")]])


def _now(visit: Visit, press: Pressed, prompt: Prompt, what: str) -> str:
    _preview(visit, {**prompt, "at": None})
    return ""


def _asks(step: str) -> Callable[[Visit, Pressed, Prompt, str], str]:
    def ask(visit: Visit, press: Pressed, prompt: Prompt, what: str) -> str:
        visit.ask({**prompt, "step": step}, f"push_{step}_how")
        return ""

    return ask


def _dated(visit: Visit, prompt: Prompt, said: Heard) -> None:
    try:
        at = moment(said.text, visit.now, visit.case.zone)
    except Unclear:
        return visit.say("push_date_unclear")
    local = at.astimezone(visit.case.zone).replace(tzinfo=None)
    return _preview(visit, {**prompt, "at": local.isoformat()})


def _ruled(step: str, read: Callable[..., Rule]) -> Callable[[Visit, Prompt, Heard], None]:
    """« lundi 18:00 », « J-2 18:00 », each with « jusqu'au 31 janvier » behind it or not."""

    def hear(visit: Visit, prompt: Prompt, said: Heard) -> None:
        words, last = labels.until(said.text)
        try:
            rule = read(words, calendar_day(last, visit.now, visit.case.zone) if last else None)
        except (Unread, Unclear):
            return visit.say(f"push_{step}_unclear")
        return _preview(visit, {**prompt, "at": None, "rule": occurrences.kept(rule)})

    return hear


# --- preview, and what follows ---------------------------------------------------------------


def _preview(visit: Visit, prompt: Prompt) -> None:
    """The message itself, then who gets it, who does not and why (S15)."""
    rule = _rule(prompt)
    found = pushes.preview(visit.conn, visit.vault, visit.house, body=prompt["body"], to=_audience(prompt),
                           now=visit.now, rule=rule, most=NAMED)  # fmt: skip
    left_out = [f"{named(name)} ({visit.label(f'push_reason_{why}')})" for _, name, why in found.excluded]
    excluded = [visit.house.speech.say("push_left_out", list=listed(visit.house, left_out, NAMED))] if left_out else []
    if not found.included and rule is None:
        visit.expect(None)
        return visit.show("\n\n".join([*excluded, visit.house.speech.say("push_nobody_left")]))
    for method, params in labels.messages(visit.house, prompt["body"], prompt.get("file", "")):
        visit.send(method, params)
    mark = secrets.token_hex(3)
    visit.expect({**prompt, "mark": mark})
    label = visit.label("push_send_again" if found.repeat else "push_send" if rule is None else "push_set_rule")
    rows = [[(label, f"d:{mark}:send"), (visit.label("push_cancel"), f"d:{mark}:drop")]]
    again = [visit.house.speech.say("push_repeat")] if found.repeat else []
    return visit.show("\n\n".join([_headline(visit, prompt, rule, found), *excluded, *again]), rows)


def _headline(visit: Visit, prompt: Mapping[str, Any], rule: Rule | None, found: pushes.Preview) -> str:
    say, n, at = visit.house.speech.say, len(found.included), _at(prompt)
    if rule is not None:
        kind = "around" if isinstance(rule, Around) else "week"
        first = say("push_first", date=spoken(found.soonest, visit.case.zone)) if found.soonest else ""
        first = first or say("push_first_none")
        when = labels.when(visit.house, rule)
        return say(f"push_preview_{kind}", n=n, when=when, who=_told(visit, prompt)) + "\n" + first
    if at is None:
        return say("push_preview_now", n=n)
    return say("push_preview_at", n=n, date=spoken(at.replace(tzinfo=visit.case.zone), visit.case.zone))


def _send(visit: Visit, press: Pressed, prompt: Prompt, what: str) -> str:
    """Whoever became excluded since the preview is left out; the prompt goes, so that a second press finds nothing."""
    visit.expect(None)
    picture = {"file_id": prompt["file"]} if "file" in prompt else None
    watch = {"chat_id": press.chat_id, "message_id": press.message_id, "person": visit.actor.id}
    push_id = pushes.plan(
        visit.conn, visit.vault, visit.house, by=audit.by(visit.actor, "telegram"), body=prompt["body"],
        to=_audience(prompt), at=_at(prompt), rule=_rule(prompt), picture=picture, watch=watch, now=visit.now,
    )  # fmt: skip
    counts, lasting = outcome.tally(visit.conn, push_id), "rule" in prompt
    rows = progress.buttons(visit.house, push_id, "", lasting, counts)
    visit.replace(press, "push_planned_rule" if lasting else "push_planned", rows, n=counts["planned"])
    return ""


def _at(prompt: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(prompt["at"]) if prompt["at"] else None


def _rule(prompt: Mapping[str, Any]) -> Rule | None:
    return occurrences.opened(prompt["rule"]) if "rule" in prompt else None


def _place(text: str, n: int) -> int | None:
    """A place in a list of `n`, from a button."""
    fits = text.isascii() and text.isdecimal() and len(text) < 5
    return int(text) if fits and int(text) < n else None


def _short(text: str) -> str:
    return text if len(text) <= LABEL else text[: LABEL - 1] + "…"


Choice = Callable[[Visit, Pressed, Prompt, str], str]
STEPS: Mapping[str, Callable[[Visit, Prompt, Heard], None]] = {
    "people": _people,
    "text": _written,
    "date": _dated,
    "week": _ruled("week", occurrences.weekly),
    "around": _ruled("around", occurrences.around),
}
CHOICES: Mapping[str, tuple[str, tuple[str, ...], Choice]] = {
    "drop": ("push", (), _drop),
    "to": ("push", ("cohorts",), _to),
    "by": ("push", (), _by),
    "pick": ("push", (), _pick),
    "more": ("push", ("to",), _more),
    "text": ("push", ("to",), _text),
    "capsules": ("push", ("to",), _capsules),
    "capsule": ("push", ("to",), _capsule),
    "modules": ("push", ("to",), _modules),
    "module": ("push", ("to",), _module),
    "now": ("push", ("body",), _now),
    "date": ("push", ("body",), _asks("date")),
    "week": ("push", ("body",), _asks("week")),
    "around": ("push", ("body",), _asks("around")),
    "send": ("push", ("body", "at"), _send),
}
"""Each button of the preparation: the action it asks for, what must have been chosen before it, what it does."""
