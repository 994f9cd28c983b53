"""Pushes and the calendar on an admin's page, in a browser: composed, tried, sent, held back, told; counted by day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, func, select

from bot.admin import horizon
from bot.admin.audience import Audience
from bot.store import audit
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot import push_house as house
from tests.bot.desk_office import Office
from tests.bot.push_house import book, change, join, plan, tick
from tests.bot.web_office import Browser, Espace, Seen, espace

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
NEW = "/espace/regie/envois/nouveau"
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def office(database: Database, vault: Vault) -> Office:
    return house.office(database, vault, MONDAY)


@pytest.fixture
def page(office: Office) -> Iterator[Espace]:
    with espace(office) as served:
        yield served


@pytest.fixture
def admin(office: Office) -> int:
    return office.join("admin", "Dominique", house.ADMIN)


def looked_at(browser: Browser, **typed: str) -> Seen:
    form = browser.get(NEW).form("/apercu")
    basis = {"cohorte": "*", "quoi": "texte", "quand": "maintenant"}
    return browser.post(form["action"], {**form, **basis, **typed})


def pushes_made(office: Office) -> int:
    count = select(func.count()).select_from(t.pushes)
    return int(office.db.read_now(lambda conn: conn.execute(count).scalar_one()))


def test_a_text_is_looked_at_tried_and_sent_once(office: Office, page: Espace, admin: int) -> None:
    join(office, "Claire", 801)
    change(office, t.enrolments, join(office, "Paul", 802), state="paused")
    browser = page.of(admin)
    seen = looked_at(browser, texte="Bonjour <b>à tous</b>")
    assert "1 personne le recevra" in seen.text and "en pause (1) : Paul" in seen.text
    assert "Bonjour &lt;b&gt;à tous&lt;/b&gt;" in seen.html
    assert office.heard(house.ADMIN) == [] and pushes_made(office) == 0
    tried = browser.post("/espace/regie/envois/essai", seen.form("/essai"))
    [trial] = office.heard(house.ADMIN)
    assert trial.text == "Bonjour &lt;b&gt;à tous&lt;/b&gt;" and "L’essai part" in tried.text
    assert pushes_made(office) == 0 and office.heard(801) == []
    form = next(form for form in tried.forms() if form["action"].endswith("/regie/envois"))
    landed = browser.post(form["action"], form)
    assert landed.headers["location"].startswith("/espace/regie/envois/1")
    assert browser.post(form["action"], form).status == 303 and pushes_made(office) == 1, "a form counts once"
    tick(office)
    assert [one.text for one in office.heard(801)] == ["Bonjour &lt;b&gt;à tous&lt;/b&gt;"]
    told = browser.get("/espace/regie/envois/1")
    assert "1 sur 1" in told.text and "Reçu" in told.text and "Terminé" in told.text
    actions = [entry.action for entry in office.db.read_now(audit.newest, 9)]
    assert [action for action in actions if action.startswith("push")] == ["push", "push_test"]


def test_the_same_again_asks_for_a_tick(office: Office, page: Espace, admin: int) -> None:
    join(office, "Claire", 801)
    plan(office, {"text": "Bonjour"})
    browser = page.of(admin)
    seen = looked_at(browser, texte="Bonjour")
    form = next(form for form in seen.forms() if form["action"].endswith("/regie/envois"))
    refused = browser.post(form["action"], form)
    assert refused.status == 422 and "douze heures" in refused.text and pushes_made(office) == 1
    form = next(form for form in refused.forms() if form["action"].endswith("/regie/envois"))
    assert browser.post(form["action"], {**form, "certain": "oui"}).status == 303 and pushes_made(office) == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"cohorte": ""}, "à qui envoyer"),
        ({"cohorte": "hiver"}, "Il n’y a pas de cohorte"),
        ({"etape": "nulle"}, "Il n’y a pas d’étape"),
        ({"personnes": "Inconnue"}, "Je ne trouve personne"),
        ({"texte": " "}, "Le texte est vide"),
        ({"texte": "é" * 4097}, "signes"),
        ({"quoi": "capsule", "capsule": "inconnue"}, "ce qui est envoyé"),
        ({"quoi": "module", "module": "../etc"}, "ce qui est envoyé"),
        ({"quand": "date", "le": "2020-01-01T10:00"}, "une date à venir"),
        ({"quand": "date", "le": "9999-12-31T23:59"}, "une date à venir"),
        ({"quand": "semaine", "jour": "7", "heure": "18:00"}, "Je n’ai pas su lire"),
        ({"quand": "semaine", "jour": "0", "heure": "25:00"}, "Je n’ai pas su lire"),
        ({"quand": "rendezvous", "moment": "bientôt"}, "Je n’ai pas su lire"),
        ({"quand": "rendezvous", "moment": "J-1", "jusquau": "2020-01-01"}, "une date à venir"),
        ({"quand": "jamais"}, "quand l’envoi part"),
    ],
)
def test_what_is_half_said_is_told_and_nothing_is_lost(
    office: Office, page: Espace, admin: int, typed: dict[str, str], said: str
) -> None:
    join(office, "Claire", 801)
    seen = looked_at(page.of(admin), **{"texte": "Mes mots", **typed})
    assert seen.status == 422 and said in seen.text
    assert typed.get("texte", "Mes mots").strip() in seen.html
    assert pushes_made(office) == 0


def test_the_way_back_from_a_preview_keeps_everything(office: Office, page: Espace, admin: int) -> None:
    join(office, "Claire", 801)
    browser = page.of(admin)
    seen = looked_at(browser, texte="Mes <mots>", quand="rendezvous", moment="J-2 18:00", situation="en_silence")
    back = browser.post(NEW, seen.form("/nouveau"))
    assert back.status == 200 and "Mes &lt;mots&gt;" in back.html and 'value="J-2 18:00"' in back.html
    assert '<option value="en_silence" selected>' in back.html


def test_a_rule_is_set_from_the_page_held_taken_up_and_stopped(office: Office, page: Espace, admin: int) -> None:
    claire = join(office, "Claire", 801)
    book(office, claire, "S1", MONDAY + timedelta(days=9))
    browser = page.of(admin)
    seen = looked_at(browser, texte="Bientôt", quand="rendezvous", moment="J-1 18:00")
    assert "1 jour avant chaque rendez-vous, à 18 h" in seen.text and "mardi 10 novembre à 18 h" in seen.text
    form = next(form for form in seen.forms() if form["action"].endswith("/regie/envois"))
    shown = browser.follow(browser.post(form["action"], form))
    assert "C’est en place" in shown.text and "À venir" in shown.text and "Claire" in shown.text
    shown = browser.submit(shown, "/suspendre")
    assert "Suspendu" in shown.text and "Reprendre" in shown.text
    shown = browser.submit(shown, "/reprendre")
    assert "Prévu" in shown.text
    shown = browser.submit(shown, "/arreter")
    assert "Arrêté" in shown.text and "envoi arrêté" in shown.text and not [
        form for form in shown.forms() if "/regie/envois/1" in form["action"]]  # fmt: skip
    tick(office, MONDAY + timedelta(days=9))
    assert house.broadcast(office, 801) == []
    browser = page.of(admin)
    listed = browser.get("/espace/regie/envois")
    assert "Bientôt" in listed.text and "Arrêté" in listed.text
    assert browser.get("/espace/regie/envois/9").status == 404


def test_a_module_is_shown_up_to_its_first_question(office: Office, page: Espace, admin: int) -> None:
    join(office, "Claire", 801)
    seen = looked_at(page.of(admin), quoi="module", module="bateau")
    first = next(step for step in office.house.library.flow("bateau").steps if hasattr(step, "answer"))
    assert first.text.split(".")[0].replace("'", "’")[:20] in seen.text.replace("'", "’")
    assert "Passer" in seen.text


def test_many_are_told_some_at_a_time(office: Office, page: Espace, admin: int) -> None:
    for chat in range(801, 860):
        join(office, f"P{chat}", chat)
    plan(office, {"text": "Bonjour"})
    browser = page.of(admin)
    first = browser.get("/espace/regie/envois/1?etat=planned")
    second = browser.get("/espace/regie/envois/1?etat=planned&page=2")
    assert first.text.count(" P8") == 50 and second.text.count(" P8") == 9
    assert browser.get("/espace/regie/envois/1?etat=x%27&page=999999999999999").status == 200


# --- the calendar ----------------------------------------------------------------------------


def test_each_day_is_counted_and_opens_to_who_and_what(office: Office, page: Espace, admin: int) -> None:
    claire, paul = join(office, "Claire", 801), join(office, "Paul", 802)
    book(office, claire, "S1", MONDAY + timedelta(days=3))
    book(office, paul, "S1", MONDAY + timedelta(days=3, hours=2))
    plan(office, {"text": "SECRET"}, Audience(people=(paul,)), at=datetime(2026, 11, 4, 10))
    browser = page.of(admin)
    seen = browser.get("/espace/regie/calendrier")
    assert "Semaine du lundi 2 novembre" in seen.text and "aujourd’hui" in seen.text
    [wednesday] = office.db.read_now(horizon.days, office.house, date(2026, 11, 4), 1, PARIS)
    assert wednesday.counts["pushes"] == 1 and wednesday.counts["rappels"] == 2
    opened = browser.get("/espace/regie/calendrier?jour=2026-11-04")
    assert "Paul Envoi n° 1" in opened.text.replace("\u202f", " ").replace("\xa0", " ") and "Rappel" in opened.text
    assert "SECRET" not in opened.text
    sessions = browser.get("/espace/regie/calendrier?jour=2026-11-05&genre=seances")
    assert "Claire" in sessions.text and "Paul" in sessions.text and "Rappel :" not in sessions.text
    for odd in ("jour=hier", "jour=1000-01-01", "page=61"):
        assert browser.get(f"/espace/regie/calendrier?{odd}").status == 404


def test_what_is_counted_is_what_a_day_opens_to(office: Office) -> None:
    for n in range(6):
        person = join(office, f"P{n}", 801 + n)
        book(office, person, "S1", MONDAY + timedelta(days=2 + n))
        book(office, person, "S2", MONDAY + timedelta(days=16 + n))
    plan(office, {"text": "a"}, at=datetime(2026, 11, 12, 10))
    for day in office.db.read_now(horizon.days, office.house, date(2026, 11, 1), 40, PARIS):
        items = office.db.read_now(horizon.day, office.vault, office.house, day.on, PARIS, office.now, limit=500)
        assert {kind: sum(item.kind == kind for item in items) for kind in day.counts} == dict(day.counts)
        assert len(items) == sum(day.counts.values())


def test_an_envoi_that_hangs_on_an_answer_does_not_say_its_title(office: Office) -> None:
    envois = office.house.library.programmes["bilan"].envois
    given = next(envoi for envoi in envois if envoi.flow and (envoi.given or envoi.overlay))
    plain = next(envoi for envoi in envois if envoi.flow and not envoi.given and not envoi.overlay)
    assert horizon._title(office.house, given.id) == "" and horizon._title(office.house, plain.id)


def test_the_calendar_takes_as_many_statements_for_many(office: Office) -> None:
    def statements() -> int:
        seen: list[str] = []
        engine = office.db._engine()

        def count(*args: Any) -> None:
            seen.append(args[2])

        event.listen(engine, "before_cursor_execute", count)
        office.db.write_now(horizon.days, office.house, date(2026, 11, 1), 14, PARIS)
        event.remove(engine, "before_cursor_execute", count)
        return len(seen)

    join(office, "a", 801)
    before = statements()
    for n in range(12):
        book(office, join(office, "b", 802 + n), "S1", MONDAY + timedelta(days=2))
    assert statements() == before
