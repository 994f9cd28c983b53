"""What a text says of danger: mistyped, masked, denied, told of the past, drowned in ordinary words; never an error."""

import unicodedata
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.library import LEXICON, one_file
from bot.settings import shipped
from bot.terminal.corpus import CORPUS, Case, read_corpus
from flows.distress import Level, Lexicon, level
from flows.lexicon import read_lexicon
from flows.source import SourceErrors
from flows.wording import turn

CONTENT = shipped("content")


@cache
def lexicon() -> Lexicon:
    return one_file(CONTENT, LEXICON, read_lexicon)


@cache
def corpus() -> tuple[Case, ...]:
    return one_file(CONTENT, CORPUS, read_corpus)


def said(text: str) -> Level:
    return level(lexicon(), text)


GRAVE = [case.says for case in corpus() if case.expect == Level.R3]
ORDINARY = [case.says for case in corpus() if case.kind == "ordinaire" and case.expect == Level.R0]
HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


# --- one by one --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "j'ai envie de mourir",
        "j’ai envie de mourir",
        "j`ai envie de mourir",
        "J'AI ENVIE DE MOURIR !!!",
        "j'ai envie\nde\u00a0mourir",
        "jveuuux mourir",
        "m0urir, je ne veux que ça",
        "je pense au su1cide",
        "je veux m.o.u.r.i.r",
        "je veux m o u r i r",
        "je veux mou😢rir",
        "je veux\u200b mo\u200burir",
        "je vеux mоurir",  # е and о are Cyrillic
        "je v3ux mour1r",
        "je pense au sui*cide",
        "je pense au sucide",
    ],
)
def test_a_spelling_hides_nothing(text: str) -> None:
    assert said(text) == Level.R3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Je n'ai pas envie de mourir.", Level.R0),
        ("Je n'ai pas envie de mourir, mais j'ai pris tous mes cachets.", Level.R3),
        ("Je n'ai jamais pensé au suicide.", Level.R0),
        ("Je n'ai jamais autant pensé au suicide.", Level.R3),
        ("Il ne m'aime pas, j'ai envie de mourir.", Level.R3),
        ("il m'aime pas j'ai envie de mourir", Level.R3),
        ("je dors pas envie de mourir", Level.R3),
        ("Je ne vais pas me tuer.", Level.R0),
        ("Je me demande si je ne vais pas me tuer.", Level.R3),
        ("J'étais mort de rire, et puis j'ai eu envie de mourir.", Level.R3),
        ("À dix-sept ans, j'ai voulu mourir.", Level.R2),
        ("À dix-sept ans j'ai voulu mourir et ça recommence.", Level.R3),
        ("Mon père s'est pendu. Je pense à me tuer.", Level.R3),
        ("Je n'ai plus envie de vivre.", Level.R3),
        ("Je n'ai plus envie de vivre à Paris.", Level.R0),
    ],
)
def test_a_no_holds_for_its_own_clause_alone(text: str, expected: Level) -> None:
    assert said(text) == expected


FAR = "Je travaille à la paie depuis dix ans. " * 20


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vous n'y êtes pour rien.", Level.R0),
        ("Je vous laisse.", Level.R0),
        ("Merci pour tout. Je vous laisse.", Level.R0),
        ("Vous n'y êtes pour rien. Je vous laisse.", Level.R3),
        ("Je vous laisse. Vous n'y êtes pour rien.", Level.R3),
        (f"Vous n'y êtes pour rien. {FAR} Je vous laisse.", Level.R0),
    ],
)
def test_two_weak_signs_of_different_families_are_grave_together(text: str, expected: Level) -> None:
    assert said(text) == expected


@pytest.mark.parametrize("text", ["", " ", "\ud800", "\u202e\u0627\u0646", "'", "....", "j", "*" * 9, "\x00", "🙂"])
def test_nothing_is_no_danger(text: str) -> None:
    assert said(text) == Level.R0


