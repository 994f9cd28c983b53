"""Every route of the page × every role × what is theirs and what is not, from the code's own table of routes.

A route whose path names something unknown here fails: whoever adds one says what its own and its foreign object are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import insert, select, update

from bot import rights
from bot.desk import appointments
from bot.store import publications
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from bot.web.answer import PREFIX
from bot.web.routes import ADMIN_ROUTES, OPEN, OWN_ROUTES, ROUTES, Route
from tests.bot.desk_office import Office
from tests.bot.web_office import Browser, Espace, Seen, espace

ANNE, PAUL, ADMIN, REFERENT, CLAIRE, YANIS = 701, 702, 703, 704, 801, 802
SECRET = "MOTS-SECRETS"
NEVER = re.compile(rf"{SECRET}|Yanis")
"""What a foreign object holds."""

UNTOUCHED = ("submissions", "web_sessions", "sign_ins", "keys")
"""Tables that a refused request may write to, or that are not the desk's."""

IN_PATH = re.compile(r"\{(\w+)\}")


@dataclass
class Scene:
    """Anne with Claire, Paul with Yanis; one object of each kind on both sides, by the name it has in paths."""

    page: Espace
    anne: int
    paul: int
    admin: int
    referent: int
    claire: int
    own: dict[str, str]
    foreign: dict[str, str]


@pytest.fixture
def scene(database: Database, vault: Vault, now: Any) -> Iterator[Scene]:
    office = Office(database, vault, now)
    anne, paul = office.join("coach", "Anne", ANNE), office.join("coach", "Paul", PAUL)
    admin = office.join("admin", "Régie", ADMIN)
    referent = office.join("referent", "Maud", REFERENT)
    claire = office.join("participant", "Claire", CLAIRE, anne)
    yanis = office.join("participant", "Yanis", YANIS, paul)
    with espace(office) as page:
        own, foreign = _objects(office, anne, claire, "m1", "mots à soi"), _objects(office, paul, yanis, "m2", SECRET)
        yield Scene(page, anne, paul, admin, referent, claire, own, foreign)


def _objects(office: Office, coach: int, person: int, media: str, words: str) -> dict[str, str]:
    office.do(appointments.put, person, "S1", office.now + timedelta(days=3), None, office.now)
    reply = office.reply(person, "journal", words, how="journal", question="", media=(media,))
    office.file(person, media, "voice")
    run = office.run(person, "parcours")
    proof = office.reply(person, "experiences[0].vecu", words, run=run)
    return office.db.write_now(_rows, office, coach, person, reply, media, run, proof, words)


def _rows(
    conn: Any, office: Office, coach: int, person: int, reply: int, media: str, run: int, proof: int, words: str
) -> dict[str, str]:
    enrolment = office.enrolment(conn, person)

    def made(table: Any, **row: Any) -> str:
        return str(conn.execute(insert(table).values(**row).returning(table.c.id)).scalar_one())

    event = made(t.events, enrolment_id=enrolment, at=office.now, kind="distress", about={})
    office.vault.ready(conn, [coach, person], office.now)
    body = office.vault.seal_json(coach, "digests.body", {})
    digest = made(t.digests, coach_id=coach, period="2026-11-02", made_at=office.now, body=body)
    conn.execute(update(t.events).where(t.events.c.id == int(event)).values(digest_id=int(digest)))
    note = made(t.notes, enrolment_id=enrolment, author_id=coach, reader_id=coach, kind="note", written_at=office.now,
                body=office.vault.seal_json(person, "notes.body", {"text": "mots à soi"}))  # fmt: skip
    later = office.now + timedelta(days=9)
    absence = made(t.absences, coach_id=coach, deputy_id=coach, starts_at=later, ends_at=later, created_at=office.now)
    push = made(t.pushes, body=office.vault.seal_json(0, "pushes.body", {"text": "à tous"}), digest=b"", audience={},
                at=office.now, state="planned", created_at=office.now)  # fmt: skip
    timer = made(t.timers, enrolment_id=enrolment, owner=f"e{enrolment}", kind="envoi", scope="x", due_at=later,
                 state="pending", about={"envoi": "s1-sens", "appointment": 1, "revision": 1,
                                         "session": "S1"})  # fmt: skip
    named = office.vault.seal_json(person, "skills.body", {"name": words, "kind": None, "why": "", "by": coach})
    skill = made(t.skills, enrolment_id=enrolment, run_id=run, key="experiences[0].vecu", nth=1, body=named,
                 state="proposee", up_to_reply=proof, by_id=coach, at=office.now)  # fmt: skip
    return {"person": str(person), "skill": f"s{skill}", "timer": timer,
            "reply": str(reply), "media": media, "session": "S1", "event": event,
            "digest": digest, "note": note, "absence": absence, "push": push, "token": "A" * 43,
            "document": "peurs", "format": "pdf",
            "version": str(publications.add(conn, {}, "page", "", None, office.now))}  # fmt: skip


def address(route: Route, places: dict[str, str]) -> str:
    return PREFIX + IN_PATH.sub(lambda found: places[found[1]], route.path)


def ask(browser: Browser, route: Route, places: dict[str, str], home: str = "") -> Seen:
    """The route as a browser would take it; a form carries the marks of the session it was made in."""
    if route.method == "GET":
        return browser.get(address(route, places))
    form = browser.get(PREFIX + home).forms()
    marks = {"csrf": form[0].get("csrf", "") if form else "", "form": token_urlsafe(16)}
    return browser.post(address(route, places), marks)


def everything(office: Office) -> dict[str, list[Any]]:
    def read(conn: Any) -> dict[str, list[Any]]:
        tables = [table for table in t.metadata.sorted_tables if table.name not in UNTOUCHED]
        return {table.name: sorted(map(repr, conn.execute(select(table)).all())) for table in tables}

    return office.db.read_now(read)


