"""What a page answers with. Knows neither HTTP nor templates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bot.web.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Page:
    """A template of this room with what it shows."""

    template: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Go:
    """On to another page, under PREFIX, where the phrase `told` is read first.

    `session` opens one in the browser (the cookie's token); "" closes it; None leaves it.
    """

    path: str
    told: str = ""
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """A file. `inline`: shown by the browser rather than saved. `tag`: names what it holds (RFC 9110, 8.8.3); it may

    then be kept, and asked for again: `data` is None for whoever has it.
    """

    data: bytes | None
    type: str
    name: str
    inline: bool = False
    whose: tuple[int, ...] = ()
    """Participants whose words it holds, where the route is about nobody in particular."""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing here, or nothing for whoever asks: the two look the same."""


Answer: TypeAlias = Page | Go | Body | Bundle | Missing
PREFIX = "/espace"
DESK = "/regie"
"""How the paths of an admin's pages begin, under PREFIX."""
OWN = "/documents"
"""How the paths of a participant's own pages begin, under PREFIX."""
TOLD = "page_told_"
"""How the phrases begin that a page may be asked to show first."""
