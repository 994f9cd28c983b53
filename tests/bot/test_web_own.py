"""A participant's answer on the page: a link of one use, a form of each kind, and nothing of it in the chat."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text, update

from bot import counter, duties
from bot.conversation import answering, modules, ticking
from bot.conversation.house import House, Shelf
from bot.conversation.speech import Speech
from bot.desk import appointments, signin
from bot.store import tables as t
from bot.store.case import drawn_id
from bot.store.cases import by_person, kept
from bot.store.database import Database
from bot.store.lock import lock_chats
from bot.store.saving import Turned, save
from bot.store.vault import Vault
from tests.bot.desk_office import Office, alert, button, words
from tests.bot.web_office import Espace, Seen, espace
from tests.stage import library

ANNE, CLAIRE = 701, 801
SECRET = "une enveloppe dans un tiroir"


@dataclass
class Desk:
    page: Espace
    claire: int

    @property
    def office(self) -> Office:
        return self.page.office

    def begin(self, flow: str) -> str:
        """The module's first question is asked; the path of a link to its form."""
        self.office.db.write_now(_begin, self.office, self.claire, flow)
        return self.link()

    def link(self) -> str:
        sent = self.office.heard(CLAIRE)
        asked = [item for item in sent if any(data.startswith("c:write:") for data in item.buttons.values())]
        return self.pressed(button(asked, "Répondre sur la page"))

    def pressed(self, data: str) -> str:
        address = button(self.office.press(CLAIRE, data), "Ouvrir la page")
        return address.removeprefix(self.office.house.page)

    def fill(self, path: str, **typed: str) -> Seen:
        browser = self.page.stranger()
        form = browser.get(path).form("/reponse/")
        return browser.post(path, {**form, **typed})

    def answers(self) -> list[tuple[str, Any, str, bool]]:
        return self.office.db.read_now(_answers, self.office, self.claire)


def _begin(conn: Any, office: Office, person: int, flow: str) -> None:
    case = by_person(conn, office.vault, [person], office.now)[person]
    modules.plan(office.house, case, flow)
    answering.go_on(office.house, case, answering.Source())
    save(conn, office.vault, [Turned(case, f"t{drawn_id()}", case.take())], office.now)


def _done(conn: Any, office: Office, person: int) -> int:
    """A module of plain words that was gone through."""
    flow = office.house.library.flow("recit")
    row = {"id": drawn_id(), "enrolment_id": office.enrolment(conn, person), "flow": flow.id, "version": flow.version,
           "nth": 9, "state": "done", "step": 1, "tries": 0, "said": [], "created_at": office.now}  # fmt: skip
    conn.execute(insert(t.runs).values(**row))
    return int(row["id"])


def _answers(conn: Any, office: Office, person: int) -> list[tuple[str, Any, str, bool]]:
    office.vault.ready(conn, [person], office.now)
    rows = conn.execute(select(t.replies).order_by(t.replies.c.id)).all()
    return [(row.key, kept(office.vault, person, row.value).value, row.how, row.private) for row in rows]


@pytest.fixture
def desk(database: Database, vault: Vault, now: Any) -> Iterator[Desk]:
    office = Office(database, vault, now)
    essai = library("essai")
    office.house = House(Speech(essai), Shelf(essai, {}), counter.desk, duties.DUE)
    anne = office.join("coach", "Anne", ANNE)
    claire = office.join("participant", "Claire", CLAIRE, anne, programme="essai")
    office.say(CLAIRE, "Bien")  # what enrolment asks first is answered before anything else is put
    with espace(office) as page:
        yield Desk(page, claire)


@pytest.fixture
def asked(desk: Desk) -> str:
    """The path to the form of a question of words."""
    while office_file_open(desk):
        desk.office.press(CLAIRE, office_file_open(desk))
    path = desk.begin("feuille")
    for data in ("un", "plusieurs", "echelle", "jour", "liste"):
        path = desk.pressed(next_page(desk, path, data))
    return path


def office_file_open(desk: Desk) -> str:
    """The button that passes the open question; nothing when none is open."""
    run = desk.office.db.read_now(_open, desk.office, desk.claire)
    return f"c:skip:{modules.coded(run.id)}:{run.run.step}" if run else ""


def _open(conn: Any, office: Office, person: int) -> Any:
    return by_person(conn, office.vault, [person], office.now)[person].open_run()


def next_page(desk: Desk, path: str, key: str) -> str:
    """Passes the question at `key`; the button to the page of the one after it."""
    return button(desk.office.press(CLAIRE, office_file_open(desk)), "Répondre sur la page")


