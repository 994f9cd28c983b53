"""A participant's answers read one at a time by their coach, in the chat: each with what may be done about it."""

from collections.abc import Mapping
from typing import Any

from bot.conversation.update import Pressed
from bot.desk import comments, people, reading, review, sheets
from bot.desk.people import Served
from bot.desk.reading import NONE, UNREAD
from bot.desk.review import Read
from bot.desk.roll import named
from bot.desk.sheets import Wanted
from bot.desk.visit import Visit
from bot.rights import may
from bot.telegram.render import MOST, plain, units
from flows.calendar import spoken

COMMENT = "comment"
MARKS = 300
"""UTF-16 units kept free under an answer for its state, which a press changes."""


def first(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """The first answer of a session, or of all that awaits."""
    return _turn(visit, served, rest, None, "desk_leaf_none")


def next_(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    number, where = _split(rest)
    return _turn(visit, served, where, _one(visit, served, number), "desk_leaf_last")


def put(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """Marks one answer; its message says so from then on."""
    number, rest = _split(rest)
    state, _, where = rest.partition(":")
    if state not in review.STATES or not review.put_state(
        visit.conn, served.enrolment.id, number, state, visit.actor.id, visit.now
    ):
        return visit.label("desk_leaf_changed")
    reply = _one(visit, served, number)
    assert reply is not None
    words = reading.marks(visit, reply) if _apart(visit, reply) else _whole(visit, reply)
    said = visit.house.speech.message(words, _buttons(visit, served, reply, where))
    visit.send("editMessageText", {**said, "message_id": press.message_id})
    return ""


def comment(visit: Visit, press: Pressed, served: Served, rest: str) -> str:
    """Asks for the words; the next plain message of the coach is them."""
    number, _ = _split(rest)
    if _one(visit, served, number) is None:
        return visit.label("desk_leaf_changed")
    prompt = {"ask": COMMENT, "person": served.person.id, "reply": number}
    visit.ask(prompt, "desk_comment_ask", name=served.person.name)
    return ""


def said(visit: Visit, prompt: Mapping[Any, Any], words: str) -> None:
    """The coach's words for a participant; those that cannot leave are asked for again."""
    served = people.one(visit.conn, visit.vault, int(prompt["person"]), visit.now)
    if served is None or not may(visit.actor, "comment", served.enrolment):
        visit.expect(None)
        return visit.say("desk_not_yours")
    visit, name = visit.on(served), served.person.name
    if not words.strip():
        return visit.say("desk_comment_words", name=name)
    if n := comments.over(words):
        return visit.say("desk_comment_long", n=n)
    visit.expect(None)
    due_at = comments.write(
        visit.conn, visit.vault, visit.house, served, int(prompt["reply"]), visit.actor.id, words, visit.now
    )
    if not served.person.reachable:
        return visit.say("desk_comment_waits", name=name)
    if due_at <= visit.now:
        return visit.say("desk_comment_now", name=name)
    return visit.say("desk_comment_later", name=name, date=spoken(due_at, visit.case.zone))


def _turn(visit: Visit, served: Served, where: str, after: Read | None, otherwise: str) -> str:
    wanted = Wanted(state="a_lire") if where == UNREAD else Wanted(session="" if where == NONE else where)
    who = served.person.id
    reply = sheets.following(visit.conn, visit.vault, visit.house, who, visit.now, wanted, after)
    if reply is None:
        back = [[(visit.label("desk_button_replies"), f"d:r:{who}")]]
        visit.say(otherwise, back, name=named(served.person.name))
        return ""
    rows = _buttons(visit, served, reply, where)
    if _apart(visit, reply):
        visit.show(reading.text(visit, reply), protect_content=True)
        reading.again(visit, served, reply)
        visit.show(reading.marks(visit, reply), rows, protect_content=True)
    else:
        visit.show(_whole(visit, reply), rows, protect_content=True)
    return ""


def _apart(visit: Visit, reply: Read) -> bool:
    """Whether its state and its buttons stand in a message of their own: after its files, or after several messages."""
    return bool(reply.media) or units(plain(reading.text(visit, reply))) > MOST - MARKS


def _whole(visit: Visit, reply: Read) -> str:
    return f"{reading.text(visit, reply)}\n{reading.marks(visit, reply)}"


def _buttons(visit: Visit, served: Served, reply: Read, where: str) -> list[list[tuple[str, str]]]:
    """What may be done, but for the state it is in already."""
    who = f"{served.person.id}:{reply.id}"
    states = [(visit.label(f"desk_button_{state}"), f"d:rv:{who}:{state}:{where}")
              for state in ("lu", "a_aborder", "traite") if state != reply.state]  # fmt: skip
    further = [(visit.label("desk_button_comment"), f"d:rc:{who}"),
               (visit.label("desk_button_next"), f"d:rx:{who}:{where}")]  # fmt: skip
    return [states, further]


def _one(visit: Visit, served: Served, number: int) -> Read | None:
    return sheets.one(visit.conn, visit.vault, visit.house, served.person.id, number, visit.now)


def _split(rest: str) -> tuple[int, str]:
    number, _, more = rest.partition(":")
    return int(number) if number.isdecimal() and len(number) < 19 else 0, more
