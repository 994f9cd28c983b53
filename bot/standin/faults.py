"""Trouble ordered in advance: errors, lost answers, delays. Knows methods by name only."""

from __future__ import annotations

from dataclasses import dataclass

from bot.standin.shapes import Refused

_REASONS = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
    429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout",
}  # fmt: skip


@dataclass(slots=True)
class Fault:
    """What will happen to the next `times` calls of a method ("*": any), to one chat if `chat_id` says so.

    `after_accept`: the call takes effect and only its answer is lost. `drop`: the connection is cut
    without an answer. `delay`: seconds before the answer; alone, it is the only trouble.
    """

    method: str
    times: int = 1
    status: int | None = 500
    retry_after: int | None = None
    after_accept: bool = False
    drop: bool = False
    delay: float = 0.0
    description: str = ""
    chat_id: int | None = None

    def refusal(self) -> Refused | None:
        """The answer to give instead of the true one."""
        if self.status is None:
            return None
        text = self.description or _REASONS.get(self.status, "Error")
        if self.retry_after is not None and not self.description:
            text = f"{text}: retry after {self.retry_after}"
        return Refused(self.status, text, retry_after=self.retry_after)


class Faults:
    """Ordered faults; the first that fits is used, and used up."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Add one."""
        self._ordered.append(fault)

    def clear(self) -> None:
        """Call all trouble off."""
        self._ordered.clear()

    def next_for(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault this call meets, None for a quiet one. `method` in lower case."""
        for fault in self._ordered:
            if fault.method.lower() in ("*", method) and fault.chat_id in (None, chat_id):
                fault.times -= 1
                if fault.times <= 0:
                    self._ordered.remove(fault)
                return fault
        return None
