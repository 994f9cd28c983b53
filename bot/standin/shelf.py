"""Files sent by anybody, kept in memory under the ids Telegram would give them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from secrets import token_urlsafe

from bot.standin.shapes import Attachment, Json, bad

MOST_TO_DOWNLOAD = 20 * 1024 * 1024
_FOLDERS = {"photo": "photos", "voice": "voice", "audio": "music", "video": "videos", "sticker": "stickers"}
_MIMES = {"photo": "image/jpeg", "voice": "audio/ogg", "audio": "audio/mpeg", "video": "video/mp4"}


@dataclass(frozen=True, slots=True)
class Filed:
    """A file on the shelf; `kind` is photo, document, voice, audio, video or sticker."""

    file_id: str
    unique_id: str
    kind: str
    path: str
    attachment: Attachment

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.attachment.content)

    @property
    def mime(self) -> str:
        """The media type to show, the kind's own when the sender gave none."""
        given = self.attachment.mime
        return _MIMES.get(self.kind, given) if given == "application/octet-stream" else given

    def shape(self, duration: int = 1) -> Json:
        """The Bot API object of its kind (`Document`, `Voice`…); for a photo, the array of its sizes."""
        base: Json = {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}
        named = {"file_name": self.attachment.filename, "mime_type": self.mime}
        match self.kind:
            case "photo":
                return {"photo": self._sizes(base)}
            case "voice":
                return {"voice": {**base, "duration": duration, "mime_type": self.mime}}
            case "audio":
                return {"audio": {**base, **named, "duration": duration}}
            case "video":
                return {"video": {**base, **named, "duration": duration, "width": 640, "height": 360}}
            case "sticker":
                looks = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
                return {"sticker": {**base, **looks, "emoji": "🙂"}}
            case _:
                return {"document": {**base, **named}}

    def _sizes(self, base: Json) -> list[Json]:
        wide, high = picture_size(self.attachment.content)
        small: Json = {"file_id": f"{self.file_id}-s", "file_unique_id": f"{self.unique_id}s", "file_size": self.size}
        return [
            {**small, "width": max(wide // 4, 1), "height": max(high // 4, 1)},
            {**base, "width": wide, "height": high},
        ]


class Shelf:
    """Keeps files by id, by unique id and by path."""

    def __init__(self) -> None:
        self._by_id: dict[str, Filed] = {}
        self._by_unique: dict[str, Filed] = {}
        self._by_path: dict[str, Filed] = {}

    def keep(self, kind: str, attachment: Attachment) -> Filed:
        """Put a file away; a new id each time, as for a fresh upload."""
        number = len(self._by_path) + 1
        suffix = attachment.filename.rpartition(".")[2] if "." in attachment.filename else "bin"
        path = f"{_FOLDERS.get(kind, 'documents')}/file_{number}.{suffix}"
        filed = Filed(f"AgAD{token_urlsafe(24)}", f"AQAD{token_urlsafe(8)}", kind, path, attachment)
        self._by_id[filed.file_id] = self._by_path[path] = self._by_unique[filed.unique_id] = filed
        if kind == "photo":
            self._by_id[f"{filed.file_id}-s"] = filed
        return filed

    def again(self, kind: str, file_id: str) -> Filed:
        """The file to send once more; refuses an unknown id and a change of kind."""
        filed = self._by_id.get(file_id)
        if filed is None:
            raise bad("wrong file identifier/HTTP URL specified")
        if filed.kind != kind:
            raise bad(f"can't use file of type {filed.kind.capitalize()} as {kind.capitalize()}")
        return filed

    def by_id(self, file_id: str) -> Filed:
        """For getFile; refuses an unknown id and anything above 20 MB."""
        filed = self._by_id.get(file_id)
        if filed is None:
            raise bad("invalid file_id")
        if filed.size > MOST_TO_DOWNLOAD:
            raise bad("file is too big")
        return filed

    def by_path(self, path: str) -> Filed | None:
        """For the download address."""
        return self._by_path.get(path)

    def by_unique(self, unique_id: str) -> Filed | None:
        """For the chat page."""
        return self._by_unique.get(unique_id)


def picture_size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG or JPEG in pixels; 800 by 600 when it is neither."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        wide, high = struct.unpack(">II", content[16:24])
        return wide, high
    if content.startswith(b"\xff\xd8"):
        return _jpeg_size(content)
    return 800, 600


def _jpeg_size(content: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        if 0xC0 <= content[at + 1] <= 0xC3:
            high, wide = struct.unpack(">HH", content[at + 5 : at + 9])
            return wide, high
        at += 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
    return 800, 600
