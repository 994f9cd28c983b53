"""Pushes on an admin's page: composed, looked at, tried, sent; then paused, stopped, and told person by person.

Reads no answer. A picture comes by Telegram or from the terminal: forms of this page hold words alone.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from markupsafe import Markup

from bot.admin import audience, labels, occurrences, outcome, pushes, trial
from bot.admin.audience import Audience, Unknown
from bot.admin.occurrences import Around, Rule, Unread, Weekly
from bot.admin.outcome import STATES
from bot.admin.progress import MEANT
from bot.admin.pushes import Listed
from bot.desk import DeskError, people
from bot.desk.dictation import FAR
from bot.store import audit
from bot.telegram.length import MOST, units
from bot.web.answer import PREFIX, Answer, Go, Missing, Page
from bot.web.sitting import Sitting
from flows.calendar import WEEKDAYS, resolve, spoken
from flows.usage import LONE

PAGE = 12
"""Pushes on one page."""

PEOPLE = 50
"""People of one state on one page."""

NAMED = 30
"""People named in a preview, on each side."""

FIELDS = ("cohorte", "etape", "format", "situation", "personnes", "quoi", "texte", "capsule", "module", "quand", "le",
          "jour", "heure", "moment", "jusquau")  # fmt: skip
"""What a push is composed of, as the form names it."""

EVERYBODY = "*"
GOES_ON = ("under_way", "planned", "paused")


class Odd(Exception):
    """A form that says nothing yet; `phrase` says what is missing."""

    def __init__(self, phrase: str, **about: Any) -> None:
        super().__init__(phrase)
        self.phrase, self.about = phrase, about


# --- those there are -------------------------------------------------------------------------


def listed(sitting: Sitting) -> Answer:
    before = sitting.number("avant")
    found = pushes.listed(sitting.conn, sitting.vault, sitting.now, PAGE + 1, before)
    rows = [_row(sitting, one) for one in found[:PAGE]]
    after = f"{PREFIX}/regie/envois?avant={found[PAGE - 1].id}" if len(found) > PAGE else ""
    first = f"{PREFIX}/regie/envois" if before is not None else ""
    moving = any(one.state == "under_way" for one in found)
    return Page("pushes.html", {"rows": rows, "before": first, "after": after, "moving": moving})


def _row(sitting: Sitting, one: Listed) -> dict[str, Any]:
    house = sitting.house
    when = labels.when(house, one.rule) if one.rule else spoken(one.at, sitting.zone)
    return {"id": one.id, "state": one.state, "when": when, "to": labels.to(house, one.to), "left": one.left,
            "what": labels.what(house, one.what, one.flow), "gone": one.gone, "made_at": one.made_at,
            "total": one.left + one.gone}  # fmt: skip


def page(sitting: Sitting) -> Answer:
    push_id = sitting.number("push")
    one = pushes.one(sitting.conn, sitting.vault, push_id, sitting.now) if push_id is not None else None
    if one is None:
        return Missing()
    counts = outcome.tally(sitting.conn, one.id)
    shown = [state for state in STATES if counts[state]]
    state = sitting.query.get("etat", "")
    state = state if state in shown else (shown[0] if shown else "")
    nth = min(max(1, sitting.number("page") or 1), 100_000)
    fates = _fates(sitting, one.id, state, nth) if state else []
    here = f"{PREFIX}/regie/envois/{one.id}"
    far = f"{here}?etat={state}&page="
    total, gone = sum(counts[name] for name in MEANT), counts["sent"] + counts["doubtful"]
    moving = one.state == "under_way" or (one.state == "planned" and bool(counts["ready"]))
    return Page("push.html", {
        "one": _row(sitting, one), "counts": [(name, counts[name]) for name in shown], "state": state, "here": here,
        "fates": fates[:PEOPLE], "before": f"{far}{nth - 1}" if nth > 1 else "", "total": total, "gone": gone,
        "after": f"{far}{nth + 1}" if len(fates) > PEOPLE else "", "drawn": _drawn(sitting, _body(one)),
        "moving": moving, "goes_on": one.state in GOES_ON, "picture": one.picture,
    })  # fmt: skip


def _body(one: Listed) -> dict[str, str]:
    return {"flow": one.flow} if one.flow else {"text": one.what}


def _fates(sitting: Sitting, push_id: int, state: str, nth: int) -> list[dict[str, Any]]:
    found = outcome.outcome(sitting.conn, push_id, state=state, limit=PEOPLE + 1, offset=(nth - 1) * PEOPLE)
    names = people.names(sitting.conn, sitting.vault, {fate.person_id for fate in found}, sitting.now)
    phrases = sitting.house.speech.phrases
    return [{"name": names.get(fate.person_id, "?"), "at": fate.at, "time": _time(fate.scope),
             "why": sitting.say(f"push_reason_{fate.why}") if f"push_reason_{fate.why}" in phrases else ""}
            for fate in found]  # fmt: skip


def _time(scope: str) -> str:
    """Of a weekly push, which day's; an appointment's number is nobody's business."""
    return scope if "-" in scope else ""


