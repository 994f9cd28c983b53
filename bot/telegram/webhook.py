"""The webhook: one update a request, answered 200 only once kept. Knows nothing of what it says."""

import hmac
from typing import Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.telegram.envelope import decode
from bot.telegram.receive import Keep, Update

PATH: Final = "/telegram"
MOST_BYTES: Final = 1024 * 1024
SHORTEST_SECRET: Final = 32
HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
RETRY: Final = 5
"""Seconds the server is asked to wait when we could not keep an update; it honours up to 3600."""

_MOST_ID = 2**63
_log = structlog.get_logger()


def route(secret: str, keep: Keep, path: str = PATH) -> Route:
    """A POST route for setWebhook with this `secret_token`; the token is no part of the path.

    403 for a wrong secret, 413 beyond 1 MiB, 400 for what is no update, 503 when `keep` failed (the server will send
    the update again), 200 after `keep` has committed. Raises ValueError for a secret under 32 characters.
    """
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"Le secret du webhook doit compter au moins {SHORTEST_SECRET} caractères.")
    expected = secret.encode()

    async def receive(request: Request) -> Response:
        if not hmac.compare_digest(_given(request), expected):
            return Response(status_code=403)
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        update = _update(body)
        return Response(status_code=400) if update is None else await _keep(keep, update)

    return Route(path, receive, methods=["POST"])


def _given(request: Request) -> bytes:
    return request.headers.get(HEADER, "").encode("latin-1")


async def _body(request: Request) -> bytes | None:
    """The whole body, or None as soon as it is seen to be too long; empty when the sender went away."""
    told = request.headers.get("content-length", "0")
    if told.isdecimal() and int(told) > MOST_BYTES:
        return None
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                return None
    except ClientDisconnect:
        return b""
    return bytes(body)


def _update(body: bytes) -> Update | None:
    try:
        update = decode(body)
    except ValueError:
        return None
    match update:
        case {"update_id": int(number)} if type(number) is int and 0 <= number < _MOST_ID:
            return dict(update)
        case _:
            return None


async def _keep(keep: Keep, update: Update) -> Response:
    try:
        await keep([update])
    except Exception as error:
        # The type only: the text of a storage error may quote what people wrote.
        _log.error("update not kept", error=type(error).__name__)
        return Response(status_code=503, headers={"Retry-After": str(RETRY)})
    return Response(status_code=200)
