"""Pictures as devices make them: what they tell of a place and of a person is gone, the picture is not."""

import struct
import zlib

import pytest

from bot.web.media import SHOWN
from bot.web.picture import bare, is_what_it_says

PLACE = b"48.8566 N 2.3522 E, appareil de CLAIRE"


def segment(kind: int, body: bytes) -> bytes:
    return bytes([0xFF, kind]) + struct.pack(">H", len(body) + 2) + body


def exif(order: str, orientation: int) -> bytes:
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    other = struct.pack(order + "HHII", 0x010F, 2, 4, 0)
    return b"Exif\0\0" + head + struct.pack(order + "H", 2) + other + entry + b"\0\0\0\0" + PLACE


SCAN = segment(0xDB, b"\0" * 65) + segment(0xDA, b"\x01") + b"picture \xff\x00 data \xff\xd9"


def jpeg(*segments: bytes) -> bytes:
    return b"\xff\xd8" + segment(0xE0, b"JFIF\0") + b"".join(segments) + SCAN


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_jpeg_keeps_which_way_is_up_and_nothing_else(order: str, orientation: int) -> None:
    told = jpeg(segment(0xE1, exif(order, orientation)), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PLACE),
                segment(0xED, PLACE), segment(0xFE, PLACE), segment(0xE2, b"ICC_PROFILE\0colours"))  # fmt: skip
    read = bare(told, "image/jpeg")
    assert PLACE not in read and b"ICC_PROFILE\0colours" in read and read.endswith(SCAN)
    assert (b"Exif" in read) == (orientation > 1)
    assert bare(read, "image/jpeg") == read, "what is bare stays so, and stands upright"


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_a_png_loses_its_texts() -> None:
    parts = [png_chunk(b"IHDR", b"\0" * 13), png_chunk(b"IDAT", b"picture"), png_chunk(b"IEND", b"")]
    notes = [png_chunk(kind, PLACE) for kind in (b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME")]
    told = b"\x89PNG\r\n\x1a\n" + parts[0] + b"".join(notes) + parts[1] + parts[2]
    assert bare(told, "image/png") == b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    held = [kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks]
    body = b"WEBP" + b"".join(held)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_a_webp_loses_its_notes_and_says_so() -> None:
    told = riff((b"VP8X", b"\x2c" + b"\0" * 9), (b"VP8 ", b"pic"), (b"EXIF", PLACE), (b"XMP ", PLACE))
    assert bare(told, "image/webp") == riff((b"VP8X", b"\x20" + b"\0" * 9), (b"VP8 ", b"pic"))


@pytest.mark.parametrize("mime", ["image/jpeg", "image/png", "image/webp", "image/gif", "audio/ogg"])
@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe1\xff", b"\x89PNG\r\n\x1a\n\xff", b"RIFF", b"\0" * 50]
)
def test_what_is_cut_short_is_left_alone_or_shorter(mime: str, data: bytes) -> None:
    assert len(bare(data, mime)) <= max(len(data), 12)


SAMPLES = {
    "image/jpeg": b"\xff\xd8\xff\xe0", "image/png": b"\x89PNG\r\n\x1a\n", "image/gif": b"GIF89a",
    "image/webp": b"RIFF\0\0\0\0WEBP", "audio/ogg": b"OggS\0\x02", "audio/flac": b"fLaC",
    "audio/wav": b"RIFF\0\0\0\0WAVE", "audio/x-wav": b"RIFF\0\0\0\0WAVE",
    "audio/mpeg": b"ID3\x04", "audio/aac": b"\xff\xf1\x50",
    "video/mp4": b"\0\0\0\x20ftypisom", "audio/mp4": b"\0\0\0\x20ftypM4A ", "audio/x-m4a": b"\0\0\0\x20ftypM4A ",
    "video/webm": b"\x1a\x45\xdf\xa3",
}  # fmt: skip


def test_each_type_that_is_shown_is_known_by_its_first_bytes() -> None:
    assert SAMPLES.keys() == SHOWN.keys()
    for mime, data in SAMPLES.items():
        assert is_what_it_says(data, mime)
        assert not is_what_it_says(b"<html><script>", mime) and not is_what_it_says(b"", mime)
    assert is_what_it_says(b"\xff\xfb\x90", "audio/mpeg") and not is_what_it_says(SAMPLES["image/png"], "image/jpeg")
