"""The rehearsal by HTTP, under `/standin/…`, in JSON: what the page and tests over a socket do for people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.standin.acts import ACTS, Act, pressed
from bot.standin.profile import commands_for
from bot.standin.shapes import Json, Refused, bad
from bot.standin.telegram import Telegram
from bot.standin.watch import duration, spelled


@dataclass(frozen=True, slots=True)
class Scenes:
    """Points of the story at which a rehearsal may be put: id -> label; `play` goes there and says where it is."""

    title: str
    labels: Mapping[str, str]
    play: Callable[[str], Awaitable[str]]


NextInstant = Callable[[], Awaitable[datetime | None]]

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
_LONGEST_WATCH = 25.0
_SHOWN_IN_PLACE = ("image/", "audio/", "video/")


class Control:
    """Holds the routes; `next_instant` gives the next instant at which the product will send something."""

    def __init__(self, telegram: Telegram, next_instant: NextInstant | None, scenes: Scenes | None) -> None:
        self._telegram = telegram
        self._next_instant = next_instant
        self._scenes = scenes or Scenes("", {}, _nowhere)

    def routes(self) -> list[Route]:
        """Everything under `/standin/`."""
        acts = [Route(f"/standin/{name}", self._acting(act), methods=["POST"]) for name, act in ACTS.items()]
        return [
            *acts,
            Route("/standin/clock", self.clock, methods=["GET"]),
            Route("/standin/clock", self.set_clock, methods=["POST"]),
            Route("/standin/scenes", self.scenes, methods=["GET"]),
            Route("/standin/scenes", self.play, methods=["POST"]),
            Route("/standin/upload", self.upload, methods=["POST"]),
            Route("/standin/accounts", self.accounts, methods=["GET"]),
            Route("/standin/history", self.history, methods=["GET"]),
            Route("/standin/calls", self.calls, methods=["GET"]),
            Route("/standin/events", self.events, methods=["GET"]),
            Route("/standin/files/{unique_id}", self.file, methods=["GET"]),
        ]

    def _acting(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return _json(await act(self._telegram, _object(await request.body())))
            except Refused as refusal:
                return _json(refusal.answer(), refusal.code)
            except (KeyError, TypeError, ValueError) as fault:
                return _json(bad(f"{type(fault).__name__}: {fault}").answer(), 400)

        return endpoint

    async def accounts(self, request: Request) -> Response:
        """Everybody, in order of arrival."""
        return _json([asdict(account) for account in self._telegram.world.accounts.values()])

    async def history(self, request: Request) -> Response:
        """`?user=`: one person's chat, with all the page shows around it."""
        try:
            return _json(chat_view(self._telegram, int(request.query_params["user"])))
        except (KeyError, ValueError):
            return _json(bad("user not found").answer(), 400)

    async def calls(self, request: Request) -> Response:
        """`?since=`: the transcript of Bot API calls from that line on."""
        since = int(request.query_params.get("since", 0))
        return _json([_line(call) for call in list(self._telegram.calls)[since:]])

    async def events(self, request: Request) -> Response:
        """`?since=`: waits for a change after that version, then says whose chats moved."""
        news = self._telegram.world.news
        since = int(request.query_params.get("since", 0))
        if since > news.version:
            since = -1
        await news.wait(since, _LONGEST_WATCH)
        return _json({"version": news.version, "users": news.since(since)})

    async def clock(self, request: Request) -> Response:
        """The rehearsal's instant, in words too."""
        return _json(self._clock())

    async def set_clock(self, request: Request) -> Response:
        """`{"advance": "PT1H"}`, any ISO 8601 duration, or `"next"`: up to the next sending."""
        try:
            wanted = str(_object(await request.body())["advance"])
            by = await self._until_next() if wanted == "next" else duration(wanted)
        except (KeyError, ValueError) as fault:
            return _json(bad(str(fault)).answer(), 400)
        if by is None:
            return _json({**self._clock(), "nothing_due": True})
        self._telegram.advance(by)
        return _json(self._clock())

    async def scenes(self, request: Request) -> Response:
        """Where the rehearsal may be put; no labels: nowhere else."""
        return _json({"title": self._scenes.title, "labels": dict(self._scenes.labels)})

    async def play(self, request: Request) -> Response:
        """`{"scene": id}`: puts it there."""
        try:
            wanted = str(_object(await request.body())["scene"])
            if wanted not in self._scenes.labels:
                raise ValueError("unknown scene")
        except (KeyError, ValueError) as fault:
            return _json(bad(str(fault)).answer(), 400)
        return _json({"words": await self._scenes.play(wanted)})

    async def upload(self, request: Request) -> Response:
        """Multipart: `user`, `kind`, `file`, and perhaps `caption`, `media_group_id`."""
        async with request.form() as form:
            sent = form.get("file")
            if not isinstance(sent, UploadFile):
                return _json(bad("there is no file").answer(), 400)
            try:
                body = await self._telegram.upload(
                    int(str(form["user"])), str(form.get("kind", "document")), sent.filename or "fichier",
                    await sent.read(), caption=_word(form.get("caption")),
                    media_group_id=_word(form.get("media_group_id")),
                    mime=sent.content_type or "application/octet-stream",
                )  # fmt: skip
            except Refused as refusal:
                return _json(refusal.answer(), refusal.code)
        return _json(body)

    async def file(self, request: Request) -> Response:
        """A file to look at or to download; only pictures and sounds are shown in place."""
        filed = self._telegram.world.shelf.by_unique(request.path_params["unique_id"])
        if filed is None:
            return Response(status_code=404)
        in_place = filed.mime.startswith(_SHOWN_IN_PLACE) and "svg" not in filed.mime
        manner = "inline" if in_place else "attachment"
        disposition = f"{manner}; filename*=UTF-8''{quote(filed.attachment.filename)}"
        kind = filed.mime if in_place else "application/octet-stream"
        return Response(filed.attachment.content, media_type=kind, headers={"Content-Disposition": disposition})

    def _clock(self) -> Json:
        now = self._telegram.now()
        offset = self._telegram.world.watch.offset
        return {
            "now": now.isoformat(),
            "words": in_words(now),
            "offset": spelled(offset),
            "can_jump": self._next_instant is not None,
        }

    async def _until_next(self) -> timedelta | None:
        if self._next_instant is None:
            return None
        instant = await self._next_instant()
        if instant is None:
            return None
        return max(instant.astimezone(UTC) - self._telegram.now(), timedelta()) + timedelta(seconds=1)