def test_looking_spends_nothing_and_sending_spends_it(desk: Desk, asked: str) -> None:
    browser = desk.page.stranger()
    for _ in range(3):
        seen = browser.get(asked)
        assert seen.status == 200 and "Des mots ?" in seen.text and "Pour voir." in seen.text
    assert "no-store" in seen.headers["cache-control"] and "set-cookie" not in seen.headers
    done = desk.fill(asked, mots=SECRET)
    assert done.status == 200 and SECRET not in done.html
    assert desk.answers()[-1] == ("mots", SECRET, "said", False)
    again = browser.post(asked, {"mots": "encore des mots"})
    assert again.status == 403 and "encore des mots" in again.html
    assert browser.get(asked).status == 403
    assert len([row for row in desk.answers() if row[0] == "mots"]) == 1
    assert desk.page.woken


def test_nothing_of_the_answer_goes_to_the_chat(desk: Desk, asked: str) -> None:
    desk.office.heard(CLAIRE)
    desk.fill(asked, mots=SECRET)
    assert "arrivée par la page" in " ".join(words(desk.office.heard(CLAIRE)))
    for command in ("/mes_reponses", "/reprendre"):
        assert SECRET not in " ".join(words(desk.office.say(CLAIRE, command)))
    number = desk.office.db.read_now(lambda conn: conn.execute(select(t.replies.c.id).order_by(
        t.replies.c.id.desc())).scalars().first())  # fmt: skip
    amend = desk.office.press(CLAIRE, f"c:amend:{number}")
    assert SECRET not in " ".join(words(amend))
    path = desk.pressed(button(amend, "Répondre sur la page"))
    assert SECRET in desk.page.stranger().get(path).html  # there it may be read again, and changed
    desk.fill(path, mots="autre chose")
    assert desk.answers()[-1][:2] == ("mots", "autre chose")


def test_kept_to_oneself_on_the_page_all_versions_follow(desk: Desk, asked: str) -> None:
    desk.fill(asked, mots=SECRET)
    number = desk.office.db.read_now(lambda conn: conn.execute(select(t.replies.c.id).order_by(
        t.replies.c.id.desc())).scalars().first())  # fmt: skip
    path = desk.pressed(button(desk.office.press(CLAIRE, f"c:amend:{number}"), "Répondre sur la page"))
    desk.fill(path, mots="autre chose", garder="oui")
    assert [row[3] for row in desk.answers() if row[0] == "mots"] == [True, True]
    assert SECRET not in desk.page.of(desk.office.db.read_now(_coach)).get(
        f"/espace/personnes/{desk.claire}/reponses").html  # fmt: skip


def _coach(conn: Any) -> int:
    return int(conn.execute(select(t.people.c.id).where(t.people.c.role == "coach")).scalar_one())


def test_a_form_of_each_kind(desk: Desk) -> None:
    while office_file_open(desk):
        desk.office.press(CLAIRE, office_file_open(desk))
    path = desk.begin("feuille")
    given = ({"choix": "oui"}, {"choix-calme": "calme", "choix-appui": "appui"}, {"choix": "0"},
             {"mots": "mars 2019"}, {"mots": "un\ndeux"}, {"mots": "des mots"})  # fmt: skip
    refused = ({}, {"choix-calme": "calme", "choix-temps": "temps", "choix-appui": "appui"}, {"choix": "9"},
               {"mots": "jamais"}, {"mots": "un seul"}, {"mots": "  "})  # fmt: skip
    for wrong, right in zip(refused, given, strict=True):
        again = desk.fill(path, **wrong)
        assert again.status == 422 and 'role="alert"' in again.html, wrong
        assert wrong.get("mots", "") in again.html
        assert desk.fill(path, **right).status == 200, right
        path = desk.link() if right is not given[-1] else path
    assert [(key, value) for key, value, _, _ in desk.answers()][-6:] == [
        ("un", "oui"), ("plusieurs", ["calme", "appui"]), ("echelle", 0), ("jour", "2019-03"),
        ("liste", ["un", "deux"]), ("mots", "des mots")]  # fmt: skip


def test_a_link_ends_after_half_an_hour_and_a_new_one_ends_the_old(desk: Desk, asked: str) -> None:
    newer = desk.pressed(button(desk.office.say(CLAIRE, "/reprendre"), "Répondre sur la page"))
    assert desk.page.stranger().get(asked).status == 403
    assert desk.page.stranger().get(newer).status == 200
    desk.office.now += timedelta(minutes=31)
    late = desk.page.stranger().post(newer, {"mots": SECRET})
    assert late.status == 403 and SECRET in late.html  # what was written is not lost: it can be copied
    assert SECRET not in [row[1] for row in desk.answers()]


def test_no_link_opens_what_another_kind_opens(desk: Desk, asked: str) -> None:
    token = desk.office.db.write_now(signin.issue, desk.claire, desk.office.now)
    assert desk.page.stranger().get(f"/espace/reponse/{token}").status == 403
    entering = desk.page.stranger().post(asked.replace("reponse", "entrer"))
    assert entering.status == 403 and "set-cookie" not in entering.headers
    assert desk.page.stranger().get(asked).status == 200


