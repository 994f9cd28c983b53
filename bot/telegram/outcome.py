"""What became of a call to the Bot API, as values, and how its answers are read. Knows no connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bot.telegram.envelope import decode
from bot.telegram.line import Doubtful, NotSent
from bot.telegram.secrecy import describe


@dataclass(frozen=True, slots=True)
class Sent:
    """Carried out. `message_id` when the result is a message; `result` is the raw value."""

    message_id: int | None
    result: Any = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """429: nothing was done; ask again after so many seconds, for this chat or for all."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Unreachable:
    """This person cannot be written to: bot blocked, account gone, chat unknown."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Another 4xx: the call is wrong and will stay so."""

    code: int
    description: str


class Denied(Exception):
    """401, or 404 without a method's name: the token is not accepted. An outcome, and what `receive.poll` raises."""

    def __init__(self) -> None:
        super().__init__("the Bot API refuses the token")


Trouble: TypeAlias = Waiting | Unreachable | Refused | Doubtful | NotSent | Denied
Outcome: TypeAlias = Sent | Trouble

_NOBODY = ("chat not found", "peer_id_invalid", "user is deactivated", "input_user_deactivated", "user not found")
_UNPRONOUNCED = 1.0


def read(method: str, params: Mapping[str, object], status: int, body: bytes) -> Outcome:
    """The outcome an HTTP answer tells.

    What is not the Bot API speaking (a proxy's page, half an answer) leaves us in doubt, whatever its status.
    """
    try:
        answer = decode(body)
    except ValueError:
        return Doubtful(f"{status}, not JSON")
    match answer:
        case {"ok": True, "result": result}:
            return Sent(_message_id(result), result)
        case {"ok": False}:
            return _refusal(method, params, _code(answer, status), answer)
        case _:
            return Doubtful(f"{status}, not an answer")


def _message_id(result: Any) -> int | None:
    if type(result) is dict:
        number = result.get("message_id")
        return number if isinstance(number, int) else None
    return None


def _code(answer: dict[str, Any], status: int) -> int:
    code = answer.get("error_code")
    return code if isinstance(code, int) else status


def _refusal(method: str, params: Mapping[str, object], code: int, answer: dict[str, Any]) -> Outcome:
    said = str(answer.get("description", ""))
    text = said.lower()
    match code:
        case 429:
            return Waiting(_seconds(answer))
        case 401:
            return Denied()
        case 404 if "method not found" not in text:
            return Denied()
        case 403:
            return Unreachable(describe(said))
        case 400:
            return _bad_request(method, params, text) or Refused(400, describe(said))
        case _ if 400 <= code < 500:
            return Refused(code, describe(said))
        case _:
            return Doubtful(f"{code}: {describe(said)}")


def _bad_request(method: str, params: Mapping[str, object], text: str) -> Outcome | None:
    """The 400s that mean something else: already done, too late to matter, nobody there."""
    if "message is not modified" in text and method.startswith("edit"):
        number = params.get("message_id")
        return Sent(number if isinstance(number, int) else None)
    if "query is too old" in text and method == "answerCallbackQuery":
        return Sent(None)
    if "be deleted" in text and method.startswith("delete"):  # older than 48 hours: it is theirs to delete
        return Sent(None)
    return Unreachable(describe(text)) if any(sign in text for sign in _NOBODY) else None


def _seconds(answer: dict[str, Any]) -> float:
    match answer.get("parameters"):
        case {"retry_after": int() | float() as seconds} if seconds > 0:
            return float(seconds)
        case _:
            return _UNPRONOUNCED