async def _nowhere(scene: str) -> str:
    return ""


def in_words(instant: datetime) -> str:
    """« lundi 23 novembre 2026 à 11 h 27 », Paris time."""
    local = instant.astimezone(ZoneInfo("Europe/Paris"))
    day = "1er" if local.day == 1 else str(local.day)
    return f"{_DAYS[local.weekday()]} {day} {_MONTHS[local.month - 1]} {local.year} à {local.hour} h {local.minute:02}"


def chat_view(telegram: Telegram, user_id: int) -> Json:
    """One column of the page."""
    account, bot = telegram.world.accounts[user_id], telegram.bot()
    chat = bot.chats.get(user_id)
    now = telegram.now()
    acting = chat is not None and chat.action_until is not None and chat.action_until > now
    return {
        "account": asdict(account),
        "bot": {"first_name": bot.names[""], "username": bot.username, "description": bot.descriptions.get("", "")},
        "messages": telegram.history(user_id),
        "commands": commands_for(bot, user_id),
        "action": chat.action if chat is not None and acting else "",
        "blocked": chat is not None and chat.blocked,
        "keyboard": chat.keyboard if chat is not None else None,
        "press": _last_press(telegram, user_id),
    }


def _last_press(telegram: Telegram, user_id: int) -> Json | None:
    presses = telegram.bot().presses.values()
    last = next((press for press in reversed(presses) if press.user_id == user_id), None)
    return None if last is None else pressed(last)


def _line(call: Any) -> Json:
    return {**asdict(call), "at": call.at.isoformat()}


def _object(body: bytes) -> Json:
    value = msgspec.json.decode(body)
    if not isinstance(value, dict):
        raise ValueError("an object is expected")
    return value


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
