"""What changed between two versions of the content: nothing is missed, nothing is invented, and it takes no time."""

from dataclasses import replace
from datetime import date, time
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.library import Library, Phrases
from flows.changes import Change, changes
from flows.differences import Detail, flow_details
from flows.engine import Run, turn
from flows.events import Begin, Skip
from flows.frozen import digest
from flows.handwriting import written
from flows.model import Capsule, Choice, Flow, Question, Remind, Repeat, Scale, Section, Text
from flows.moving import landing
from flows.redline import Segment
from flows.rewording import same_shape
from tests.flows.versions import all_in_other_words, changed, every, flows, in_other_words, later
from tests.stage import library

REAL = library("bilan")


def found(new: Library, old: Library = REAL) -> list[Change]:
    return list(changes(old, new))


def other(**parts: Any) -> Library:
    return replace(REAL, **parts)


def test_the_same_content_has_no_change() -> None:
    assert found(REAL) == [] and found(library("bilan")) == []


def test_two_versions_of_a_content() -> None:
    details = (
        Detail("question", "lieu", "", "added", new="Dans quel lieu travaillez-vous le mieux\u202f?"),
        Detail("question", "pris", "", "removed", old="Et qu’est-ce qui vous en a pris\u202f?"),
    )
    assert found(library("essai-v2"), library("essai")) == [
        Change("flow", "deux", "Deux questions", "structure", details)
    ]


def test_a_word_of_a_question_is_told_where_it_stands() -> None:
    flow = REAL.flows["accueil"]
    nth, asked = next((n, step) for n, step in enumerate(every(flow.steps)) if isinstance(step, Question))
    text = asked.text.replace(" ", " bien ", 1)
    new = replace(flow, steps=changed(flow.steps, nth, lambda step: (replace(step, text=text),)), version="2")
    detail = Detail("question", asked.id, "text", "changed", asked.text, text, True)
    assert found(other(flows={**REAL.flows, "accueil": new})) == [
        Change("flow", "accueil", flow.title, "wording", (detail,))
    ]
    assert Segment("added", "bien ") in detail.segments or Segment("added", " bien") in detail.segments


def test_an_envoi_at_another_hour_one_more_and_one_less() -> None:
    programme = REAL.programmes["bilan"]
    first, second, *rest = programme.envois
    later_on = replace(first, when=replace(first.when, days=first.when.days + 2, at=time(11, 15)), mode="sauter")
    extra = replace(second, id="s9-de-plus")
    new = replace(programme, envois=(later_on, *rest, extra), version="autre")
    (change,) = found(other(programmes={**REAL.programmes, "bilan": new}))
    assert (change.part, change.id, change.extent) == ("programme", "bilan", "structure")
    assert [(d.of, d.where, d.key, d.how) for d in change.details] == [
        ("envoi", first.id, "when", "changed"),
        ("envoi", first.id, "mode", "changed"),
        ("envoi", "s9-de-plus", "", "added"),
        ("envoi", second.id, "", "removed"),
    ]
    assert change.details[0].old == "S0 + 1j 10:30" and change.details[0].new == "S0 + 3j 11:15"
    assert change.details[2].new.startswith("{id: s9-de-plus, when: ")


def test_the_rest_of_a_programme() -> None:
    programme = REAL.programmes["bilan"]
    sessions = (replace(programme.sessions[0], hours=4.0), *programme.sessions[1:])
    hours = replace(programme.hours, end=time(20))
    new = replace(programme, sessions=sessions, hours=hours, per_week=9, title="Un autre nom")
    (change,) = found(other(programmes={"bilan": new}))
    assert [(d.of, d.where, d.key, d.new) for d in change.details] == [
        ("programme", "", "title", "Un autre nom"),
        ("programme", "", "hours", written(hours)),
        ("session", programme.sessions[0].id, "hours", "4"),
        ("programme", "", "per_week", "9"),
    ]
    comments = replace(programme, version="des commentaires seulement")
    assert found(other(programmes={"bilan": comments})) == []


def test_a_capsule_is_told_once_and_named_by_the_modules_that_show_it() -> None:
    flow = next(f for f in REAL.flows.values() if any(isinstance(step, Capsule) for step in f.steps))
    nth, capsule = next((n, step) for n, step in enumerate(every(flow.steps)) if isinstance(step, Capsule))
    new = replace(REAL.capsules[capsule.id], bubbles=(*capsule.bubbles, "Une bulle de plus."))
    steps = changed(flow.steps, nth, lambda step: (replace(new, when=capsule.when),))
    library = other(
        capsules={**REAL.capsules, capsule.id: new}, flows={**REAL.flows, flow.id: replace(flow, steps=steps)}
    )
    one, another = found(library)
    assert (one.part, one.extent) == ("flow", "wording")
    assert [(d.of, d.where, d.key, d.words) for d in one.details] == [("capsule", capsule.id, "capsule", True)]
    assert (another.part, another.id, another.extent) == ("capsule", capsule.id, "wording")
    (detail,) = another.details
    assert detail.key == "text" and detail.segments[-1] == Segment("added", "\n\n***\n\nUne bulle de plus.")


