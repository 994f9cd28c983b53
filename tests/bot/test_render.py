"""Markdown -> Telegram HTML, its measure and its cuts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.render import Unrenderable, escape, fold, html, keyboard, plain, split, units


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("Bonjour **à vous** et *merci*.", "Bonjour <b>à vous</b> et <i>merci</i>."),
        ("Un.\nDeux.\n\nTrois.", "Un.\nDeux.\n\nTrois."),
        ("- un\n- **deux**\n\nfin", "• un\n• <b>deux</b>\n\nfin"),
        ("- un\n\n- deux", "• un\n• deux"),
        ("3. un\n4. deux", "3. un\n4. deux"),
        ("> Une *phrase*.\n>\n> Deux.", "<blockquote>Une <i>phrase</i>.\n\nDeux.</blockquote>"),
        ("> - un\n> - deux", "<blockquote>• un\n• deux</blockquote>"),
        ("[ici](https://a.fr/?a=1&b=2)", '<a href="https://a.fr/?a=1&amp;b=2">ici</a>'),
        ("<https://a.fr>", '<a href="https://a.fr">https://a.fr</a>'),
        ("a <b>gras</b> & <script>", "a &lt;b&gt;gras&lt;/b&gt; &amp; &lt;script&gt;"),
        ("<div>\nbloc\n</div>", "&lt;div&gt;\nbloc\n&lt;/div&gt;"),
        (r"\*pas gras\* 1\. pas liste", "*pas gras* 1. pas liste"),
        ("    en retrait", "en retrait"),
        ("texte\n===", "texte\n==="),
        ("", ""),
    ],
)
def test_what_telegram_can_show(markdown: str, expected: str) -> None:
    assert html(markdown) == expected


@pytest.mark.parametrize(
    ("markdown", "line", "what"),
    [
        ("# Titre", 1, "un titre"),
        ("a\n\n## Titre", 3, "un titre"),
        ("a\n\n---\n\nb", 3, "une ligne de séparation"),
        ("```\ncode\n```", 1, "un bloc de code"),
        ("du\n`code`", 2, "du code"),
        ("a\n\n|a|b|\n|-|-|\n|c|d|", 3, "un tableau"),
        ("un\ndeux ![alt](https://a.fr/b.png)", 2, "une image"),
        ("~~barré~~", 1, "du texte barré"),
        ("- a\n  - b", 2, "une liste dans une liste"),
        ("> a\n>\n> > b", 3, "une citation dans une citation"),
        ("[x](javascript:alert(1))", 1, "un lien qui n'est ni http, ni https, ni tg"),
        ("[x](/relatif)", 1, "un lien qui n'est ni http, ni https, ni tg"),
    ],
)
def test_what_telegram_cannot_show_is_refused_with_its_line(markdown: str, line: int, what: str) -> None:
    with pytest.raises(Unrenderable) as refused:
        html(markdown)
    assert (refused.value.line, refused.value.what) == (line, what)
    assert str(refused.value).startswith(f"ligne {line} : {what}")


@given(st.text(alphabet=st.sampled_from("ab é🙂\n\t *_~`#>|<&=-+1.[]()!\\:/{}"), max_size=60))
def test_words_set_off_from_markdown_come_through_whole(words: str) -> None:
    """A person's words inside a phrase, their signs preceded by a stroke, can be shown whatever they are."""
    marked = re.sub(r"([\\`*_{}\[\]()#+\-.!<>|&~])", r"\\\1", words)
    shown = plain(html(f"Vous avez écrit : {marked}"))
    assert shown.split() == ["Vous", "avez", "écrit", ":", *words.split()]


def test_escape_and_plain_are_each_other_s_inverse() -> None:
    text = 'a < b & c > "d" &amp; &nbsp;'
    assert plain(escape(text)) == text


def test_a_fold_opens_when_touched() -> None:
    assert fold("<i>Source</i>") == "<blockquote expandable><i>Source</i></blockquote>"


@pytest.mark.parametrize(("text", "length"), [("", 0), ("é", 1), ("🙂", 2), ("👩‍👧", 5), ("\ud800", 1)])
def test_lengths_are_utf_16_units(text: str, length: int) -> None:
    assert units(text) == length


