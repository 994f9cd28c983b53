"""People moved to the published version of their module: told first, nothing lost, everybody somewhere."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from bot.conversation import answering
from bot.desk import people
from bot.publishing import moving
from bot.store import audit, cases
from bot.store import tables as t
from flows.engine import OPEN, Run
from flows.frozen import digest, freeze
from flows.model import Flow
from flows.road import question
from tests.bot.desk_office import words
from tests.bot.test_publishing import CLAIRE, DEUX, DOMINIQUE, FIRST, Press, read
from tests.bot.test_publishing import press as press
from tests.bot.web_office import espace
from tests.flows.versions import flows, later, runs


def who(press: Press, chat: int = CLAIRE) -> int:
    people_ = select(t.people.c.id).where(t.people.c.chat_id == chat)
    return int(press.office.db.read_now(lambda conn: conn.execute(people_).scalar_one()))


def moves(press: Press, flow: str = "deux") -> list[moving.Move]:
    office = press.office
    return office.db.read_now(moving.moves, office.vault, office.house, flow, office.now, 50)


def go(press: Press, one: moving.Move) -> bool:
    return bool(press.office.do(moving.move, one.person_id, one.run_id, DOMINIQUE, press.office.now))


def answers(press: Press) -> dict[str, Any]:
    def read(conn: Any) -> dict[str, Any]:
        case = cases.by_person(conn, press.office.vault, [who(press)], press.office.now)[who(press)]
        return {file.flow: {key: kept.value for key, kept in file.run.answers.items()} for file in case.runs}

    return press.office.db.read_now(read)


def test_whoever_stands_on_a_removed_question_is_told_of_and_lands_on_the_next(press: Press) -> None:
    press.begin(CLAIRE)
    press.office.say(CLAIRE, "Une marche.")
    press.write(DEUX, "  - question: pris", "  - question: lieu")
    press.publish(press.write(DEUX, FIRST, "Dans quel lieu ?"))
    office = press.office
    assert office.db.read_now(moving.behind, office.house) == {"deux": 1}
    (one,) = moves(press)
    assert (one.name, one.stays, one.landing.asked_anew) == ("Claire", False, True)
    assert one.landing.stood and one.landing.stood.text == read(FIRST)
    assert one.landing.lands and one.landing.lands.text == read("Dans quel lieu ?")
    assert one.landing.road == ("donne",)

    assert go(press, one) and not go(press, one), "once"
    assert office.heard(CLAIRE) == [], "nothing is said at whatever hour this is done"
    assert office.db.read_now(moving.behind, office.house) == {} and moves(press) == []
    assert office.db.read_now(audit.newest, 1)[0].about["flow"] == "deux"
    office.now += timedelta(days=2)
    press.tick()
    assert words(office.heard(CLAIRE))[-1] == read("Dans quel lieu ?")
    office.say(CLAIRE, "Au calme.")
    assert answers(press)["deux"] == {"donne": "Une marche.", "lieu": "Au calme."}


def test_a_question_that_still_stands_is_not_asked_twice_and_keeps_its_words(press: Press) -> None:
    press.begin(CLAIRE)
    files = press.write(DEUX, "de l'énergie cette semaine", "des forces cette semaine")
    files = press.write(DEUX, "  - question: pris", "  - question: lieu")
    press.publish(files)
    (one,) = moves(press)
    assert not one.landing.asked_anew and go(press, one)
    assert words(press.office.say(CLAIRE, "Une marche."))[-1] == read(FIRST)
    asked = select(t.replies.c.question, t.enrolments.c.person_id).join(t.enrolments).where(t.replies.c.key == "donne")
    row = press.office.db.read_now(lambda conn: conn.execute(asked).one())
    press.office.db.read_now(press.office.vault.ready, [row.person_id], press.office.now)
    shown = press.office.vault.open_text(row.person_id, "replies.question", row.question)
    assert "de l’énergie cette semaine" in shown, "the words that were before them"


def test_whoever_gave_an_answer_that_no_longer_fits_stays_where_they_are(press: Press) -> None:
    press.begin(CLAIRE, "choix")
    press.office.say(CLAIRE, "Oui, arrêté")
    press.publish(press.write("flows/choix.yml", 'oui: "Oui, arrêté", ', ""))
    (one,) = moves(press, "choix")
    assert one.stays and one.landing.unfit == ("arret",)
    assert not go(press, one) and answers(press)["choix"] == {"arret": "oui"}
    assert words(press.office.say(CLAIRE, "Un mot de plus."))[-1] == "C’est noté. Merci pour ce temps."
    assert answers(press)["choix"] == {"arret": "oui", "apres_choix": "Un mot de plus."}


def stand(press: Press, old: Flow, run: Run) -> int:
    """Puts the participant where `run` stands in `old`, as the conversation would have."""
    office = press.office

    def write(conn: Any) -> int:
        if conn.execute(select(t.flows.c.version).where(t.flows.c.version == old.version)).first() is None:
            conn.execute(insert(t.flows).values(version=old.version, flow=old.id, source=freeze(old),
                                                seen_at=office.now))  # fmt: skip
        case = people.file(conn, office.vault, who(press), office.now)
        for other in case.runs:
            other.run, other.touched = replace(other.run, state="done", key=None, draft=None), True
        file = case.begin(old.id, old.version)
        for key, kept in run.answers.items():
            asked = question(old, key)
            assert asked is not None
            answering.keep(case, file, key, asked.text, kept, None)
        file.run, file.touched = run, True
        people.put_back(conn, office.vault, case, office.now)
        return file.id

    return int(office.db.write_now(write))


def named(flow: Flow) -> Flow:
    return replace(flow, version=digest(replace(flow, version="")))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_published_no_reply_is_lost_and_nobody_is_nowhere(press: Press, data: st.DataObject) -> None:
    office = press.office
    old = named(data.draw(flows()))
    new = named(data.draw(later(old) | flows()))
    run: Run = data.draw(runs(old))
    id = stand(press, old, run)
    shelf = office.house.shelf
    library = replace(shelf.library, flows={**shelf.library.flows, "essai": new})
    shelf.swap(library, office.db.read_now(cases.archive), 1)
    before = replies(press, id)

    found = [one for one in moves(press, "essai") if one.run_id == id]
    event(f"moved: {[not one.stays for one in found]}")
    for one in found:
        assert go(press, one) == (not one.stays)
    kept = replies(press, id)
    assert kept[: len(before)] == before, "what was written stays as it was written"
    case = office.db.read_now(cases.by_person, office.vault, [who(press)], office.now)[who(press)]
    office.db.read_now(shelf.complete, [case])
    file = case.run(id)
    assert file is not None
    flow = shelf.of(file)
    assert set(run.answers) <= set(file.run.answers)
    if file.run.state in OPEN:
        assert file.run.key is not None and question(flow, file.run.key) is not None
    if found and not found[0].stays:
        assert question(new, file.run.key) is not None if file.run.state in OPEN else True
    office.now += timedelta(days=3)
    press.tick()
    office.heard(CLAIRE)
    said = office.say(CLAIRE, "/reprendre")
    assert words(said), "they are somewhere, and are told where"


def replies(press: Press, run_id: int) -> list[Any]:
    r = t.replies
    rows = select(r).where(r.c.run_id == run_id).order_by(r.c.id)
    return press.office.db.read_now(lambda conn: list(conn.execute(rows).all()))


def test_the_page_shows_who_would_land_where_and_moves_them(press: Press) -> None:
    press.begin(CLAIRE)
    press.office.say(CLAIRE, "Mots à moi seule.")
    press.write(DEUX, "  - question: pris", "  - question: lieu")
    press.publish(press.write(DEUX, FIRST, "Dans quel lieu ?"))
    admin = press.office.join("admin", "Dominique", 711)
    with espace(press.office) as page:
        browser = page.of(admin)
        assert "Deux questions" in browser.get("/espace/regie/deplacer").text
        shown = browser.get("/espace/regie/deplacer?module=deux")
        assert "Claire" in shown.text and "Dans quel lieu" in shown.text and "Mots à moi" not in shown.text
        done = browser.submit(shown, "/deplacer")
        assert "garde ses réponses" in done.text and "Personne n’est resté" in done.text
        assert browser.get("/espace/regie/deplacer?module=rien").status == 404
        odd = browser.post("/espace/regie/deplacer", {**shown.form("/deplacer"), "form": "x" * 16, "qui": "9:9,a:b,,:"})
        assert odd.status == 303
    moved = select(func.count()).select_from(t.audit).where(t.audit.c.action == "move")
    assert press.office.db.read_now(lambda conn: conn.execute(moved).scalar_one()) == 1
