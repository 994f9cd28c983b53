"""A coach away: who hears the alerts meanwhile, from when to when, and that nothing else is opened to them."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.conversation import ticking
from bot.desk import DeskError, absences
from bot.desk.absences import Absence
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office, words
from tests.bot.web_office import espace

ANNE, PAUL, CLAIRE = 701, 702, 801
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    office = Office(database, vault, now)
    office.ines = office.join("coach", "Anne", ANNE)
    return office


@pytest.fixture
def paul(office: Office) -> int:
    return office.join("coach", "Paul", PAUL)


def today(office: Office) -> date:
    return office.now.astimezone(PARIS).date()


def away(office: Office, deputy: int, first: int, last: int) -> Absence:
    def act(conn: Any, vault: Vault, house: Any) -> Absence:
        coach = by_person(conn, vault, [office.ines], office.now)[office.ines].person
        assert coach is not None
        start = today(office)
        days = (start + timedelta(days=first), start + timedelta(days=last))
        return absences.put(conn, vault, house, coach, deputy, *days, office.now)

    return office.do(act)  # type: ignore[no-any-return]


def test_alerts_reach_the_deputy_while_the_coach_is_away(office: Office, paul: int) -> None:
    office.join("participant", "Claire", CLAIRE, office.ines)
    away(office, paul, 0, 1)
    [told] = words(office.heard(PAUL))
    assert "Anne" in told and "vous a choisi comme relais" in told
    office.heard(ANNE)
    office.say(CLAIRE, "/stop")
    office.press(CLAIRE, "c:stop:oui")
    [anne], [deputy] = words(office.heard(ANNE)), words(office.heard(PAUL))
    assert anne in deputy and deputy.startswith("Vous êtes le relais de Anne")


def test_it_begins_and_ends_at_midnight_where_the_coach_lives(office: Office, paul: int) -> None:
    made = away(office, paul, 1, 2)
    start = today(office)
    assert made.starts_at == datetime.combine(start + timedelta(days=1), datetime.min.time(), PARIS)
    assert made.ends_at == datetime.combine(start + timedelta(days=3), datetime.min.time(), PARIS)
    office.join("participant", "Claire", CLAIRE, office.ines)
    office.heard(PAUL)

    def heard(at: datetime) -> bool:
        office.now = at
        office.say(CLAIRE, "/stop")
        office.press(CLAIRE, "c:stop:oui")
        office.say(CLAIRE, "/reprendre")
        return bool(office.heard(PAUL))

    minute = timedelta(minutes=1)
    instants = (made.starts_at - minute, made.starts_at, made.ends_at - minute, made.ends_at)
    assert [heard(at) for at in instants] == [False, True, True, False]


def test_the_deputy_is_reminded_on_the_first_morning_and_told_when_it_is_cancelled(office: Office, paul: int) -> None:
    made = away(office, paul, 2, 3)
    office.heard(PAUL)
    office.now = made.starts_at + timedelta(hours=8)
    office.db.write_now(ticking.tick, office.vault, office.house, office.now)
    assert "jusqu’au" in words(office.heard(PAUL))[0]

    def cancel(conn: Any, vault: Vault, house: Any) -> None:
        coach = by_person(conn, vault, [office.ines], office.now)[office.ines].person
        assert coach is not None
        absences.cancel(conn, vault, house, coach, made.id, office.now)

    office.do(cancel)
    assert "n’a plus besoin de relais" in words(office.heard(PAUL))[0]
    with pytest.raises(DeskError):
        office.do(cancel)
    office.join("participant", "Claire", CLAIRE, office.ines)
    assert not office.heard(PAUL)


def test_a_cancelled_absence_reminds_nobody(office: Office, paul: int) -> None:
    made = away(office, paul, 2, 3)
    with espace(office) as page:
        browser = page.of(office.ines)
        assert "L'absence est annulée" in _flat(browser.submit(browser.get("/espace/reglages"), "/annuler").text)
    office.heard(PAUL)
    office.now = made.starts_at + timedelta(hours=8)
    office.db.write_now(ticking.tick, office.vault, office.house, office.now)
    assert not office.heard(PAUL)


@pytest.mark.parametrize(("first", "last", "reason"), [
    (-1, 2, "past_absence"), (3, 2, "past_absence"), (1, 500, "past_absence"), (6, 7, "overlapping_absence"),
])  # fmt: skip
def test_dates_that_cannot_be(office: Office, paul: int, first: int, last: int, reason: str) -> None:
    away(office, paul, 5, 6)
    if first == -1:
        last = -1
    with pytest.raises(DeskError) as refused:
        away(office, paul, first, last)
    assert refused.value.reason == reason


def test_a_deputy_is_another_coach(office: Office, paul: int) -> None:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    for nobody in (office.ines, claire, 9999):
        with pytest.raises(DeskError) as refused:
            away(office, nobody, 1, 2)
        assert refused.value.reason == "unknown_coach"


def test_a_deputy_opens_nothing(office: Office, paul: int) -> None:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    away(office, paul, 0, 5)
    with espace(office) as page:
        assert page.of(paul).get(f"/espace/personnes/{claire}").status == 404
        assert "Vous êtes le relais de Anne" in page.of(paul).get("/espace/reglages").text


def _flat(text: str) -> str:
    return text.replace("’", "'")
