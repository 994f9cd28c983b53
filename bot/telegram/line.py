"""The HTTP line to the Bot API: one pool of connections, and what a broken exchange means. Knows no method."""

from dataclasses import dataclass

import aiohttp

IDLE = 15.0
"""Seconds a connection may rest before we drop it ourselves: a server that closes it as we write leaves us in doubt."""

_NEVER_LEFT = (
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientConnectorError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.InvalidURL,
    aiohttp.ClientHttpProxyError,
)
BROKEN = (aiohttp.ClientError, TimeoutError, OSError)
"""Everything `doubt` understands."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """No byte left this machine: the call may be made again without risk."""

    reason: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Bytes may have left and no clear answer came: the call may have been carried out."""

    reason: str


def doubt(error: Exception) -> NotSent | Doubtful:
    """What a failed exchange leaves us knowing. The reason names the error only: its text may hold the address.

    A pooled connection found closed while we wrote counts as doubtful: nothing tells it from a reset after delivery.
    """
    number = getattr(error, "errno", None)
    reason = type(error).__name__ + (f" {number}" if number is not None else "")
    return NotSent(reason) if isinstance(error, _NEVER_LEFT) else Doubtful(reason)


def patience(connect: float, read: float, write: float = 0.0) -> aiohttp.ClientTimeout:
    """Seconds to get a connection, to wait for the next bytes of the answer, and to have sent the request."""
    return aiohttp.ClientTimeout(total=connect + write + read, connect=connect, sock_connect=connect, sock_read=read)


def open_line(connections: int, timeout: aiohttp.ClientTimeout, proxy: str | None = None) -> aiohttp.ClientSession:
    """A pool of at most `connections`, without cookies or redirects to follow. Needs a running loop."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=IDLE),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=timeout,
        proxy=proxy,
        auto_decompress=True,
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
    )
