"""Formatted text and the rehearsal's clock, without any server."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.standin.rendering import as_html
from bot.standin.shapes import Refused
from bot.standin.text import formatted, read_html, width
from bot.standin.watch import Watch, duration, spelled


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>a</b>", "a", [("bold", 0, 1)]),
        ("<strong>a</strong><i>b</i><em>c</em>", "abc", [("bold", 0, 1), ("italic", 1, 1), ("italic", 2, 1)]),
        ("<u>a</u><ins>b</ins>", "ab", [("underline", 0, 1), ("underline", 1, 1)]),
        ("<s>a</s><strike>b</strike><del>c</del>", "abc", [("strikethrough", n, 1) for n in range(3)]),
        ('<span class="tg-spoiler">a</span><tg-spoiler>b</tg-spoiler>', "ab", [("spoiler", 0, 1), ("spoiler", 1, 1)]),
        ("<code>a</code>", "a", [("code", 0, 1)]),
        ("<pre>a</pre>", "a", [("pre", 0, 1)]),
        ("<blockquote>a</blockquote>", "a", [("blockquote", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
        ('<tg-emoji emoji-id="5">🙂</tg-emoji>', "🙂", [("custom_emoji", 0, 2)]),
        ("🙂<b>é</b>", "🙂é", [("bold", 2, 1)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("a &lt;b&gt; &amp; &quot;c&quot; &#233; &#xe9; & &nbsp;", 'a <b> & "c" é é & &nbsp;', []),
        ("3 > 2", "3 > 2", []),
        ("<b></b>a", "a", []),
    ],
)
def test_html_becomes_text_and_entities(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    read = read_html(source)
    assert read.text == text
    assert [(one["type"], one["offset"], one["length"]) for one in read.entities] == entities


def test_a_link_keeps_its_address_and_a_code_its_language() -> None:
    source = '<a href="https://a.fr/?x=1&amp;y=2">ici</a><pre><code class="language-sql">x</code></pre>'
    link, pre = read_html(source).entities
    assert link["url"] == "https://a.fr/?x=1&y=2"
    assert (pre["type"], pre["language"]) == ("pre", "sql")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("é<p>a</p>", 'Unsupported start tag "p" at byte offset 2'),
        ("<3", "Unclosed start tag at byte offset 0"),
        ("je <3 ça", 'Unsupported start tag "3" at byte offset 3'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ('<a href="x', 'Empty attribute name in the tag "a" at byte offset 7'),
    ],
)
def test_html_that_telegram_refuses(source: str, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_html(source)
    assert refusal.value.description == f"Bad Request: can't parse entities: {reason}"


def test_blanks_at_both_ends_go_and_entities_follow() -> None:
    read = formatted("  <b> a</b> ", "HTML")
    assert read.text == "a"
    assert read.entities == ({"type": "bold", "offset": 0, "length": 1},)


def test_links_and_commands_are_found_but_not_inside_code() -> None:
    read = formatted("/start K7 puis https://t.me/MargeBot?start=K7. <code>/pause</code> et/ou 1/2", "HTML")
    assert [(one["type"], one["offset"], one["length"]) for one in read.entities] == [
        ("bot_command", 0, 6),
        ("url", 15, 30),
        ("code", 47, 6),
    ]


def test_at_most_a_hundred_entities_are_kept() -> None:
    assert len(formatted("<b>a</b> " * 150, "HTML").entities) == 100


def test_text_is_counted_in_utf16_units() -> None:
    assert width("a🙂é") == 4


@pytest.mark.parametrize(
    ("text", "entities", "shown"),
    [
        ("<script>", [], "&lt;script&gt;"),
        ("a🙂b", [{"type": "bold", "offset": 1, "length": 2}], "a<strong>🙂</strong>b"),
        (
            "ab",
            [{"type": "bold", "offset": 0, "length": 2}, {"type": "italic", "offset": 1, "length": 1}],
            "<strong>a<em>b</em></strong>",
        ),
        ("x", [{"type": "text_link", "offset": 0, "length": 1, "url": "javascript:alert(1)"}], "x"),
        (
            "x",
            [{"type": "text_link", "offset": 0, "length": 1, "url": 'https://a/"onclick="b'}],
            '<a href="https://a/&quot;onclick=&quot;b" target="_blank" rel="noopener noreferrer">x</a>',
        ),
    ],
)
def test_rendering_escapes_everything(text: str, entities: list[dict[str, object]], shown: str) -> None:
    assert as_html(text, entities) == shown


def test_no_gap_is_left_after_a_block() -> None:
    quote = [{"type": "blockquote", "offset": 0, "length": 1}]
    assert as_html("a\nb\nc", quote) == "<blockquote>a</blockquote>b\nc"


def test_entities_that_cross_lose_no_text() -> None:
    crossing = [{"type": "bold", "offset": 0, "length": 2}, {"type": "italic", "offset": 1, "length": 2}]
    assert as_html("abcd", crossing) == "<strong>a<em>b</em></strong>cd"


@pytest.mark.parametrize("text", ["P1D", "PT1H", "P1DT2H3M4S", "-PT30M", "PT0S"])
def test_a_duration_is_read_back_as_it_was_spelled(text: str) -> None:
    assert spelled(duration(text)) == text


@pytest.mark.parametrize("text", ["", "P", "PT", "P1Y", "1H", "P1H"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        duration(text)


def test_the_clock_follows_its_file_and_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    watch = Watch(file)
    assert watch.offset == timedelta()
    file.write_text("P2D\n")
    assert watch.offset == timedelta(days=2)
    watch.advance(timedelta(hours=1))
    assert file.read_text() == "P2DT1H\n"
    file.write_text("rien")
    assert watch.offset == timedelta(days=2, hours=1)