# --- composed --------------------------------------------------------------------------------


def compose(sitting: Sitting) -> Answer:
    return _composed(sitting, {})


def again(sitting: Sitting) -> Answer:
    """Back from the preview, with all that was written."""
    return _composed(sitting, sitting.form)


def preview(sitting: Sitting) -> Answer:
    """Everything as it would be: the message, who gets it, who does not and why. Sends nothing."""
    return _looked_at(sitting, "")


def test(sitting: Sitting) -> Answer:
    """To the admin's own chat, and to nobody else."""
    try:
        body = _what(sitting)
        by = audit.by(sitting.actor, "page")
        trial.send(sitting.conn, sitting.vault, sitting.house, by, sitting.actor, body, sitting.now)
    except (Odd, KeyError) as error:
        return _refused(sitting, error)
    except DeskError as error:
        return _composed(sitting, sitting.form, sitting.say(error.phrase))
    return _looked_at(sitting, sitting.say("page_push_tried"))


def send(sitting: Sitting) -> Answer:
    try:
        to, body, at, rule = _read(sitting)
        found = pushes.preview(sitting.conn, sitting.vault, sitting.house, body=body, to=to, now=sitting.now,
                               rule=rule, most=0)  # fmt: skip
        if not found.included and rule is None:
            raise Odd("push_nobody_left")
        if found.repeat and sitting.form.get("certain") != "oui":
            return _looked_at(sitting, "", sitting.say("push_repeat"))
        push_id = pushes.plan(sitting.conn, sitting.vault, sitting.house, by=audit.by(sitting.actor, "page"),
                              body=body, to=to, now=sitting.now, at=at, rule=rule)  # fmt: skip
    except (Odd, Unknown, Unread, KeyError) as error:
        return _refused(sitting, error)
    return Go(f"/regie/envois/{push_id}", "page_told_push_rule" if rule else "page_told_push")


def _composed(sitting: Sitting, typed: Mapping[str, str], refusal: str = "") -> Answer:
    house = sitting.house
    capsules = sorted(((c.id, c.title) for c in house.library.capsules.values()), key=lambda one: one[1])
    return Page("push_new.html", {
        "cohorts": audience.cohorts(sitting.conn), "phases": list(audience.phases(house).items()),
        "formats": list(audience.formats(house).items()), "situations": list(audience.SITUATIONS),
        "capsules": capsules, "modules": labels.modules(house), "weekdays": list(enumerate(WEEKDAYS)),
        "typed": typed, "refusal": refusal, "most": MOST,
    }, 422 if refusal else 200)  # fmt: skip


def _looked_at(sitting: Sitting, told: str, refusal: str = "") -> Answer:
    try:
        to, body, at, rule = _read(sitting)
        found = pushes.preview(sitting.conn, sitting.vault, sitting.house, body=body, to=to, now=sitting.now,
                               rule=rule, most=NAMED)  # fmt: skip
    except (Odd, Unknown, Unread, KeyError) as error:
        return _refused(sitting, error)
    why = _reasons(sitting, found)
    fields = {name: sitting.form.get(name, "") for name in FIELDS}
    first = spoken(found.soonest, sitting.zone) if found.soonest else ""
    return Page("push_preview.html", {
        "fields": fields, "drawn": _drawn(sitting, body), "n": len(found.included), "repeat": found.repeat,
        "named": [name for _, name in found.included[:NAMED]], "why": why, "excluded": len(found.excluded),
        "to": labels.to(sitting.house, to), "when": _told_when(sitting, at, rule), "rule": rule is not None,
        "first": first, "told_here": told, "refusal": refusal, "around": isinstance(rule, Around),
    }, 422 if refusal else 200)  # fmt: skip


def _reasons(sitting: Sitting, found: pushes.Preview) -> list[tuple[str, int, list[str]]]:
    """Why some are left out: each reason with how many and the first names."""
    whys: dict[str, list[str]] = {}
    for _, name, why in found.excluded:
        whys.setdefault(why, []).append(name)
    return [(sitting.say(f"push_reason_{why}"), len(names), [name for name in names if name][:NAMED])
            for why, names in sorted(whys.items())]  # fmt: skip


def _told_when(sitting: Sitting, at: datetime | None, rule: Rule | None) -> str:
    if rule:
        return labels.when(sitting.house, rule)
    if at is None:
        return sitting.say("page_push_now")
    return sitting.say("page_push_at", date=spoken(at.replace(tzinfo=sitting.zone), sitting.zone))


