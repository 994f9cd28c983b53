"""What the checker lets through, Telegram can show: no author's text is refused on the day it is sent."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.render import html
from flows.markup import unshown
from flows.tone import bare

PIECES = (
    *(
        "a",
        "mot",
        "é",
        " ",
        "  ",
        "    ",
        "\t",
        "\n",
        "\n\n",
        "- ",
        "* ",
        "+ ",
        "1. ",
        "> ",
        "#",
        "## ",
        "---",
        "***",
        "___",
    ),
    *(
        "`",
        "```",
        "~~",
        "~",
        "|",
        "[",
        "]",
        "(",
        ")",
        "![",
        "](x)",
        "](https://a.fr)",
        "[a]: b",
        "<",
        "<a@b.fr>",
        "<x:y>",
    ),
    *("\\", "!", "=", "===", "&amp;"),
)


@settings(max_examples=3_000, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
def test_what_is_not_refused_is_shown(text: str) -> None:
    if not list(unshown(text, bare(text))):
        html(text)
