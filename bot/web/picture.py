"""A file known by its first bytes, and a picture without what its device wrote in it: place, owner, day.

Pictures sent as photos are bare already: Telegram takes everything away. Those sent as files come as they were made.
Only what a coach is shown is bared; its author's own copy is not. Knows no table and no person.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Final

SIGNATURES: Final = (
    (0, b"\xff\xd8\xff", ("image/jpeg",)),
    (0, b"\x89PNG\r\n\x1a\n", ("image/png",)),
    (0, b"GIF8", ("image/gif",)),
    (8, b"WEBP", ("image/webp",)),
    (0, b"OggS", ("audio/ogg",)),
    (0, b"fLaC", ("audio/flac",)),
    (8, b"WAVE", ("audio/wav", "audio/x-wav")),
    (0, b"ID3", ("audio/mpeg",)),
    (4, b"ftyp", ("video/mp4", "audio/mp4", "audio/x-m4a")),
    (0, b"\x1a\x45\xdf\xa3", ("video/webm",)),
)
"""Where a signature stands, what it is, and which types it is good for."""

ORIENTATION: Final = 0x0112
"""The one thing that is kept of Exif: which way is up."""


def is_what_it_says(data: bytes, mime: str) -> bool:
    """Whether the first bytes are those of this type."""
    if data[:1] == b"\xff" and len(data) > 1 and data[1] & 0xE0 == 0xE0 and data[1] != 0xFF:  # a frame of MPEG sound
        return mime in ("audio/mpeg", "audio/aac") if data[1] != 0xD8 else mime == "image/jpeg"
    return any(mime in mimes for at, mark, mimes in SIGNATURES if data[at : at + len(mark)] == mark)


def bare(data: bytes, mime: str) -> bytes:
    """The picture without its notes; as it is when it cannot be read, or is of a type that holds none."""
    try:
        return BARE[mime](data) if mime in BARE else data
    except (IndexError, struct.error, ValueError):
        return data


def _jpeg(data: bytes) -> bytes:
    """Segments up to the picture itself: without Exif, XMP, IPTC and comments; colours stay."""
    kept, at = [data[:2]], 2
    while data[at + 1] != 0xDA:
        if data[at] != 0xFF:
            raise ValueError("no segment")
        length = struct.unpack(">H", data[at + 2 : at + 4])[0]
        kind, segment = data[at + 1], data[at : at + 2 + length]
        if kind == 0xE1 and segment[4:10] == b"Exif\0\0" and (turned := _orientation(segment[10:])) > 1:
            kept.append(_turned(turned))
        elif kind not in (*range(0xE1, 0xEE), 0xEF, 0xFE) or segment[4:15] == b"ICC_PROFILE":
            kept.append(segment)
        at += 2 + length
    return b"".join([*kept, data[at:]])


def _orientation(tiff: bytes) -> int:
    """From 1 to 8 (Exif 2.3, 4.6.4); 1 when it says nothing."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2], "")
    if not order:
        return 1
    (first,) = struct.unpack(order + "I", tiff[4:8])
    (count,) = struct.unpack(order + "H", tiff[first : first + 2])
    for n in range(count):
        entry = tiff[first + 2 + 12 * n : first + 14 + 12 * n]
        tag, _, _, value = struct.unpack(order + "HHIH", entry[:10])
        if tag == ORIENTATION:
            return int(value) if value <= 8 else 1
    return 1


def _turned(orientation: int) -> bytes:
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, ORIENTATION, 3, 1, orientation, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", 8 + len(tiff)) + b"Exif\0\0" + tiff


def _png(data: bytes) -> bytes:
    kept = [data[:8]]
    for kind, chunk in _chunks(data, 8, ">", 12):
        if kind not in (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"):
            kept.append(chunk)
    return b"".join(kept)


def _webp(data: bytes) -> bytes:
    kept = []
    for kind, chunk in _chunks(data, 12, "<", 8):
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]  # neither Exif nor XMP any more
        if kind not in (b"EXIF", b"XMP "):
            kept.append(chunk)
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunks(data: bytes, at: int, order: str, around: int) -> Iterator[tuple[bytes, bytes]]:
    """Kind and whole of each chunk; `around` are its bytes besides what it holds. RIFF pads to an even length."""
    while at + 8 <= len(data):
        number, kind = (
            (data[at : at + 4], data[at + 4 : at + 8]) if order == ">" else (data[at + 4 : at + 8], data[at : at + 4])
        )
        (length,) = struct.unpack(order + "I", number)
        whole = around + length + (length % 2 if order == "<" else 0)
        yield kind, data[at : at + whole]
        at += whole


BARE: Final[Mapping[str, Callable[[bytes], bytes]]] = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}
