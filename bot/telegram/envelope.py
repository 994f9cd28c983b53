"""Bot API JSON: bytes to plain values and back, whatever is inside. Knows no method and no update."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def decode(body: bytes) -> Any:
    """The value written in `body`; lone surrogates and broken UTF-8 become « ? » or U+FFFD rather than an error,

    since one odd character in one message must not hide the 99 others of its batch. Raises ValueError when it is no
    JSON at all, or nested beyond reason.
    """
    try:
        return _decode(body)
    except ValueError:
        return _mend(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def encode(params: Mapping[str, object]) -> bytes:
    """`params` as a JSON body; lone surrogates become « ? »."""
    try:
        return _encode(params)
    except UnicodeEncodeError:
        return json.dumps(params, ensure_ascii=False).encode("utf-8", "replace")


def form(params: Mapping[str, object]) -> dict[str, str]:
    """`params` as form fields: strings as they are, the rest as JSON (Bot API, « Making requests »)."""
    return {
        name: value if isinstance(value, str) else encode_value(value)
        for name, value in params.items()
        if value is not None
    }


def encode_value(value: object) -> str:
    """One value as JSON text."""
    return _encode(value).decode()


def _mend(body: bytes) -> Any:
    try:
        value = json.loads(body.decode("utf-8", "replace"), parse_constant=lambda _: None)
        return _decode(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
