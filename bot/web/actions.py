"""What a coach can set in motion for one participant; each act says what will happen, and when."""

from collections.abc import Callable
from datetime import date, datetime

from bot.desk import DeskError, closing, comments, outline, steering
from bot.desk.leftovers import leftovers
from bot.desk.steering import LONGEST, WEEKS, Steering
from bot.web.answer import Answer, Go, Page
from bot.web.people import written_to
from bot.web.sitting import Sitting
from flows.calendar import spoken
from flows.usage import LONE


def page(sitting: Sitting) -> Answer:
    return _page(sitting)


def pause(sitting: Sitting) -> Answer:
    return _act(sitting, lambda held: held.pause(sitting.number("semaines") or 0), "pause")


def pause_until(sitting: Sitting) -> Answer:
    return _act(sitting, lambda held: held.pause_until(_day(sitting.form.get("jusquau", ""))), "pause")


def resume(sitting: Sitting) -> Answer:
    return _act(sitting, lambda held: held.resume(), "resume")


def lift(sitting: Sitting) -> Answer:
    """What was held since a distress leaves again."""
    try:
        at = steering.lift(sitting.conn, sitting.vault, sitting.house, sitting.served, sitting.actor, sitting.now)
    except DeskError as error:
        return _page(sitting, refusal=sitting.say(error.phrase), status=422)
    return _done(sitting, at, "lift")


def close(sitting: Sitting) -> Answer:
    """The programme ends before its last session: the choice of what is kept is put to them."""
    if sitting.form.get("certain") != "oui":
        return _page(sitting, refusal=sitting.house.speech.label("page_close_unsure"), status=422)
    try:
        closing.close(sitting.conn, sitting.vault, sitting.house, sitting.served.person.id, sitting.now)
    except DeskError as error:
        return _page(sitting, refusal=sitting.say(error.phrase), status=422)
    return _done(sitting, sitting.now, "close")


def capsule(sitting: Sitting) -> Answer:
    return _act(sitting, lambda held: held.send(LONE + sitting.form.get("capsule", "")), "capsule")


def ask(sitting: Sitting) -> Answer:
    return _act(sitting, lambda held: held.ask(sitting.form.get("question", "")), "ask")


def set_aside(sitting: Sitting) -> Answer:
    return _act(sitting, lambda held: held.set_aside(), "set_aside")


def reopen(sitting: Sitting) -> Answer:
    key = sitting.form.get("cle") or None
    return _act(sitting, lambda held: held.reopen(sitting.number("module") or 0, key), "reopen")


def write(sitting: Sitting) -> Answer:
    """Words of the coach's own, about no answer in particular."""
    text = sitting.form.get("mots", "")
    try:
        at = comments.write(
            sitting.conn, sitting.vault, sitting.house, sitting.served, None, sitting.actor.id, text, sitting.now
        )
    except DeskError as error:
        return _page(sitting, refusal=sitting.say(error.phrase), status=422)
    return _done(sitting, at, "write")


def _act(sitting: Sitting, act: Callable[[Steering], datetime], what: str) -> Answer:
    try:
        held = Steering(sitting.conn, sitting.vault, sitting.house, sitting.served, sitting.actor, sitting.now)
        at = act(held)
    except DeskError as error:
        return _page(sitting, refusal=sitting.say(error.phrase), status=422)
    return _done(sitting, at, what)


def _done(sitting: Sitting, at: datetime, what: str) -> Answer:
    """Said on the page that follows: it leaves now, or later; or only once a pause or a hold is over."""
    if told := steering.waits(sitting.served, what):
        return Go(f"/personnes/{sitting.served.person.id}/actions", told)
    when = "now" if at <= sitting.now else "later"
    until = at.isoformat() if when == "later" or what == "pause" else ""
    query = f"?quand={until.replace('+', '%2B')}" if until else ""
    return Go(f"/personnes/{sitting.served.person.id}/actions{query}", f"page_told_{what}_{when}")


def _page(sitting: Sitting, refusal: str = "", status: int = 200) -> Answer:
    about = sitting.served
    seen = outline.outline(sitting.conn, sitting.vault, sitting.house, about, sitting.now)
    left = leftovers(sitting.conn, sitting.vault, sitting.house, about, sitting.now)
    alone, received = outline.capsules(sitting.conn, about)
    library = sitting.house.library.capsules.values()
    offered = sorted(((c.id, c.title, c.id in received, c.id in alone) for c in library), key=lambda c: c[1])
    fields = {"outline": seen, "left": left, "capsules": offered, "weeks": WEEKS, "most": LONGEST, "refusal": refusal,
              "idle": _idle(about.enrolment.state), "longest": comments.MOST, "typed": sitting.form,
              "when": _when(sitting), **written_to(sitting)}  # fmt: skip
    return Page("actions.html", fields, status)


def _idle(state: str) -> str:
    """The phrase for why nothing can be set in motion for somebody; nothing when it can."""
    if state in ("active", "paused"):
        return ""
    return DeskError("has_stopped" if state in ("stopped", "ended") else "not_agreed").phrase


def _day(text: str) -> date:
    """Raises DeskError: pause_date."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise DeskError("pause_date") from None


def _when(sitting: Sitting) -> str:
    try:
        at = datetime.fromisoformat(sitting.query.get("quand", ""))
        return spoken(at, sitting.zone) if at.tzinfo else ""
    except (ValueError, OverflowError):
        return ""