def test_every_other_part_is_told() -> None:
    deck_id, deck = next(iter(REAL.decks.items()))
    consent_id, consent = next(iter(REAL.consents.items()))
    key = next(key for key, text in REAL.phrases.texts.items() if isinstance(text, str))
    assert REAL.discovery and REAL.inventory and REAL.formats
    part, *parts = REAL.inventory.parts
    row = replace(part.rows[0], ask="Autre chose")
    new = other(
        decks={**REAL.decks, deck_id: replace(deck, cards=(replace(deck.cards[0], label="Autre"), *deck.cards[2:]))},
        phrases=Phrases({**REAL.phrases.texts, key: "Autre chose.", "de_plus": "De plus."}),
        numbers=(replace(REAL.numbers[0], checked=date(2030, 1, 1)), *REAL.numbers[1:]),
        lexicon=replace(REAL.lexicon, spellings={}),
        consents={**REAL.consents, consent_id: replace(consent, title="Autre", version="2030-01-x")},
        notice=replace(REAL.notice, parts=REAL.notice.parts[1:]),
        discovery=replace(REAL.discovery, road=replace(REAL.discovery.road, text="Autre"), welcome="Bonjour."),
        formats=(replace(REAL.formats[0], price=12.5), *REAL.formats[1:]),
        inventory=replace(REAL.inventory, parts=(replace(part, rows=(row, *part.rows[1:])), *parts)),
    )
    told = [(c.part, c.id, c.extent, [(d.of, d.where, d.key, d.how) for d in c.details]) for c in found(new)]
    assert told == [
        ("deck", deck_id, "structure", [
            ("card", deck.cards[0].id, "label", "changed"), ("card", deck.cards[1].id, "", "removed"),
        ]),
        ("phrases", "", "structure", [("phrase", key, "text", "changed"), ("phrase", "de_plus", "", "added")]),
        ("numbers", "", "structure", [("number", REAL.numbers[0].number, "checked", "changed")]),
        ("lexicon", "", "structure", [("lexicon", "", "", "changed")]),
        ("consent", consent_id, "structure", [
            ("consent", "", "version", "changed"), ("consent", "", "title", "changed"),
        ]),
        ("notice", "", "structure", [("part", REAL.notice.parts[0].id, "", "removed")]),
        ("discovery", "", "wording", [
            ("discovery", "", "welcome", "changed"), ("discovery", "road", "text", "changed"),
        ]),
        ("format", REAL.formats[0].id, "structure", [("format", "", "price", "changed")]),
        ("inventory", "", "wording", [("row", row.id, "ask", "changed")]),
    ]  # fmt: skip


def test_what_only_stands_elsewhere_in_its_file_is_no_change() -> None:
    assert REAL.inventory
    part, *parts = REAL.inventory.parts
    row = replace(part.rows[0], mark=replace(part.rows[0].mark, line=999))
    moved = replace(REAL.inventory, file="ailleurs.yml", parts=(replace(part, rows=(row, *part.rows[1:])), *parts))
    assert found(other(inventory=moved)) == []


def test_what_is_new_and_what_is_gone() -> None:
    gone = next(iter(REAL.capsules))
    new = other(
        flows={**REAL.flows, "neuf": Flow("neuf", "Un nouveau", ())},
        capsules={id: each for id, each in REAL.capsules.items() if id != gone},
        discovery=None,
    )
    assert [(c.part, c.id, c.title, c.extent) for c in found(new)] == [
        ("flow", "neuf", "Un nouveau", "new"),
        ("capsule", gone, REAL.capsules[gone].title, "removed"),
        ("discovery", "", "", "removed"),
    ]
    assert found(REAL, other(discovery=None))[0].extent == "new"


# --- flows -----------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_flow_that_differs_has_a_detail_and_only_words_keep_its_shape(data: st.DataObject) -> None:
    old: Flow = data.draw(flows())
    new: Flow = data.draw(later(old) | st.just(all_in_other_words(old)) | flows())
    details = flow_details(old, new)
    same = digest(replace(old, version="")) == digest(replace(new, version=""))
    assert bool(details) != same
    assert all(detail.words for detail in details) == same_shape(old, new)
    for detail in details:
        assert detail.how != "changed" or detail.old != detail.new or detail.key in ("cards", "capsule", "steps")
        assert "".join(s.text for s in detail.segments if s.how != "removed") in ("", detail.new)