def test_every_name_in_a_path_is_known_here(scene: Scene) -> None:
    named = {name for route in (*ROUTES, *ADMIN_ROUTES, *OWN_ROUTES, *OPEN) for name in IN_PATH.findall(route.path)}
    assert named == scene.own.keys() == scene.foreign.keys()
    assert all(("{person}" in route.path) == route.about for route in ROUTES)
    assert not any(route.about for route in ADMIN_ROUTES), "no page of an admin is about a participant's words"


def test_every_route_has_a_right_that_exists(scene: Scene) -> None:
    routes = (*ROUTES, *ADMIN_ROUTES, *OWN_ROUTES, *OPEN)
    assert len({(route.method, route.path) for route in routes}) == len(routes)
    assert all(rights.RIGHTS[route.action].get("admin") == "any" for route in ADMIN_ROUTES)
    for route in ROUTES:
        whose = set(rights.RIGHTS[route.action].values())
        assert whose & {"own", "self", "relayed"} if route.about else "any" in whose, route
    assert {route.action for route in OPEN} == {""}
    assert all(rights.RIGHTS[route.action] == {"participant": "self"} for route in OWN_ROUTES)
    assert all(route.own == (route in OWN_ROUTES) and not (route.own and route.about) for route in routes)


def test_without_a_session_nothing_is_shown(scene: Scene) -> None:
    before = everything(scene.page.office)
    for route in (*ROUTES, *ADMIN_ROUTES, *OWN_ROUTES):
        seen = ask(scene.page.stranger(), route, scene.own)
        assert (seen.status, seen.headers.get("location")) == (303, "/espace/entrer"), route
        assert not seen.body
    assert everything(scene.page.office) == before


@pytest.mark.parametrize("role", ["admin", "claire", "referent"])
def test_no_route_opens_for_another_role(scene: Scene, role: str) -> None:
    before = everything(scene.page.office)
    browser = scene.page.of(getattr(scene, role))
    for route in ROUTES:
        seen = ask(browser, route, scene.own)
        assert seen.status in (403, 404) and "mots à soi" not in seen.html, (role, route)
    assert everything(scene.page.office) == before


@pytest.mark.parametrize("role", ["anne", "admin", "referent"])
def test_no_page_of_a_participant_opens_for_another_role(scene: Scene, role: str) -> None:
    before = everything(scene.page.office)
    browser = scene.page.of(getattr(scene, role))
    for route in OWN_ROUTES:
        seen = ask(browser, route, scene.own, "/regie" if role == "admin" else "")
        assert seen.status in (403, 404), (role, route)
    assert everything(scene.page.office) == before


def test_each_page_of_a_participant_opens_for_them_and_holds_nobody_else_s_words(scene: Scene) -> None:
    for route in OWN_ROUTES:
        seen = ask(scene.page.of(scene.claire), route, scene.own, "/documents")
        assert seen.status < 400 or seen.status == 422, (route, seen.text[:300])
        assert not NEVER.search(seen.html), route


@pytest.mark.parametrize("role", ["anne", "claire", "referent"])
def test_no_page_of_an_admin_opens_for_another_role(scene: Scene, role: str) -> None:
    before = everything(scene.page.office)
    browser = scene.page.of(getattr(scene, role))
    for route in ADMIN_ROUTES:
        seen = ask(browser, route, scene.own)
        assert seen.status in (403, 404), (role, route)
    assert everything(scene.page.office) == before


def test_each_page_of_an_admin_opens_for_one_and_holds_no_word_of_a_participant(scene: Scene) -> None:
    for route in ADMIN_ROUTES:
        browser = scene.page.of(scene.admin)
        seen = ask(browser, route, scene.own, "/regie")
        assert seen.status < 500 and seen.status != 403, (route, seen.text[:300])
        assert not re.search(rf"{SECRET}|mots à soi", seen.html), route


def test_each_route_opens_for_the_coach_of_what_it_is_about(scene: Scene) -> None:
    for route in ROUTES:
        browser = scene.page.of(scene.anne)
        seen = ask(browser, route, scene.own)
        assert seen.status not in (404, 500) and seen.status < 500, (route, seen.text[:300])
        assert not NEVER.search(seen.html), route
        if route.method == "POST":
            assert seen.status != 403, (route, seen.text[:300])


def test_nothing_of_somebody_else_is_reached_nor_changed(scene: Scene) -> None:
    """A foreign participant; then one's own participant with each foreign object in the path."""
    before = everything(scene.page.office)
    browser = scene.page.of(scene.anne)
    for route in ROUTES:
        names = IN_PATH.findall(route.path)
        for foreign in names:
            if foreign in ("session", "document", "format"):
                continue  # the same name for everybody; whose it is, `person` says
            places = {**scene.own, foreign: scene.foreign[foreign]}
            seen = ask(browser, route, places)
            assert seen.status == 404, (route, foreign, seen.status)
            assert not NEVER.search(seen.html), (route, foreign)
    assert everything(scene.page.office) == before


@pytest.mark.parametrize("odd", ["0", "-1", "9" * 19, "٣", "1;2", "a" * 300, "%00", "..%2f..", "1.0", "S1'--"])
def test_an_odd_name_in_a_path_is_nobodys(scene: Scene, odd: str) -> None:
    before = everything(scene.page.office)
    browser = scene.page.of(scene.anne)
    for route in ROUTES:
        for name in IN_PATH.findall(route.path):
            seen = ask(browser, route, {**scene.own, name: _quoted(odd)})
            assert seen.status in (400, 404), (route, name, seen.status)
    assert everything(scene.page.office) == before


def _quoted(odd: str) -> str:
    return quote(odd, safe="%")
