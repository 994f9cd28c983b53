"""The webhook's door: kept and committed, then acknowledged (Bot API setWebhook). Knows no meaning."""

import hmac

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.telegram.receive import Keep

log = structlog.get_logger()

PATH = "/telegram"
LARGEST = 1024 * 1024
SECRET = "x-telegram-bot-api-secret-token"


def route(secret: str, keep: Keep) -> Route:
    """POST of one update: 200 only once `keep` has committed, 503 when it could not, 403 without the secret."""

    async def receive(request: Request) -> Response:
        given = request.headers.get(SECRET, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, secret.encode()):
            return Response(status_code=403)
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        try:
            update = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError):
            return Response(status_code=400)
        if not isinstance(update, dict):
            return Response(status_code=400)
        try:
            await keep([update])
        except Exception as error:
            log.error("update not kept", error=type(error).__name__)
            return Response(status_code=503, headers={"Retry-After": "5"})
        return Response(status_code=200)

    return Route(PATH, receive, methods=["POST"])


async def _body(request: Request) -> bytes | None:
    """The whole body, or None beyond `LARGEST` bytes."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            return None
    return body
