"""What is left of an answer once one of the messages it came in is taken back. Knows no store."""

from dataclasses import replace

from flows.model import Kept

GONE = Kept(None, "skipped")
"""What stands in the place of an answer that held nothing else: it may be given anew."""


def without(kept: Kept, message: int, media: str) -> Kept:
    """The answer without one file and the words that came with it; GONE when nothing else is in it."""
    left = tuple(id for id in kept.media if id != media)
    if not kept.parts:  # one message, or an album
        return replace(kept, media=left) if left else GONE
    parts = tuple(part for part in kept.parts if part[0] != message and media not in part[2])
    words = [part[1] for part in parts if part[1]]
    value = words if isinstance(kept.value, list) else "\n\n".join(words)
    return replace(kept, value=value, media=left, parts=parts) if parts else GONE
