"""The pictures that documents hold, drawn from a person's own words. Knows answers, not how a shape is drawn."""

from collections.abc import Callable, Iterator

from bot.deliverables.answers import Answers, Found
from bot.documents import leaflet
from flows.deliverables import Picture

Spoken = Callable[[Found], str]
"""How an answer may be quoted where the picture goes."""


def drawn(picture: Picture, answers: Answers, flow: str, spoken: Spoken) -> Iterator[leaflet.Picture]:
    """Nothing while the module has no answer."""
    yield from ()
