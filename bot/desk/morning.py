"""Today's list in the chat: who comes next and who needs what. Each name is a button that opens their card.

An alert has a button of its own, for a deputy too, who opens nothing else.
"""

from collections.abc import Iterator

from bot.desk.attention import Attention, Group, One, attention
from bot.desk.roll import listed, named
from bot.desk.visit import Visit
from flows.calendar import spoken, spoken_day

MOST = 8
"""Names on a line."""

BUTTONS = 12


def today(visit: Visit, rest: str) -> None:
    """`/aujourdhui`."""
    found = attention(visit.conn, visit.vault, visit.house, visit.actor, visit.now)
    lines = list(_lines(visit, found))
    title = visit.house.speech.say("desk_today", date=spoken_day(visit.now, visit.case.zone))
    words = "\n\n".join([title, *lines] if lines else [title, visit.house.speech.say("desk_today_quiet")])
    visit.show(words, [*_alerts(visit, found), *_rows(found)])


def _lines(visit: Visit, found: Attention) -> Iterator[str]:
    """One line a list, the most pressing first."""
    if found.distress:
        yield _line(visit, "distress", found.distress, [_alert(visit, one) for one in found.distress.people])
    zone = visit.case.zone
    if found.ahead:
        items = [f"{spoken(one.at, zone)}, {named(one.name)}" for one in found.ahead.people[:MOST] if one.at]
        yield visit.house.speech.say("desk_today_ahead", list="\n".join(items))
    for name in ("incomplete", "to_read", "to_check", "silent", "unbooked", "unreachable"):
        group: Group = getattr(found, name)
        if group:
            yield _line(visit, name, group, [_item(one) for one in group.people])


def _alert(visit: Visit, one: One) -> str:
    if not one.coach:
        return named(one.name)
    return visit.label("desk_relayed", name=named(one.name), coach=named(one.coach))


def _item(one: One) -> str:
    if one.total:
        return f"{named(one.name)} ({one.n}/{one.total})"
    return f"{named(one.name)} ({one.n})" if one.n else named(one.name)


def _line(visit: Visit, name: str, group: Group, items: list[str]) -> str:
    others = [""] * (group.total - len(items))
    words = listed(visit.house, [*items, *others], min(MOST, len(items)))
    return visit.house.speech.say(f"desk_today_{name}", list=words)


def _alerts(visit: Visit, found: Attention) -> list[list[tuple[str, str]]]:
    people = {one.person_id: one.name for one in found.distress.people}
    return [[(visit.label("desk_button_ack_one", name=named(name)), f"d:ack:{id}:l")] for id, name in people.items()]


def _rows(found: Attention) -> list[list[tuple[str, str]]]:
    """A button for each person named, in the order they are met; none for another coach's."""
    groups = (found.distress, found.ahead, found.incomplete, found.to_check, found.to_read, found.silent,
              found.unbooked, found.unreachable)  # fmt: skip
    people = {one.person_id: one.name for group in groups for one in group.people if not one.coach}
    cells = [(named(name), f"d:p:{id}") for id, name in list(people.items())[:BUTTONS]]
    return [cells[i : i + 3] for i in range(0, len(cells), 3)]
