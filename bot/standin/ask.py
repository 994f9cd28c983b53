"""The parameters of one Bot API call, whatever way they came: JSON, form, multipart or query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Receive, Scope

from bot.standin.shapes import Attachment, Json, bad


@dataclass(slots=True)
class Ask:
    """Fields by name (texts in a form, JSON values in JSON) and the files that came along."""

    fields: Json
    files: dict[str, Attachment] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """A field as text, None when absent."""
        value = self.fields.get(name)
        return None if value is None else str(value)

    def number(self, name: str) -> int | None:
        """A field as an integer, None when absent; refuses what is no number."""
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad(f"parameter {name} is invalid") from None

    def flag(self, name: str) -> bool:
        """A field as true or false, as Telegram reads them."""
        return str(self.fields.get(name, "")).lower() in ("true", "1", "yes")

    def data(self, name: str) -> Any:
        """A field as JSON, decoded if it came as text."""
        value = self.fields.get(name)
        if not isinstance(value, str) or value == "":
            return None if value == "" else value
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def attachment(self, name: str) -> Attachment | None:
        """The file of a field: sent under its name, or named by `attach://`."""
        if name in self.files:
            return self.files[name]
        value = self.fields.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            return self.files.get(value.removeprefix("attach://"))
        return None


async def read(scope: Scope, receive: Receive) -> Ask:
    """The call's parameters; refuses a body that cannot be read."""
    query = scope["query_string"]
    fields: Json = dict(parse_qsl(query.decode(), keep_blank_values=True)) if query else {}
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"").lower()
    if kind.startswith(b"multipart/form-data"):
        return await _multipart(fields, scope, receive)
    body = await _body(receive)
    if kind.startswith(b"application/json") and body:
        fields.update(_object(body))
    elif body:
        fields.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return Ask(fields)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        event = await receive()
        parts.append(event.get("body", b""))
        if not event.get("more_body"):
            return b"".join(parts)


def _object(body: bytes) -> Json:
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise bad("can't parse request body") from None
    if not isinstance(value, dict):
        raise bad("object expected as request body")
    return value


async def _multipart(fields: Json, scope: Scope, receive: Receive) -> Ask:
    files: dict[str, Attachment] = {}
    async with Request(scope, receive).form() as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                mime = value.content_type or "application/octet-stream"
                files[name] = Attachment(value.filename or "fichier", await value.read(), mime)
            else:
                fields[name] = value
    return Ask(fields, files)