@pytest.mark.parametrize("odd", ["A" * 43, "%00", "é", "a" * 300, "..%2f"])
def test_an_odd_token_opens_nothing(desk: Desk, odd: str) -> None:
    browser = desk.page.stranger()
    assert browser.get(f"/espace/reponse/{odd.replace('é', '%C3%A9')}").status in (403, 404)


def test_a_form_from_elsewhere_is_not_taken(desk: Desk, asked: str) -> None:
    elsewhere = replace(desk.page.stranger(), origin="https://ailleurs.example")
    assert elsewhere.post(asked, {"mots": SECRET}).status == 403
    assert desk.page.stranger().get(asked).status == 200
    assert SECRET not in [row[1] for row in desk.answers()]


def test_a_question_no_longer_open_keeps_the_words(desk: Desk, asked: str) -> None:
    desk.office.press(CLAIRE, office_file_open(desk))
    assert desk.page.stranger().get(asked).status == 403
    done = desk.page.stranger().post(asked, {"mots": SECRET, "garder": "oui"})
    assert done.status == 200
    assert desk.answers()[-1] == ("journal", SECRET, "journal", True)


def test_without_an_agreement_nothing_is_kept(desk: Desk, asked: str) -> None:
    desk.office.press(CLAIRE, "c:withdraw")
    desk.office.heard(ANNE)
    seen = desk.page.stranger().post(asked, {"mots": f"{SECRET}, je veux mourir"})
    assert seen.status == 403 and "3114" in seen.text
    assert not any(SECRET in str(row[1]) for row in desk.answers())
    assert len(desk.office.heard(ANNE)) == 1  # called all the same, without a word of it


def test_of_two_forms_sent_at_once_one_is_kept(desk: Desk, asked: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda n: desk.page.stranger().post(asked, {"mots": f"{SECRET} {n}"}).status, range(4)))
    assert sorted(seen) == [200, 403, 403, 403]
    assert len([row for row in desk.answers() if row[0] == "mots"]) == 1


