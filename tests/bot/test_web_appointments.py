"""Appointments on the coaches' page: looked at, foretold, set, told apart; two tabs; the agenda; its secret address."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from icalendar import Calendar
from sqlalchemy import select

from bot.desk import appointments
from bot.documents import ics
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office
from tests.bot.web_office import Browser, Espace, Seen, espace

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ANNE, PAUL, CLAIRE, YANIS = 701, 702, 801, 802
LINK = "https://visio.example/a?b=1&c=<d>"


@pytest.fixture
def page(database: Database, vault: Vault) -> Iterator[Espace]:
    with espace(Office(database, vault, NOW)) as served:
        yield served


@pytest.fixture
def anne(page: Espace) -> int:
    return page.office.join("coach", "Anne", ANNE)


@pytest.fixture
def claire(page: Espace, anne: int) -> int:
    return page.office.join("participant", "Claire", CLAIRE, anne)


def put(page: Espace, person: int, at: datetime, session: str = "S1", **about: Any) -> Any:
    return page.office.do(appointments.put, person, session, at, None, page.office.now, **about)


def booked(page: Espace, person: int) -> Any:
    found = page.office.db.read_now(appointments.whole, page.office.vault, person, page.office.now)
    return next(iter(found), None)


def where(person: int, session: str = "S1") -> str:
    return f"/espace/personnes/{person}/rendez-vous/{session}"


def look(browser: Browser, address: str, opened: Seen | None = None, **typed: str) -> Seen:
    """« Voir ce qui changera », from the form as it was opened."""
    form = {**(opened or browser.get(address)).form(address), **typed}
    action = form.pop("action")
    return browser.get(f"{action}?{urlencode(form)}")


def confirming(seen: Seen, person: int) -> dict[str, str]:
    """The form that does what was foretold."""
    return next(form for form in seen.forms() if "csrf" in form and form["action"] == where(person))


def straight(text: str) -> str:
    return text.replace("’", "'").replace("\xa0", " ")


# --- one appointment ---------------------------------------------------------------------------


def test_a_date_is_looked_at_then_confirmed(page: Espace, anne: int, claire: int) -> None:
    browser = page.of(anne)
    seen = look(browser, where(claire), date="2026-12-03", heure="14:30", lieu=LINK)
    assert seen.status == 200 and "jeudi 3 décembre à 14 h 30" in seen.text and "Claire reçoit" in seen.text
    assert booked(page, claire) is None and page.office.heard(CLAIRE) == []
    form = confirming(seen, claire)
    done = browser.follow(browser.post(form["action"], form))
    assert "C'est enregistré" in straight(done.text) and "jeudi 3 décembre à 14 h 30" in done.text
    made = booked(page, claire)
    assert (made.at, made.place) == (datetime(2026, 12, 3, 13, 30, tzinfo=UTC), LINK)
    assert 'href="https://visio.example/a?b=1&amp;c=&lt;d&gt;"' in done.html
    assert len(page.office.heard(CLAIRE)) == 1
    twice = browser.follow(browser.post(form["action"], form))
    assert "déjà fait" in twice.text and booked(page, claire).revision == 1 and page.office.heard(CLAIRE) == []


@pytest.mark.parametrize(
    ("date", "hour", "told"),
    [
        ("jeudi 3 décembre", "14 h 30", "jeudi 3 décembre à 14 h 30"),
        ("3/12", "14:30", "jeudi 3 décembre à 14 h 30"),
        ("2026-10-01", "10:00", "Cette date est passée"),
        ("bientôt", "14:30", "pas trouvé de date"),
        ("2026-12-03", "", "date et une heure"),
        ("2026-13-45", "25:61", "pas trouvé de date"),
        ("0001-01-01", "00:00", "pas trouvé de date"),
        ("9999-12-31", "23:59", "à plus de cinq ans"),
        ("<b>", "<i>", "pas trouvé de date"),
    ],
)
def test_whatever_is_typed_is_understood_or_asked_again(
    page: Espace, anne: int, claire: int, date: str, hour: str, told: str
) -> None:
    seen = look(page.of(anne), where(claire), date=date, heure=hour)
    assert seen.status in (200, 422) and told in straight(seen.text), seen.text[-900:]
    form = seen.form(where(claire))
    assert (form["date"], form["heure"]) == (date, hour)
    assert booked(page, claire) is None


def test_a_place_that_is_too_long_is_told_and_kept(page: Espace, anne: int, claire: int) -> None:
    seen = look(page.of(anne), where(claire), date="2026-12-03", heure="14:30", lieu="x" * 301)
    assert seen.status == 422 and "300 signes" in seen.text and "x" * 301 in seen.html


def test_two_tabs_the_second_is_told_who_and_when(page: Espace, anne: int, claire: int) -> None:
    browser, at = page.of(anne), datetime(2026, 12, 3, 13, 30, tzinfo=UTC)
    put(page, claire, at, by=anne)
    opened = browser.get(where(claire))
    second = look(browser, where(claire), opened, date="2026-12-04", heure="10:00", lieu="ici")
    late = confirming(second, claire)
    page.office.now += timedelta(minutes=7)
    put(page, claire, at + timedelta(days=5), by=anne)
    page.office.heard(CLAIRE)
    refused = browser.post(late["action"], late)
    assert refused.status == 409
    assert "modifié par Anne, lundi 2 novembre à 10 h 07" in straight(refused.text)
    assert "Prévu mardi 8 décembre à 14 h 30" in refused.text  # what stands now
    again = refused.form(where(claire))
    assert (again["date"], again["heure"], again["lieu"]) == ("2026-12-04", "10:00", "ici")  # what was typed
    assert booked(page, claire).at == at + timedelta(days=5) and page.office.heard(CLAIRE) == []
    stale = look(browser, where(claire), opened, date="2026-12-04", heure="10:00")
    assert stale.status == 409 and "modifié par Anne" in stale.text  # already when looking
    third = look(browser, where(claire), refused)
    form = confirming(third, claire)
    assert browser.post(form["action"], form).status == 303
    assert booked(page, claire).place == "ici"


@pytest.mark.parametrize(
    ("state", "label"), [("cancelled", "annulé"), ("no_show", "absence"), ("done", "séance faite")]
)
def test_what_became_of_it(page: Espace, anne: int, claire: int, state: str, label: str) -> None:
    put(page, claire, NOW + timedelta(days=1))
    page.office.now += timedelta(days=1, hours=1)
    page.office.heard(CLAIRE)
    browser = page.of(anne)
    assert f"etat={state}" in browser.get(where(claire)).html
    seen = browser.get(f"{where(claire)}?etat={state}")
    assert booked(page, claire).state == "planned"
    done = browser.submit(seen, "/etat")
    assert label in done.text and booked(page, claire).state == state
    form = seen.form("/etat")
    stale = browser.post(form["action"], {**form, "form": "autre-marque"})
    assert stale.status == 409 and "modifié par Anne" in stale.text


def test_before_its_hour_it_can_only_be_moved_or_cancelled(page: Espace, anne: int, claire: int) -> None:
    put(page, claire, NOW + timedelta(days=1))
    html = page.of(anne).get(where(claire)).html
    assert "etat=cancelled" in html and "etat=done" not in html and "etat=no_show" not in html


def test_all_sessions_are_listed_with_what_is_booked(page: Espace, anne: int, claire: int) -> None:
    put(page, claire, datetime(2026, 12, 3, 13, 30, tzinfo=UTC), "S2", place="12, rue des Lilas")
    seen = page.of(anne).get(f"/espace/personnes/{claire}/rendez-vous")
    sessions = page.office.house.library.programmes["bilan"].sessions
    assert all(session.title in seen.text for session in sessions)
    assert "12, rue des Lilas" in seen.text and "jeudi 3 décembre à 14 h 30" in seen.text
    assert "à 14\u00a0h\u00a030" in seen.html  # never cut at the end of a line


def test_a_hostile_place_is_never_a_link(page: Espace, anne: int, claire: int) -> None:
    put(page, claire, NOW + timedelta(days=3), place='javascript:alert(1)"><script>x</script>')
    for address in (where(claire), f"/espace/personnes/{claire}/rendez-vous", "/espace/agenda"):
        html = page.of(anne).get(address).html
        assert 'href="javascript' not in html and "<script>x" not in html


def test_sessions_and_people_that_are_not_theirs(page: Espace, anne: int, claire: int) -> None:
    paul = page.office.join("coach", "Paul", PAUL)
    yanis = page.office.join("participant", "Yanis", YANIS, paul)
    put(page, yanis, NOW + timedelta(days=3), place="SECRET")
    browser = page.of(anne)
    for address in (where(yanis), where(claire, "S99"), where(claire) + "?etat=perdu", where(claire) + "?etat=done"):
        seen = browser.get(address)
        assert seen.status == 404 and "SECRET" not in seen.html, address


# --- the agenda --------------------------------------------------------------------------------


def test_the_agenda_begins_today_and_goes_on_in_pages(page: Espace, anne: int) -> None:
    people = [page.office.invite("participant", f"P{n:02}", anne).id for n in range(9)]
    for n, person in enumerate(people):
        for m in range(8):
            put(page, person, NOW + timedelta(days=1 + 7 * m, hours=n), f"S{m + 1}")
        put(page, person, NOW - timedelta(days=3, hours=n), "S0")
    browser = page.of(anne)
    first = browser.get("/espace/agenda")
    second = browser.get("/espace/agenda?page=1")
    rows = [re.findall(r'href="(/espace/personnes/\d+/rendez-vous/S\d+)"', seen.html) for seen in (first, second)]
    assert [len(found) for found in rows] == [50, 22] and len({*rows[0], *rows[1]}) == 72
    assert "novembre 2026" in first.text and "décembre 2026" in second.text and "?page=2" not in second.html
    past = browser.get("/espace/agenda?page=-1")
    assert len(re.findall(r"/rendez-vous/S0\b", past.html)) == 9 and "page=-2" not in past.html
    assert "octobre 2026" in past.text and "à confirmer" in past.text
    for odd in ("x", "99999", "-", "1.5", "%D9%A3"):
        assert browser.get(f"/espace/agenda?page={odd}").status in (404, 400)


def test_the_agenda_says_who_has_nothing_booked(page: Espace, anne: int, claire: int) -> None:
    paul = page.office.join("coach", "Paul", PAUL)
    page.office.join("participant", "Yanis", YANIS, paul)
    seen = page.of(anne).get("/espace/agenda")
    assert "Rien de prévu" in seen.text and "Claire" in seen.text and "Yanis" not in seen.text
    put(page, claire, NOW + timedelta(days=3))
    assert "Rien de prévu" not in page.of(anne).get("/espace/agenda").text


# --- the secret address ------------------------------------------------------------------------


def opened(page: Espace, browser: Browser) -> str:
    made = browser.submit(browser.get("/espace/reglages/agenda"), "/reglages/agenda")
    found = re.search(r"<code>(http[^<]*\.ics)</code>", made.html)
    assert found
    return found[1].removeprefix(page.office.house.page)


def test_the_calendar_holds_no_name(page: Espace, anne: int, claire: int) -> None:
    put(page, claire, NOW + timedelta(days=3), "S3", place=LINK)
    put(page, claire, NOW + timedelta(days=9), "S4")
    page.office.do(appointments.cancel, claire, "S4", page.office.now)
    put(page, claire, NOW - timedelta(days=59), "S1")
    put(page, claire, NOW - timedelta(days=61), "S0")
    seen = page.stranger().get(opened(page, page.of(anne)))
    assert seen.status == 200 and seen.headers["content-type"].startswith("text/calendar")
    assert "Claire" not in seen.html
    events = {str(e["summary"]): e for e in Calendar.from_ical(seen.body).walk("VEVENT")}
    assert set(events) == {"Séance 1 · C.", "Séance 3 · C.", "Séance 4 · C."}
    third = events["Séance 3 · C."]
    assert str(third["location"]) == LINK and str(third["url"]).endswith(f"/espace/personnes/{claire}")
    assert third["dtend"].dt - third["dtstart"].dt == timedelta(hours=2.5)
    assert [str(e["status"]) for e in events.values()].count("CANCELLED") == 1


def test_another_coachs_appointments_are_not_in_it(page: Espace, anne: int, claire: int) -> None:
    paul = page.office.join("coach", "Paul", PAUL)
    put(page, page.office.join("participant", "Yanis", YANIS, paul), NOW + timedelta(days=3))
    assert not Calendar.from_ical(page.stranger().get(opened(page, page.of(anne))).body).walk("VEVENT")


def test_an_address_is_shown_once_and_closed_for_good(page: Espace, anne: int) -> None:
    browser = page.of(anne)
    first = opened(page, browser)
    token = first.rsplit("/", 1)[1].removesuffix(".ics")
    again = browser.get("/espace/reglages/agenda")
    assert token not in again.html and len(token) == 43
    rows = page.office.db.read_now(lambda conn: conn.execute(select(t.feeds)).all())
    assert token.encode() not in b"".join(bytes(row.token_hash) for row in rows)
    second = opened(page, browser)
    assert page.stranger().get(first).status == 404 and page.stranger().get(second).status == 200
    closed = browser.submit(browser.get("/espace/reglages/agenda"), "/fermer")
    assert "L'adresse est fermée" in straight(closed.text) and page.stranger().get(second).status == 404


@pytest.mark.parametrize("token", ["A" * 43, "", "a", "%00", "٣" * 5, "a" * 3000, "..%2f", "é"])
def test_a_guessed_address_holds_nothing(page: Espace, anne: int, token: str) -> None:
    opened(page, page.of(anne))
    assert page.stranger().get(f"/espace/agenda/{quote(token, safe='%')}.ics").status == 404


@pytest.mark.parametrize(
    ("typed", "to"),
    [
        ("Https://visio.example/a?b=1", "https://visio.example/a?b=1"),
        ("Visio : https://visio.example/x, code 12", "https://visio.example/x"),
        ("www.visio.example/y", "https://www.visio.example/y"),
    ],
)
def test_a_link_in_a_place_is_followed_wherever_the_place_is_shown(
    page: Espace, anne: int, claire: int, typed: str, to: str
) -> None:
    put(page, claire, NOW + timedelta(days=3), place=typed)
    here = f"/espace/personnes/{claire}"
    for address in (here, where(claire), f"{here}/rendez-vous", "/espace/agenda"):
        html = page.of(anne).get(address).html
        assert f'<a href="{to}" rel="noopener noreferrer">' in html, address


def test_a_calendar_that_has_not_changed_is_not_made_again(
    page: Espace, anne: int, claire: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(page, claire, NOW + timedelta(days=3), place="salle 1")
    address, made = opened(page, page.of(anne)), 0
    original = ics.feed

    def counted(*args: Any) -> bytes:
        nonlocal made
        made += 1
        return original(*args)

    monkeypatch.setattr(ics, "feed", counted)
    first = page.stranger().get(address)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    page.office.now += timedelta(hours=1)
    again = page.stranger().get(address, **{"If-None-Match": f'"autre", W/{tag}'})
    assert (again.status, again.body, again.headers["etag"], made) == (304, b"", tag, 1)
    put(page, claire, NOW + timedelta(days=3), place="salle 2")
    moved = page.stranger().get(address, **{"If-None-Match": tag})
    assert moved.status == 200 and b"salle 2" in moved.body and moved.headers["etag"] != tag
    browser = page.of(anne)
    browser.submit(browser.get("/espace/reglages/agenda"), "/fermer")
    assert page.stranger().get(address, **{"If-None-Match": moved.headers["etag"]}).status == 404
