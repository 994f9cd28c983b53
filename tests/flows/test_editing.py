"""A content file changed in place: the value asked for, and not a character beside it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.editing import BODY, changed, fields

CONTENT = Path(__file__).parents[2] / "content"
FILES = sorted(path for name in ("flows", "capsules", "decks", "programmes") for path in (CONTENT / name).glob("*.*"))
FILES += [CONTENT / name for name in ("discovery.yml", "formats.yml", "inventaire.yml")]
FLOW = """# pour les authors : ne pas toucher
flow: essai
title: "Deux mots"   # le titre
remind: {after: 3j, every: 4j, times: 2}
steps:
  - question: donne
    text: |
      Une ligne.

      Une autre.
    why: sans guillemets
    choices: {oui: "Oui", non: Non}
  - repeat: emplois
    again: {text: 'Encore ?', why: "Un de plus.", choices: {oui: "Encore", non: "Assez"}}
    most: 5
"""
LETTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn"), exclude_characters="\u2028\u2029\ufeff"
)
WORDS = st.text(LETTERS | st.just("\n"), min_size=1, max_size=60).map(lambda text: text.rstrip()).filter(str.strip)


def places(text: str) -> dict[str, str]:
    return {field.place: field.value for field in fields(text)}


def test_words_and_times_are_found_with_what_they_belong_to() -> None:
    found = {field.place: (field.of, field.name, field.kind) for field in fields(FLOW)}
    assert found == {
        "title": ("essai", "title", "words"),
        "remind.after": ("essai", "after", "time"),
        "remind.every": ("essai", "every", "time"),
        "steps.0.text": ("donne", "text", "words"),
        "steps.0.why": ("donne", "why", "words"),
        "steps.0.choices.oui": ("donne", "choices.oui", "words"),
        "steps.0.choices.non": ("donne", "choices.non", "words"),
        "steps.1.again.text": ("emplois", "text", "words"),
        "steps.1.again.why": ("emplois", "why", "words"),
        "steps.1.again.choices.oui": ("emplois", "choices.oui", "words"),
        "steps.1.again.choices.non": ("emplois", "choices.non", "words"),
    }
    assert places(FLOW)["steps.0.text"] == "Une ligne.\n\nUne autre."


def test_what_stands_beside_stays_as_it_was_written() -> None:
    written = changed(FLOW, {"title": 'Dire « oui » : "ou non" # rien', "steps.0.text": "Trois.\n\nLignes.\n\nIci."})
    assert written.startswith("# pour les authors : ne pas toucher\nflow: essai\n")
    assert "   # le titre\nremind: {after: 3j" in written
    assert "    text: |\n      Trois.\n\n      Lignes.\n\n      Ici.\n    why: sans guillemets\n" in written
    assert changed(written, {"title": "Deux mots", "steps.0.text": "Une ligne.\n\nUne autre."}) == FLOW


def test_a_place_that_is_not_there_changes_nothing() -> None:
    assert changed(FLOW, {"steps.9.text": "x", "": "x", "steps": "x", "flow": "autre", "steps.0": "x"}) == FLOW


@given(st.data())
def test_any_words_at_any_places_are_read_back(data: st.DataObject) -> None:
    asked = {place: data.draw(WORDS, place) for place in data.draw(st.sets(st.sampled_from(sorted(places(FLOW)))))}
    after = places(changed(FLOW, asked))
    assert after == {**places(FLOW), **{place: value for place, value in asked.items()}}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_that_ships_can_be_changed_and_stays_itself(path: Path) -> None:
    text = path.read_text("utf-8")
    before = places(text)
    assert before and changed(text, {}) == changed(text, before) == text
    for place in sorted(before)[:: max(1, len(before) // 3)]:
        assert places(changed(text, {place: "Autre chose"})) == {**before, place: "Autre chose"}


def test_a_capsule_has_its_body_and_no_other_file_has() -> None:
    capsule = (CONTENT / "capsules" / "competence-en-situation.md").read_text("utf-8")
    written = changed(capsule, {BODY: "Un seul paragraphe.\r\n\r\nEt un autre.\n\n"})
    assert written.endswith("---\nUn seul paragraphe.\n\nEt un autre.\n")
    assert places(written)["title"] == places(capsule)["title"]