def test_an_answer_waits_for_who_is_changing_that_file_and_undoes_nothing(
    desk: Desk, asked: str, store: str, database_url: str
) -> None:
    if store != "postgres":
        pytest.skip("SQLite has one writer at a time")
    waiting = text("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    steering = Database.open(database_url)

    def steer(conn: Connection, pool: ThreadPoolExecutor) -> Future[Seen]:
        assert lock_chats(conn, [CLAIRE]) == [CLAIRE]
        answered = pool.submit(desk.fill, asked, mots=SECRET)
        while not conn.execute(waiting).all():
            assert not answered.done()
        conn.execute(update(t.enrolments).values(gentle=True))
        return answered

    with ThreadPoolExecutor(1) as pool:
        assert steering.write_now(steer, pool).result(30).status == 200
    steering.close()
    assert [row for row in desk.answers() if row[0] == "mots"]
    assert desk.office.db.read_now(lambda conn: conn.execute(select(t.enrolments.c.gentle)).scalar_one()) is True


def test_markup_in_a_question_or_an_answer_is_only_text(desk: Desk, asked: str) -> None:
    desk.fill(asked, mots="<script>alert(1)</script>")
    number = desk.office.db.read_now(lambda conn: conn.execute(select(t.replies.c.id).order_by(
        t.replies.c.id.desc())).scalars().first())  # fmt: skip
    path = desk.pressed(button(desk.office.press(CLAIRE, f"c:amend:{number}"), "Répondre sur la page"))
    seen = desk.page.stranger().get(path)
    assert "<script>alert" not in seen.html and "&lt;script&gt;" in seen.html


@pytest.mark.parametrize("typed", ["je veux mourir", "mon chef me harcèle tous les jours"])
def test_words_of_danger_show_whom_to_call_on_the_page_and_in_the_chat(desk: Desk, asked: str, typed: str) -> None:
    desk.office.heard(ANNE)
    done = desk.fill(asked, mots=typed)
    grave = "mourir" in typed
    number = "3114" if grave else "3919"
    assert f'href="tel:{number}"' in done.html and typed not in done.html
    said = desk.office.heard(CLAIRE)
    assert number in words(said)[0] and typed not in " ".join(words(said))
    assert any("Claire" in text for text in words(desk.office.heard(ANNE))) == grave
    assert desk.answers()[-1] == ("mots", typed, "said", False)


def test_words_of_danger_in_a_field_that_takes_no_words_are_kept_and_helped(desk: Desk) -> None:
    while office_file_open(desk):
        desk.office.press(CLAIRE, office_file_open(desk))
    path = desk.begin("feuille")
    for data in ("un", "plusieurs", "echelle"):
        path = desk.pressed(next_page(desk, path, data))
    done = desk.fill(path, mots="je veux mourir")
    assert 'href="tel:3114"' in done.html and done.status == 200
    assert desk.answers()[-1][0] == "journal" and "mourir" in desk.answers()[-1][1]


def test_a_link_that_is_spent_still_shows_whom_to_call(desk: Desk, asked: str) -> None:
    desk.fill(asked, mots=SECRET)
    late = desk.page.stranger().post(asked, {"mots": "je veux mourir"})
    assert late.status == 403 and 'href="tel:3114"' in late.html


@pytest.mark.parametrize("path", ["read", "unread", "late", "spent"])
def test_words_of_danger_are_seen_before_anything_else(desk: Desk, path: str) -> None:
    while office_file_open(desk):
        desk.office.press(CLAIRE, office_file_open(desk))
    link = desk.begin("feuille")
    if path != "unread":
        for key in ("un", "plusieurs", "echelle", "jour", "liste"):
            link = desk.pressed(next_page(desk, link, key))
    else:
        for key in ("un", "plusieurs", "echelle"):
            link = desk.pressed(next_page(desk, link, key))
    if path == "late":
        desk.office.press(CLAIRE, office_file_open(desk))
    if path == "spent":
        desk.office.now += timedelta(hours=1)
    desk.office.heard(CLAIRE)
    desk.office.heard(ANNE)
    seen = desk.page.stranger().post(link, {"mots": "je veux mourir"})
    assert "3114" in seen.text and 'href="tel:3114"' in seen.html
    assert seen.status == {"read": 200, "unread": 200, "late": 200, "spent": 403}[path]
    told = [text for text in words(desk.office.heard(CLAIRE)) if "3114" in text]
    called = words(desk.office.heard(ANNE))
    assert bool(told) == bool(called) == (path != "spent")
    assert not any("mourir" in text for text in called)


def test_the_coach_reads_it_on_the_page_and_never_in_telegram(desk: Desk, asked: str) -> None:
    desk.fill(asked, mots=SECRET)
    office, anne = desk.office, desk.office.db.read_now(_coach)
    office.do(appointments.put, desk.claire, "S1", office.now + timedelta(days=3), None, office.now)
    office.heard(ANNE)
    listed = office.press(ANNE, f"d:r:{desk.claire}")
    told = []
    for data in [data for item in listed for data in item.buttons.values() if data.startswith("d:r")]:
        told += words(office.press(ANNE, data))
    told += words(office.press(ANNE, f"d:b:{desk.claire}"))
    assert any("se lit sur votre page" in text for text in told)
    assert not any(SECRET in text for text in told)
    page = desk.page.of(anne).get(f"/espace/personnes/{desk.claire}/reponses")
    assert SECRET in page.html
    browser = desk.page.of(anne)
    sent = browser.submit(
        browser.get(f"/espace/personnes/{desk.claire}/reponses"), "/commentaire", mots="Merci pour cette image."
    )
    assert "Merci pour cette image" in sent.text, sent.text
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now + timedelta(days=1)):
        pass
    heard = " ".join(words(office.heard(CLAIRE)))
    assert "Merci pour cette image." in heard and SECRET not in heard


def test_what_is_taken_back_is_nowhere_on_the_coachs_side(desk: Desk) -> None:
    """Both versions, in the list, in the brief, on the sheet and in the chat; the coach hears nothing of it."""
    office, anne = desk.office, desk.office.db.read_now(_coach)
    office.do(appointments.put, desk.claire, "S1", office.now + timedelta(days=3), None, office.now)
    run = office.db.write_now(_done, office, desk.claire)
    office.reply(desk.claire, "mots", SECRET, run=run)
    number = office.reply(desk.claire, "mots", f"{SECRET}, bis", run=run, version=2)
    browser, here = desk.page.of(anne), f"/espace/personnes/{desk.claire}"

    def seen() -> str:
        pages = "".join(browser.get(here + path).html for path in ("", "/reponses", "/fiche", "/suivi"))
        return pages + " ".join(words(office.press(ANNE, f"d:b:{desk.claire}")))

    assert SECRET in seen()
    office.heard(ANNE)
    said = office.press(CLAIRE, f"c:own:{number}")
    assert "ne peut pas être oublié" in words(said)[-1]
    assert office.heard(ANNE) == []
    assert SECRET not in seen()
    assert [row[3] for row in desk.answers() if row[0] == "mots"] == [True, True]
    office.press(CLAIRE, button(said, "Partager"))
    assert SECRET in seen()
    foreign = office.join("participant", "Yanis", 802, anne, programme="essai")
    assert alert(office.press(802, f"c:own:{number}")) and foreign
    assert SECRET in seen()
