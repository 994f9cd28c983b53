"""The frame of the coaches' page: who comes in and how, what a browser is told, and which forms are taken up."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape

import pytest
from sqlalchemy import select, update

from bot.desk import signin
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from bot.web.people import PAGE
from tests.bot.desk_office import Office
from tests.bot.web_office import Espace, espace

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def page(database: Database, vault: Vault) -> Iterator[Espace]:
    office = Office(database, vault, NOW)
    with espace(office) as served:
        yield served


@pytest.fixture
def anne(page: Espace) -> int:
    return page.office.join("coach", "Anne", 10)


def link(page: Espace, chat: int = 10) -> str:
    sent = page.office.say(chat, "/espace")
    rows = sent[0].params["reply_markup"]["inline_keyboard"]
    return str(rows[0][0]["url"].removeprefix(page.office.house.page))


def test_the_link_opens_the_page_once(page: Espace, anne: int) -> None:
    browser, address = page.stranger(), link(page)
    assert browser.get("/espace").headers["location"] == "/espace/entrer"
    door = browser.get(address)
    assert (door.status, browser.cookie) == (200, "")
    opened = browser.post(address)
    assert (opened.status, opened.headers["location"]) == (303, "/espace")
    assert "HttpOnly" in opened.headers["set-cookie"] and "SameSite=lax" in opened.headers["set-cookie"]
    assert browser.get("/espace").status == 200
    assert page.stranger().post(address).status == 403


@pytest.mark.parametrize("spoil", ["late", "other", "guessed"])
def test_a_link_that_serves_no_more_says_the_same_whatever_the_reason(page: Espace, anne: int, spoil: str) -> None:
    address = link(page)
    if spoil == "late":
        page.office.now += signin.LINK
    elif spoil == "other":
        link(page)
    else:
        address = signin.PATH + "A" * 43
    refused = page.stranger().post(address)
    assert refused.status == 403 and "Ce lien ne sert plus" in refused.text
    assert "set-cookie" not in refused.headers


def test_a_session_ends_when_it_is_left_alone_or_closed(page: Espace, anne: int) -> None:
    browser = page.of(anne)
    page.office.now += signin.IDLE - timedelta(minutes=1)
    assert browser.get("/espace").status == 200  # used: the twelve hours begin anew
    page.office.now += signin.IDLE - timedelta(minutes=1)
    assert browser.get("/espace").status == 200
    page.office.now += signin.IDLE
    assert browser.get("/espace").status == 303
    browser = page.of(anne)
    left = browser.submit(browser.get("/espace"), "/sortir")
    assert "Votre session est fermée" in left.text
    assert browser.get("/espace").status == 303


def test_what_every_page_tells_the_browser(page: Espace, anne: int) -> None:
    for path in ("/espace", "/espace/entrer", "/espace/nulle-part", "/espace/static/espace.css"):
        seen = page.of(anne).get(path)
        policy = seen.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy, path
        assert seen.headers["x-content-type-options"] == "nosniff"
        assert seen.headers["referrer-policy"] == "same-origin"
    assert page.of(anne).get("/espace").headers["cache-control"] == "no-store"


def test_nothing_of_a_page_comes_from_elsewhere(page: Espace, anne: int) -> None:
    html = page.of(anne).get("/espace").html
    assert "//" not in html.replace("https://t.me/", "")
    assert " style=" not in html and "<style" not in html and "onclick" not in html


def test_a_form_from_elsewhere_or_without_its_marks_is_refused(page: Espace, anne: int) -> None:
    browser = page.of(anne)
    form = browser.get("/espace").form("/sortir")
    assert browser.post("/espace/sortir", form, Origin="https://ailleurs.example").status == 403
    assert browser.post("/espace/sortir", form, Origin="null").status == 403
    assert browser.post("/espace/sortir", {**form, "csrf": "é" * 64}).status == 403
    assert browser.post("/espace/sortir", {**form, "form": ""}).status == 403
    assert browser.get("/espace").status == 200
    assert browser.post("/espace/sortir", form).status == 303


def test_a_form_that_is_too_long_is_told_so(page: Espace, anne: int) -> None:
    browser = page.of(anne)
    form = browser.get("/espace").form("/sortir")
    assert browser.post("/espace/sortir", {**form, "mots": "a" * 300_000}).status == 413
    assert browser.get("/espace").status == 200


def test_without_a_page_the_command_says_what_remains(database: Database, vault: Vault) -> None:
    office = Office(database, vault, NOW)
    office.join("coach", "Anne", 10)
    assert "n'est pas ouverte" in office.say(10, "/espace")[0].text.replace("’", "'")


def test_what_served_long_ago_is_swept_away(page: Espace, anne: int) -> None:
    link(page)
    browser = page.of(anne)
    browser.submit(browser.get("/espace"), "/sortir")
    page.office.now += 3 * signin.IDLE
    page.of(anne)
    rows = {
        table.name: page.office.db.read_now(lambda conn, table=table: len(conn.execute(select(table)).all()))
        for table in (t.sign_ins, t.web_sessions, t.submissions)
    }
    assert rows == {"sign_ins": 0, "web_sessions": 1, "submissions": 0}


def test_a_long_list_of_participants_goes_on_another_page(page: Espace, anne: int) -> None:
    ids = [page.office.invite("participant", f"P{n}", anne).id for n in range(PAGE + 1)]
    browser = page.of(anne)
    first, second = (browser.get(f"/espace/personnes?page={n}") for n in (1, 2))
    shown = [[id for id in ids if f'/personnes/{id}"' in seen.html] for seen in (first, second)]
    assert shown == [ids[:PAGE], ids[PAGE:]]
    assert "page=2" in first.html and "page=1" in second.html and "page=3" not in second.html
    assert [browser.get(f"/espace/personnes?page={n}").status for n in (0, "x", 3, "9" * 18)] == [200, 200, 404, 404]


def test_a_browser_keeps_its_cookie_for_as_long_as_the_session_lasts(page: Espace, anne: int) -> None:
    """Twelve hours after the last visit, not after the first one."""
    browser = page.of(anne)
    assert "set-cookie" not in browser.get("/espace").headers
    page.office.now += signin.IDLE - timedelta(minutes=1)
    told = browser.get("/espace").headers["set-cookie"]
    assert f"Max-Age={signin.IDLE.seconds}" in told and "HttpOnly" in told and "SameSite=lax" in told
    assert "set-cookie" not in browser.get("/espace").headers


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_any_other_method_finds_nothing_and_says_so_in_words(page: Espace, anne: int, method: str) -> None:
    for path in ("/espace", "/espace/personnes", "/espace/entrer/abc", "/espace/nulle-part"):
        seen = page.of(anne)._ask(method, path, None, {})
        assert seen.status == 404 and "Rien n’a été changé" in seen.text, path
        assert "default-src 'none'" in seen.headers["content-security-policy"]


def test_whoever_changed_role_is_led_to_their_own_first_page(page: Espace, anne: int) -> None:
    browser = page.of(anne)
    page.office.db.write_now(lambda conn: conn.execute(update(t.people).values(role="admin")))
    lost = browser.get("/espace")
    assert lost.status == 404 and 'href="/espace/regie"' in lost.html
    page.office.db.write_now(lambda conn: conn.execute(update(t.people).values(role="coach")))
    assert 'href="/espace"' in browser.get("/espace/regie").html


def test_what_was_written_is_given_back_when_the_session_ended_or_the_form_is_of_another(
    page: Espace, anne: int
) -> None:
    claire = page.office.join("participant", "Claire", 20, anne)
    browser, words = page.of(anne), "Une note de trois phrases.\nElle ne se récrit pas. </textarea><b>"
    form = browser.get(f"/espace/personnes/{claire}/notes").form("/notes")
    other = page.of(anne).post(form["action"], {**form, "mots": words})
    browser.get("/espace"), page.office.db.write_now(signin.end, anne, page.office.now)
    ended = browser.post(form["action"], {**form, "mots": words})
    for seen, status, why in ((other, 403, "trop ancien"), (ended, 401, "s’est fermé entre-temps")):
        assert seen.status == status and why in seen.text, seen.text
        assert seen.html.partition("<textarea")[2].partition(">\n")[2].partition("</textarea>")[0] == escape(words)
        assert (seen.headers["hx-retarget"], seen.headers["hx-reselect"]) == ("#main", "#main")
    assert browser.post(form["action"], {**form, "mots": ""}).headers["location"] == "/espace/entrer"
    foreign = browser.post(form["action"], {**form, "mots": words}, Origin="https://ailleurs.example")
    assert foreign.status == 403 and "trois phrases" not in foreign.html


def test_what_cannot_be_done_leads_back_to_the_participant(page: Espace, anne: int) -> None:
    claire = page.office.join("participant", "Claire", 20, anne)
    browser = page.of(anne)
    form = browser.get(f"/espace/personnes/{claire}/notes").form("/notes")
    seen = browser.post(f"/espace/personnes/{claire}/suivi/retirer", {**form, "module": "7"})
    assert seen.status == 422 and f'href="/espace/personnes/{claire}"' in seen.html
