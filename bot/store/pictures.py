"""The picture or the document of a push: kept once, under the house's key, however many people it goes to.

A message names it (`push:<number>`); it is put in when the message is taken to leave. The first that leaves uploads it,
and Telegram's own name for it, good for this bot alone, stands for it from then on. Knows no Telegram.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from bot.store import tables as t
from bot.store.leaving import Leaving
from bot.store.vault import Vault

FIELDS = {"sendPhoto": "photo", "sendDocument": "document"}
"""What each method calls the file it sends."""

NAMED = "push:"

PLACE = "pushes.picture"


def put(conn: Connection, vault: Vault, push_id: int, picture: Mapping[str, str]) -> None:
    """Keeps it: {"file_id"}, or {"name", "bytes" in base64, "type"}."""
    sealed = vault.seal_json(0, PLACE, dict(picture))
    conn.execute(update(t.pushes).where(t.pushes.c.id == push_id).values(picture=sealed))


def named(push_id: int) -> str:
    """How a message names the picture of a push."""
    return f"{NAMED}{push_id}"


def attached(conn: Connection, vault: Vault, leaving: Sequence[Leaving], now: datetime) -> list[Leaving]:
    """The same messages, each with the file that it names."""
    wanted = {push for item in leaving if (push := _push(item))}
    if not wanted:
        return list(leaving)
    p = t.pushes.c
    vault.ready(conn, [0], now)
    rows = conn.execute(select(p.id, p.picture).where(p.id.in_(wanted), p.picture.is_not(None)))
    held = {row.id: vault.open_json(0, PLACE, row.picture) for row in rows}
    return [_with(item, held) for item in leaving]


def learn(conn: Connection, vault: Vault, names: Iterable[tuple[int, str]]) -> None:
    """Telegram's name for the picture of each push: the bytes go."""
    for push_id, file_id in dict(names).items():
        put(conn, vault, push_id, {"file_id": file_id})


def _push(item: Leaving) -> int | None:
    said = item.params.get(FIELDS.get(item.method, ""), "")
    number = said.removeprefix(NAMED) if isinstance(said, str) and said.startswith(NAMED) else ""
    return int(number) if number.isascii() and number.isdecimal() else None


def _with(item: Leaving, held: Mapping[int, Mapping[str, Any]]) -> Leaving:
    push_id = _push(item)
    picture = held.get(push_id) if push_id else None
    if picture is None:
        return item
    name = FIELDS[item.method]
    if "file_id" in picture:
        return replace(item, params={**item.params, name: picture["file_id"]})
    params = {key: value for key, value in item.params.items() if key != name}
    files = {name: (picture["name"], picture["bytes"], picture["type"])}
    return replace(item, params=params, files=files, picture=push_id)