def _drawn(sitting: Sitting, body: Mapping[str, str]) -> list[dict[str, Any]]:
    """The bubbles, as Telegram draws them: text made of our own escaped HTML, and rows of buttons."""
    if "flow" in body and not sitting.house.library.has_flow(body["flow"]):
        return []
    calls = [params for _, params in labels.messages(sitting.house, body)]
    return [{"html": Markup(params.get("text") or params["caption"]),
             "rows": [[button["text"] for button in row]
                      for row in (params.get("reply_markup") or {}).get("inline_keyboard", [])]}
            for params in calls]  # fmt: skip


def _refused(sitting: Sitting, error: Exception) -> Answer:
    match error:
        case Odd(phrase=phrase, about=about):
            words = sitting.say(phrase, **about)
        case Unknown():
            words = labels.unknown(sitting.house, error)
        case Unread(reason=reason):
            words = sitting.say(f"push_{reason}_unclear")
        case _:
            words = sitting.say("page_push_no_what")
    return _composed(sitting, sitting.form, words)


# --- as it was typed -------------------------------------------------------------------------


def _read(sitting: Sitting) -> tuple[Audience, dict[str, str], datetime | None, Rule | None]:
    """Raises Odd, Unknown, Unread."""
    at, rule = _times(sitting)
    return _to(sitting), _what(sitting), at, rule


def _to(sitting: Sitting) -> Audience:
    form = sitting.form
    words = [word.strip() for word in form.get("personnes", "").replace("\n", ",").split(",") if word.strip()]
    chosen = {"cohorts": form.get("cohorte", ""), "phases": form.get("etape", ""), "formats": form.get("format", ""),
              "situations": form.get("situation", "")}  # fmt: skip
    if not words and not any(chosen.values()):
        raise Odd("page_push_no_who")
    if len(words) > audience.MOST:
        raise Unknown("many", str(len(words)))
    named = audience.named(sitting.conn, sitting.vault, words, sitting.now) if words else ()
    given = {kind: (value,) for kind, value in chosen.items() if value and value != EVERYBODY}
    return Audience(people=named, **given)


def _what(sitting: Sitting) -> dict[str, str]:
    form = sitting.form
    match form.get("quoi", ""):
        case "texte":
            text = form.get("texte", "").strip()
            if not text:
                raise Odd("page_push_no_text")
            if units(text) > MOST:
                raise Odd("push_too_long", n=MOST)
            return {"text": text}
        case "capsule" if form.get("capsule", "") in sitting.house.library.capsules:
            return {"flow": LONE + form["capsule"]}
        case "module" if form.get("module", "") in sitting.house.library.flows:
            return {"flow": form["module"]}
    raise Odd("page_push_no_what")


def _times(sitting: Sitting) -> tuple[datetime | None, Rule | None]:
    form = sitting.form
    last = _date(form.get("jusquau", ""), sitting) if form.get("jusquau") else None
    match form.get("quand", "maintenant"):
        case "maintenant":
            return None, None
        case "date":
            return _ahead(sitting, form.get("le", "")), None
        case "semaine":
            day = form.get("jour", "")
            try:
                at = time.fromisoformat(form.get("heure", ""))
            except ValueError:
                raise Unread("week") from None
            if day not in ("0", "1", "2", "3", "4", "5", "6"):
                raise Unread("week")
            return None, Weekly(int(day), at.replace(second=0, microsecond=0, tzinfo=None), last)
        case "rendezvous":
            return None, occurrences.around(form.get("moment", ""), last)
    raise Odd("page_push_no_when")


def _ahead(sitting: Sitting, text: str) -> datetime:
    """An hour that is still ahead where the admin is; each recipient has it at home. Raises Odd."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Odd("page_push_no_date") from None
    if at.tzinfo is not None or not sitting.now < resolve(at, sitting.zone) < sitting.now + FAR:
        raise Odd("page_push_no_date")
    return at


def _date(text: str, sitting: Sitting) -> date:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        raise Odd("page_push_no_date") from None
    if on < sitting.now.astimezone(sitting.zone).date():
        raise Odd("page_push_no_date")
    return on


# --- held back, and stopped ------------------------------------------------------------------


def pause(sitting: Sitting) -> Answer:
    return _act(sitting, pushes.pause, "pause")


def resume(sitting: Sitting) -> Answer:
    return _act(sitting, pushes.resume, "resume")


def cancel(sitting: Sitting) -> Answer:
    return _act(sitting, pushes.cancel, "cancel")


def _act(sitting: Sitting, act: Callable[..., int], what: str) -> Answer:
    push_id = sitting.number("push")
    if push_id is None or pushes.one(sitting.conn, sitting.vault, push_id, sitting.now) is None:
        return Missing()
    act(sitting.conn, push_id, audit.by(sitting.actor, "page"), sitting.now)
    return Go(f"/regie/envois/{push_id}", f"page_told_push_{what}")
