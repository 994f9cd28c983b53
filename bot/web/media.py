"""A file that a participant sent with an answer, opened for their coach. Only what a browser shows safely is shown."""

import re
import unicodedata

from bot.desk import sheets
from bot.store import files
from bot.store.files import Stored
from bot.web import picture
from bot.web.answer import Answer, Body, Missing
from bot.web.sitting import Sitting

USUAL = {"voice": "audio/ogg", "audio": "audio/mpeg", "photo": "image/jpeg", "video": "video/mp4",
         "video_note": "video/mp4"}  # fmt: skip
"""The type of each kind, when Telegram names none (Bot API: Voice, PhotoSize, VideoNote)."""

SHOWN = {
    "audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/x-m4a": "m4a", "audio/aac": "aac",
    "audio/wav": "wav", "audio/x-wav": "wav", "audio/flac": "flac", "image/jpeg": "jpg", "image/png": "png",
    "image/webp": "webp", "image/gif": "gif", "video/mp4": "mp4", "video/webm": "webm",
}  # fmt: skip
"""Types that hold no page and no script, each with how its name ends. The rest is saved, never shown; so is a file that
does not begin as its type does."""


def file(sitting: Sitting) -> Answer:
    """A file of an answer that the coach is shown; 0 stands for what is being written."""
    number, name = sitting.number("reply"), sitting.places["media"]
    if number is None or name not in _held(sitting, number):
        return Missing()
    found = files.stored(sitting.conn, sitting.vault, sitting.served.person.id, name)
    return _body(found) if found else Missing()


def _held(sitting: Sitting, number: int) -> tuple[str, ...]:
    """The files of this very version."""
    here = (sitting.conn, sitting.vault, sitting.house, sitting.served.person.id)
    if number == 0:
        return tuple(id for one in sheets.drafts(*here, sitting.now) for id in one.media)
    reply = sheets.one(*here, number, sitting.now)
    return reply.media if reply and reply.id == number else ()


def _body(found: Stored) -> Body:
    said = str(found.about.get("mime") or USUAL.get(found.kind, ""))
    if said in SHOWN and picture.is_what_it_says(found.body, said):
        return Body(picture.bare(found.body, said), said, f"{found.kind}.{SHOWN[said]}", inline=True)
    return Body(found.body, "application/octet-stream", _safe(str(found.about.get("name") or found.kind)))


def _safe(name: str) -> str:
    """A file's name as a header may hold it."""
    flat = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "_", flat)[-80:].lstrip(".") or "fichier"