# --- cuts --------------------------------------------------------------------------------------


def test_a_short_text_stays_whole() -> None:
    assert split("<b>Bonjour</b>\n\nà vous") == ["<b>Bonjour</b>\n\nà vous"]


def test_blank_text_gives_no_message() -> None:
    assert split(" \n ") == []
    assert split("<b> </b>") == []


def test_cuts_fall_between_paragraphs_then_lines_then_words() -> None:
    assert split("un deux trois\n\nquatre cinq", 20) == ["un deux trois", "quatre cinq"]
    assert split("un deux trois\nquatre cinq", 20) == ["un deux trois", "quatre cinq"]
    assert split("un deux trois quatre cinq", 20) == ["un deux trois quatre", "cinq"]
    assert split("a" * 45, 20) == ["a" * 20, "a" * 20, "a" * 5]


def test_tags_are_closed_and_opened_again_at_a_cut() -> None:
    parts = split('<blockquote>un <a href="https://a.fr">deux trois quatre</a> cinq</blockquote>', 10)
    assert parts == [
        '<blockquote>un <a href="https://a.fr">deux</a></blockquote>',
        '<blockquote><a href="https://a.fr">trois</a></blockquote>',
        '<blockquote><a href="https://a.fr">quatre</a></blockquote>',
        "<blockquote>cinq</blockquote>",
    ]


def test_no_cut_falls_inside_an_entity_or_an_emoji() -> None:
    assert split("&amp;" * 5, 2) == ["&amp;&amp;", "&amp;&amp;", "&amp;"]
    assert split("🙂🙂🙂", 3) == ["🙂", "🙂", "🙂"]
    assert split("aaa👩‍👧", 6) == ["aaa", "👩‍👧"]


_BITS = st.sampled_from(["mot ", "long" * 8, "\n", "\n\n", "🙂", "&amp;", "&lt;", "👩‍👧", "é"])


@st.composite
def documents(draw: st.DrawFn, depth: int = 0) -> str:
    bits = draw(st.lists(_BITS, max_size=12))
    text = "".join(bits)
    if depth < 3:
        for tag in draw(st.lists(st.sampled_from(["b", "i", "blockquote"]), max_size=2)):
            text += f"<{tag}>{draw(documents(depth + 1))}</{tag}>" + draw(_BITS)
    return text


def _balanced(html_: str) -> bool:
    stack: list[str] = []
    for closing, name in re.findall(r"<(/?)(\w+)[^>]*>", html_):
        if not closing:
            stack.append(name)
        elif not stack or stack.pop() != name:
            return False
    return not stack


@given(documents(), st.integers(8, 60))
def test_every_part_fits_is_balanced_and_no_word_is_lost(text: str, most: int) -> None:
    parts = split(text, most)
    assert all(0 < units(plain(part)) <= most for part in parts)
    assert all(_balanced(part) for part in parts)
    assert re.sub(r"\s", "", "".join(map(plain, parts))) == re.sub(r"\s", "", plain(text))


def test_a_part_reaches_telegram_s_limit_exactly() -> None:
    parts = split("a" * 4096 + "b")
    assert [units(part) for part in parts] == [4096, 1]


# --- buttons -----------------------------------------------------------------------------------


def test_a_keyboard() -> None:
    assert keyboard([[("Oui", "a:1"), ("Non", "a:2")], [("Passer", "s")]]) == {
        "inline_keyboard": [
            [{"text": "Oui", "callback_data": "a:1"}, {"text": "Non", "callback_data": "a:2"}],
            [{"text": "Passer", "callback_data": "s"}],
        ]
    }


@pytest.mark.parametrize("data", ["", "x" * 65, "é" * 33])
def test_data_telegram_would_refuse(data: str) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        keyboard([[("Oui", data)]])


def test_a_button_without_a_label() -> None:
    with pytest.raises(ValueError, match="label"):
        keyboard([[(" ", "a")]])


def test_data_of_64_bytes_passes() -> None:
    assert keyboard([[("Oui", "é" * 32)]])