def test_each_key_of_a_question_is_told_under_its_name() -> None:
    a = Question("a", "a ?", "Pour voir.", Scale(0, 10, {0: "bas"}), remind=Remind(3, 4, 2))
    b = replace(a, why="Pour rien.", answer=Scale(0, 5, {0: "bas"}), remind=None, private=True, sensitivity="haute")
    again = Question("again", "Encore ?", "", Choice({"oui": "Oui", "non": "Non"}))
    more = replace(again, answer=Choice({"oui": "Encore", "non": "Non"}))
    old, new = Flow("f", "F", (a, Repeat("r", (), again, 3))), Flow("f", "F", (b, Repeat("r", (), more, 4)))
    assert flow_details(old, new) == (
        Detail("question", "a", "why", "changed", "Pour voir.", "Pour rien.", True),
        Detail("question", "a", "private", "changed", "non", "oui"),
        Detail("question", "a", "sensitivity", "changed", "normal", "haute"),
        Detail("question", "a", "remind", "changed", "{after: 3j, every: 4j, times: 2}", "non"),
        Detail("question", "a", "answer", "changed", "scale: 0..10, labels: {0: bas}", "scale: 0..5, labels: {0: bas}"),
        Detail("repeat", "r", "most", "changed", "3", "4"),
        Detail("option", "r.again.oui", "label", "changed", "Oui", "Encore", True),
    )


def test_steps_that_move_are_as_few_as_can_be() -> None:
    a, b, c, d = (Question(id, f"{id} ?", "", Text()) for id in "abcd")
    details = flow_details(Flow("f", "F", (a, b, c, d)), Flow("f", "F", (d, a, b, c)))
    assert details == (Detail("question", "d", "", "moved", "c", ""),)


def test_conditions_are_those_of_the_sections_too() -> None:
    a = Question("a", "a ?", "", Choice({"oui": "Oui", "non": "Non"}))
    b = Question("b", "b ?", "", Text(), when={"a": frozenset({"oui"})})
    plain, nested = Flow("f", "F", (a, b)), Flow("f", "F", (a, Section((replace(b, when={}),), b.when)))
    assert flow_details(plain, nested) == (Detail("flow", "", "steps", "changed"),)
    inner = Flow("f", "F", (a, Section((b,), {"c": frozenset({"x", "y"})})))
    assert flow_details(plain, inner) == (
        Detail("question", "b", "when", "changed", "a: [oui]", "c: [x, y] ; a: [oui]"),
    )


# --- how long it takes -----------------------------------------------------------------------


def test_the_whole_content_is_compared_in_less_than_a_second() -> None:
    flows = {id: all_in_other_words(flow) for id, flow in REAL.flows.items()}
    capsules = {id: in_other_words(capsule) for id, capsule in REAL.capsules.items()}
    began = process_time()
    details = [detail for change in found(other(flows=flows, capsules=capsules)) for detail in change.details]
    listed = process_time() - began
    segments = sum(len(detail.segments) for detail in details)
    whole = process_time() - began
    print(f"{len(flows)} modules, {len(capsules)} capsules: {len(details)} details in {listed:.3f} s, "
          f"{segments} segments in {whole:.3f} s")  # fmt: skip
    assert len(details) > len(flows) + len(capsules) and segments > len(details)
    assert whole < 1


def test_landing_is_told_for_every_module_in_less_than_a_second() -> None:
    stands: list[tuple[Flow, Run]] = []
    for flow in REAL.flows.values():
        run = turn(flow, Run(), Begin()).run
        for _ in range(5):
            run = turn(flow, run, Skip()).run if run.state == "waiting" else run
        stands.append((flow, run))
    began = process_time()
    told = [landing(flow, replace(flow, steps=flow.steps[1:]), run) for flow, run in stands]
    took = process_time() - began
    print(f"{len(told)} landings in {took:.3f} s")
    assert any(each.lands for each in told) and took < 1


@pytest.mark.parametrize("flow", [*REAL.flows.values()], ids=lambda flow: flow.id)
def test_no_module_is_moved_by_other_words(flow: Flow) -> None:
    run = turn(flow, Run(), Begin()).run
    told = landing(flow, all_in_other_words(flow), run)
    assert told.state == run.state and not told.asked_anew
    assert (told.lands and told.lands.key) == run.key