def test_the_end_of_a_very_long_text_is_read() -> None:
    filler = "Je travaille à la paie depuis dix ans. " * 26_000
    assert len(filler) > 1_000_000
    assert said(filler) == Level.R0
    assert said(filler + "J'ai envie de mourir.") == Level.R3


def test_levels_are_in_order() -> None:
    assert Level.R0 < Level.R1 < Level.R2 < Level.R3


# --- whatever is done to a grave phrase, it stays grave ------------------------------------------


@given(st.sampled_from(GRAVE))
def test_accents_do_not_count(text: str) -> None:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    assert said(bare) == said(unicodedata.normalize("NFD", text)) == Level.R3


@given(st.sampled_from(GRAVE), st.randoms(use_true_random=False))
def test_case_does_not_count(text: str, chance: "st.random.Random") -> None:  # type: ignore[name-defined]
    mixed = "".join(c.upper() if chance.random() < 0.5 else c.lower() for c in text)
    assert said(mixed) == said(text.upper()) == Level.R3


@given(st.sampled_from(GRAVE), st.data())
def test_characters_that_are_not_seen_do_not_count(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.sampled_from(HIDDEN)) + text[at:]
    assert said(text) == Level.R3


@given(st.sampled_from(GRAVE), st.data())
def test_letters_held_down_do_not_count(text: str, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([at for at, c in enumerate(text) if c.isalpha()]))
    times = data.draw(st.integers(2, 9))
    assert said(text[:at] + text[at] * times + text[at + 1 :]) == Level.R3


@settings(max_examples=300)
@given(
    st.sampled_from(GRAVE),
    st.lists(st.sampled_from(ORDINARY), max_size=4),
    st.lists(st.sampled_from(ORDINARY), max_size=4),
    st.sampled_from([". ", "\n\n", " ! ", "… . "]),
)
def test_ordinary_sentences_around_do_not_count(text: str, before: list[str], after: list[str], by: str) -> None:
    assert said(by.join([*before, text, *after])) == Level.R3


@given(st.text())
@example("\ud800mourir\udfff")
def test_no_string_is_an_error(text: str) -> None:
    assert said(text) in Level


# --- the language of the lexicon -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "text", "found"),
    [
        ("(a|b) mot", " a mot ", True),
        ("(a|b) mot", " c mot ", False),
        ("[très] mal", " mal ", True),
        ("[très] mal", " tres mal ", True),
        ("suicid*", " suicidaires ", True),
        ("mot", " mots ", False),
        ("un … mot", " un , deux trois mot ", True),
        ("un … mot", " un deux . mot ", False),
        ("un … mot", " un pas mot ", False),
        ("un … mot", " un 2 3 4 5 6 7 mot ", False),
        (". mot .", " . mot . ", True),
        (". mot .", " le mot . ", False),
        ("# mots", " 12 mots ", True),
        ("<deux> mot", " en fin mot ", True),
        ("n'ai mot", " n ai mot ", True),
        ("Éreintée", " ereinte ", True),
    ],
)
def test_a_turn_of_phrase_finds_its_words(written: str, text: str, found: bool) -> None:
    assert bool(turn(written, {"deux": "deux|en fin"}).finds.search(text)) == found


def test_all_that_is_wrong_in_a_lexicon_is_told_at_once() -> None:
    text = (CONTENT / LEXICON).read_text("utf-8")
    text = text.replace('R2: ["17", "3919"', 'R2: ["17", "0000"').replace("\nidioms:\n", '\nidioms:\n  - "(non"\n')
    with pytest.raises(SourceErrors) as caught:
        read_lexicon("lexique.yml", text, {"17", "112", "114", "15", "3114", "3919"})
    assert [each.what[:20] for each in caught.value.errors] == ["le numéro « 0000 » m", "une parenthèse ou un"]


def test_an_empty_lexicon_is_refused() -> None:
    with pytest.raises(SourceErrors):
        read_lexicon("lexique.yml", "{}")
    assert Path(CONTENT / LEXICON).exists()
