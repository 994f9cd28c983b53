"""Pasted words cut into lines, and what ticking them makes of a run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.engine import Run, turn
from flows.events import Amend, Ask, Begin, Event, Finish, Keep, Misread, Opened, Reopen, Reply, Review, Said, Skip
from flows.lines import FORWARD, SHOWN, lines, sign, ticks
from flows.model import Choice, Flow, Lines, Question, Repeat, Text
from flows.road import about, met, road

YES_NO = Choice({"oui": "Oui", "non": "Non"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("• Un poste\n• Deux postes", ("Un poste", "Deux postes")),
        ("- Un poste\n– Deux postes\n— Trois postes", ("Un poste", "Deux postes", "Trois postes")),
        ("1. Un poste\n2) Deux postes\nb) Trois postes", ("Un poste", "Deux postes", "Trois postes")),
        ("✅ Un poste\n▪️ Deux postes", ("Un poste", "Deux postes")),
        ("Un poste • Deux postes • Trois postes", ("Un poste", "Deux postes", "Trois postes")),
        ("3 ans d'expérience\n+5 postes\n1er emploi", ("3 ans d'expérience", "+5 postes", "1er emploi")),
        ("Vos missions :\nTenir un poste\n\nVotre profil :", ("Tenir un poste",)),
        ("Outils : tableur, messagerie", ("Outils : tableur, messagerie",)),
        ("• Suivre le budget\nde la section\nAnimer un réseau", ("Suivre le budget de la section", "Animer un réseau")),
        ("Tenir un poste.\nTENIR UN POSTE.", ("Tenir un poste.",)),
        ("Vous tenez le poste d'accueil le matin. L'équipe compte six personnes ! Un samedi sur deux ?",
         ("Vous tenez le poste d'accueil le matin.", "L'équipe compte six personnes !", "Un samedi sur deux ?")),
        ("Vous tenez un tableau (ex. un budget annuel), et M. Untel le relit chaque mois.",
         ("Vous tenez un tableau (ex. un budget annuel), et M. Untel le relit chaque mois.",)),
        ("Vous tenez le poste d'accueil ; vous suivez le budget ; vous animez", (
            "Vous tenez le poste d'accueil ;", "vous suivez le budget ;", "vous animez")),
        ("", ()),
        ("•\n-\n  \n:", ()),
    ],
)  # fmt: skip
def test_lines_as_the_text_has_them(text: str, found: tuple[str, ...]) -> None:
    assert lines(text) == found


@given(st.text(alphabet="ab .;:!?•-–12)\nÉé", max_size=300))
def test_no_word_is_changed_or_made_up(text: str) -> None:
    left = " ".join(text.split())
    for line in lines(text):
        assert line == line.strip() and line
        assert line in left, "its words stand there, one after the other"
    assert lines(text) == lines("\n".join(lines(text))) or any(len(line) > 50 for line in lines(text))


FLOW = Flow("essai", "Essai", (
    Question("annonce", "Annonce ?", "", Text(long=True)),
    Question("cochees", "Lesquelles ?", "", Lines("annonce", 3)),
    Repeat("besoins", (Question("besoin", "Besoin ?", "", Text()), Question("face", "En face ?", "", Text())),
           Question("again", "Encore ?", "", YES_NO), 2, each="cochees"),
    Question("fin", "Fin ?", "", Text()),
))  # fmt: skip
ADVERT = "• Un\n• Deux\n• Trois\n• Quatre"


def play(run: Run, *events: Event) -> Run:
    for event in events:
        run = turn(FLOW, run, event).run
    return run


def say(text: str, ref: int = 0) -> Reply:
    return Reply(Said(text, ref=ref))


def tick(*those: str) -> tuple[Reply, ...]:
    return tuple(Reply(Said(choice=f"+{sign(line)}")) for line in those)


def untick(line: str) -> Reply:
    return Reply(Said(choice=f"-{sign(line)}"))


def begun(advert: str = ADVERT) -> Run:
    return play(Run(), Begin(), say(advert, 1), Finish())


def rows(run: Run) -> list[str]:
    """The needs that stand on the road, in order."""
    return [str(run.answers[key].value) for key, _ in met(FLOW, run.answers)
            if key.endswith(".besoin") and key in run.answers]  # fmt: skip


def test_a_line_that_is_ticked_is_a_row_at_once_and_its_other_questions_come() -> None:
    went = turn(FLOW, play(begun(), *tick("Trois", "Deux")), Finish())
    assert [(e.key, e.implied) for e in went.effects if isinstance(e, Keep)] == [
        ("cochees", False), ("besoins[101].besoin", True), ("besoins[100].besoin", True)
    ]  # fmt: skip
    assert rows(went.run) == ["Deux", "Trois"] and went.run.key == "besoins[101].face"
    assert about(FLOW, "besoins[101].face", went.run.answers) == "Deux"
    assert about(FLOW, "besoins[101].besoin", went.run.answers) == about(FLOW, "fin", went.run.answers) == ""


def test_own_words_may_be_added_or_not_after_the_lines() -> None:
    run = play(begun(), say("1"), say("face un"))
    assert run.key == "besoins[99].again"
    assert play(run, say("non")).key == "fin"
    run = play(run, say("oui"), say("À moi"), say("face moi"), say("non"))
    assert rows(run) == ["Un", "À moi"] and run.answers["besoins[0].besoin"].value == "À moi" and run.key == "fin"


def test_without_a_tick_the_rows_are_in_own_words_as_before() -> None:
    assert play(begun(), Skip()).key == "besoins[0].besoin"
    assert play(Run(), Begin(), Skip()).key == "besoins[0].besoin", "no advert: there is nothing to tick"
    assert play(begun("Vos missions :"), Skip()).key == "besoins[0].face", "nor in one that says nothing"


def test_a_line_taken_back_takes_its_row_and_gives_it_back_whole() -> None:
    run = play(begun(), say("1 et 2"), say("face un"), say("face deux"), say("non"), say("fini"))
    assert run.state == "done"
    less = play(run, Reopen("cochees"), untick("Un"), Finish())
    assert rows(less) == ["Deux"] and less.answers["besoins[100].face"].value == "face un" and less.state == "done"
    again = play(less, Reopen("cochees"), *tick("Un"), Finish())
    assert rows(again) == ["Un", "Deux"] and again.answers["besoins[100].face"].value == "face un"
    assert road(FLOW, again.answers).open is None


def test_a_line_added_later_opens_its_questions() -> None:
    run = play(begun(), say("1"), say("face un"), say("non"), say("fini"))
    went = turn(FLOW, play(run, Reopen("cochees"), *tick("Quatre")), Finish())
    assert Opened(waiting=False) in went.effects and rows(went.run) == ["Un", "Quatre"]
    assert play(went.run, Review()).key == "besoins[101].face"


def test_a_row_may_be_said_otherwise_and_stays_that_line_s() -> None:
    run = play(begun(), say("1"), Reopen("besoins[100].besoin"), say("Un, à ma façon"))
    assert rows(run) == ["Un, à ma façon"]
    assert rows(play(run, Reopen("cochees"), untick("Un"), *tick("Deux"), Finish())) == ["Deux"]


def test_numbers_corrected_in_their_message_keep_each_line_its_row() -> None:
    run = play(begun(), say("1, 2", 7), say("face un"))
    run = turn(FLOW, run, Amend("cochees", Said("2 et 3", ref=7))).run
    assert rows(run) == ["Deux", "Trois"] and ticks(run.answers["cochees"].value) == {1: "Deux", 2: "Trois"}
    assert run.key == "besoins[101].face"


def test_an_advert_corrected_later_leaves_the_rows_and_what_was_ticked_can_be_taken_back() -> None:
    run = play(begun(), say("1"), say("face un"))
    run = turn(FLOW, run, Amend("annonce", Said("• Cinq", ref=1))).run
    assert rows(run) == ["Un"]
    ask = next(e for e in turn(FLOW, run, Reopen("cochees")).effects if isinstance(e, Ask))
    assert isinstance(ask.question.answer, Lines) and ask.question.answer.lines == ("Cinq", "Un")


@pytest.mark.parametrize("text", ["beaucoup", "3 ans d'expérience", "9", "0", "1 à 3"])
def test_what_is_no_number_of_a_line_is_not_read_as_one(text: str) -> None:
    (misread,) = turn(FLOW, begun(), say(text)).effects
    assert isinstance(misread, Misread) and misread.reason == "not_a_line"


def test_no_more_than_so_many() -> None:
    (misread,) = turn(FLOW, play(begun(), *tick("Un", "Deux", "Trois")), *tick("Quatre")).effects
    assert isinstance(misread, Misread) and misread.reason == "too_many"
    assert turn(FLOW, begun(), say("1, 2, 3, 4")).effects[0] == misread.__class__(
        "cochees", misread.question, "too_many", 1
    )


def test_turning_the_page_changes_no_answer() -> None:
    run = begun("\n".join(f"Ligne {n}" for n in range(SHOWN + 2)))
    run = play(run, *tick("Ligne 1"), Finish())
    turned = play(run, Reopen("cochees"), Reply(Said(choice=f"{FORWARD}1")))
    left = turn(FLOW, turned, Skip())
    assert not [e for e in left.effects if isinstance(e, Keep)] and rows(left.run) == ["Ligne 1"]
