"""A coach away: who hears the alerts meanwhile, from when to when, and that nothing else is opened to them."""

import ast
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML
from sqlalchemy import insert, select

import bot
from bot.conversation import ticking
from bot.desk import DeskError, absences, appointments, whereabouts
from bot.desk.absences import Absence
from bot.settings import shipped
from bot.store import tables as t
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from flows.calendar import spoken_day
from tests.bot.desk_office import Office, Sent, alert, button, words
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
    assert anne in deputy and deputy.startswith("Anne est en congé et vous êtes son relais")


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
        assert refused.value.reason == "unknown_colleague"


def test_a_deputy_opens_nothing(office: Office, paul: int) -> None:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    away(office, paul, 0, 5)
    with espace(office) as page:
        assert page.of(paul).get(f"/espace/personnes/{claire}").status == 404
        assert "vous êtes le relais pour Anne" in page.of(paul).get("/espace/reglages").text


def _flat(text: str) -> str:
    return text.replace("’", "'")


def distress(office: Office, person: int) -> int:
    def put(conn: Any) -> int:
        row = {"enrolment_id": office.enrolment(conn, person), "at": office.now, "kind": "distress", "about": {}}
        return int(conn.execute(insert(t.events).values(**row).returning(t.events.c.id)).scalar_one())

    return office.db.write_now(put)


def test_distress_is_on_the_deputys_first_page_while_the_coach_is_away(office: Office, paul: int) -> None:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    event = distress(office, claire)
    with espace(office) as page:
        browser = page.of(paul)
        assert "Claire" not in browser.get("/espace").text
        away(office, paul, 0, 1)
        seen = browser.get("/espace")
        assert "Claire (relais pour Anne)" in seen.text and "appelez Anne" in seen.text
        assert f"/personnes/{claire}" not in seen.html
        assert "Claire (relais pour Anne)" in words(office.say(PAUL, "/aujourdhui"))[0]
        assert "Claire" in page.of(office.ines).get("/espace").text
        assert "vous avez vu" in browser.submit(seen, f"/alertes/{event}").text
        assert "Détresse" not in page.of(office.ines).get("/espace").text
    row = office.db.read_now(lambda conn: conn.execute(select(t.events.c.seen_by, t.events.c.seen_at)
                                                       .where(t.events.c.id == event)).one())  # fmt: skip
    assert tuple(row) == (paul, office.now)


def test_an_alert_is_answered_from_todays_list_by_a_deputy_too(office: Office, paul: int) -> None:
    for name, chat in (("Claire", CLAIRE), ("نور", CLAIRE + 1)):
        distress(office, office.join("participant", name, chat, office.ines))
    away(office, paul, 0, 1)
    office.heard(PAUL)
    seen = office.say(PAUL, "/aujourdhui")
    assert [label for label in seen[0].buttons if "J’ai vu" in label or "J'ai vu" in label] == list(seen[0].buttons)
    told = office.press(PAUL, button(seen, "Claire"))
    assert "vous avez vu" in words(told)[0] and not [one for one in told if one.method == "editMessageText"]
    left = office.say(PAUL, "/aujourdhui")
    assert "Claire" not in words(left)[0] and "نور" in words(left)[0]


def test_a_deputy_is_asked_for_nothing_that_only_the_coach_may_do(office: Office, paul: int) -> None:
    """What they receive with a button, they may press; hours, and a session to book, are not theirs."""
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    office.do(appointments.put, claire, "S1", office.now + timedelta(hours=2), None, office.now)
    away(office, paul, 0, 3)
    office.heard(PAUL), office.heard(ANNE)
    for _ in range(8):
        office.now += timedelta(hours=1)
        while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
            pass
    asked = office.heard(ANNE)
    assert "la séance a-t-elle eu lieu" in words(asked)[-1] and not office.heard(PAUL)
    told = office.press(ANNE, button(asked, "Oui, de"))
    assert "C’est noté" in words(told)[-1]
    office.now += timedelta(days=1)
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass
    office.press(CLAIRE, button(office.heard(CLAIRE), "Ce n’est pas cela"))
    assert "ne reconnaît pas les heures" in words(office.heard(ANNE))[-1] and not office.heard(PAUL)
    office.say(CLAIRE, "je veux mourir")
    heard = office.heard(PAUL)
    assert heard and heard[0].buttons
    for data in heard[0].buttons.values():
        assert "pas dans votre liste" not in alert(office.press(PAUL, data))


def test_no_line_to_a_deputy_sends_them_where_they_have_no_way_in() -> None:
    """Every line that a deputy hears too: no command, no page of theirs to open, and no button but that of an alert."""
    relayed = {}
    for path in Path(bot.__path__[0]).rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("tell_coach"):
                named = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
                if named.get("relayed") != "False":
                    keys = [one.value for one in ast.walk(call.args[2]) if isinstance(one, ast.Constant)]
                    relayed |= dict.fromkeys(keys, len(call.args) > 3)
    assert len(relayed) > 15 and {key for key, buttons in relayed.items() if buttons} == {"coach_distress"}
    phrases = YAML(typ="safe").load((shipped("content") / "phrases.yml").read_text())
    said = {key: str(phrases[key]) for key in relayed}
    assert {key for key, text in said.items() if re.search(r"(?<!\w)/[a-z]|votre page", text)} == set()


def test_an_alert_is_seen_once_and_only_by_who_hears_it(office: Office, paul: int) -> None:
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    distress(office, claire)
    made = away(office, paul, 1, 1)

    def seen(chat: int, at: datetime) -> bool:
        office.now = at
        return "plus" not in alert(told := office.press(chat, f"d:ack:{claire}")) and len(told) > 1

    assert not seen(PAUL, office.now) and not seen(PAUL, made.ends_at) and not seen(CLAIRE, made.starts_at)
    assert seen(PAUL, made.starts_at) and not seen(ANNE, made.ends_at)
    by = office.db.read_now(lambda conn: conn.execute(select(t.events.c.seen_by)).scalars().all())
    assert [one for one in by if one] == [paul]


def written(office: Office, days: int) -> str:
    return spoken_day(office.now + timedelta(days=days), PARIS)


def chosen(office: Office, first: str, last: str) -> list[Sent]:
    """From `/absence` to the choice of who, in the chat."""
    office.press(ANNE, button(office.say(ANNE, "/absence"), "Prévoir"))
    office.say(ANNE, first)
    return office.say(ANNE, last)


def test_three_questions_in_the_chat(office: Office, paul: int) -> None:
    assert "Aucune absence" in words(office.say(ANNE, "/absence"))[0]
    asked = chosen(office, written(office, 5), written(office, 7))
    pressed = button(asked, "Paul")
    done = office.press(ANNE, pressed)
    assert f"du {written(office, 5)} au {written(office, 7)}" in words(done)[0]
    assert "vous a choisi comme relais" in words(office.heard(PAUL))[0]
    assert alert(office.press(ANNE, pressed))
    seen = office.say(ANNE, "/absence")
    assert f"Du {written(office, 5)} au {written(office, 7)}" in words(seen)[0]
    cancel = button(seen, "Annuler")
    assert "annulée" in words(office.press(ANNE, cancel))[0]
    assert "n’a plus besoin" in words(office.heard(PAUL))[0]
    assert "n’existe plus" in alert(office.press(ANNE, cancel)).replace("'", "’")
    assert "Aucune absence" in words(office.say(ANNE, "/absence"))[0]


def test_words_that_are_no_day_are_asked_for_again(office: Office, paul: int) -> None:
    office.press(ANNE, "d:va")
    for odd in ("bientôt", "31 février", "hier", "🙂", "2 mars 2999"):
        assert "Par exemple" in words(office.say(ANNE, odd))[0], odd
    assert "dernier jour" in words(office.say(ANNE, "aujourd'hui"))[0]
    office.say(ANNE, "/annuler")
    office.press(ANNE, "d:va")
    office.say(ANNE, written(office, 5))
    assert "vient avant le premier" in words(office.say(ANNE, written(office, 4)))[0]
    assert button(office.say(ANNE, written(office, 5)), "Paul")


def test_nobody_to_stand_in_and_days_already_covered(office: Office) -> None:
    assert "il faut qu’un autre coach" in words(chosen(office, "demain", "demain"))[0].replace("'", "’")
    paul = office.join("coach", "Paul", PAUL)
    away(office, paul, 3, 4)
    refused = office.press(ANNE, button(chosen(office, written(office, 1), written(office, 9)), "Paul"))
    assert "couvre déjà" in alert(refused)


def test_a_deputy_who_is_away_too_is_told_of(office: Office, paul: int) -> None:
    def leave(conn: Any, vault: Vault, house: Any) -> Absence:
        coach = by_person(conn, vault, [paul], office.now)[paul].person
        assert coach is not None
        start = today(office)
        return absences.put(conn, vault, house, coach, office.ines, start, start + timedelta(days=2), office.now)

    assert not office.do(leave).unrelayed
    assert away(office, paul, 2, 4).unrelayed
    assert not away(office, paul, 5, 5).unrelayed
    done = office.press(ANNE, button(chosen(office, "aujourd'hui", "demain"), "Paul"))
    assert "Paul est au courant, mais sera en congé aussi" in words(done)[0]
    with espace(office) as page:
        assert "Paul est en congé aussi" in page.of(office.ines).get("/espace/reglages").text


def test_no_button_of_another_opens_anything(office: Office, paul: int) -> None:
    made = away(office, paul, 1, 2)
    office.heard(PAUL)
    assert alert(office.press(PAUL, f"d:vc:{made.id}"))
    for odd in ("d:vc:", "d:vc:-1", "d:vc:" + "9" * 30, "d:vs:1", "d:vs:"):
        assert alert(office.press(ANNE, odd)), odd
    claire = office.join("participant", "Claire", CLAIRE, office.ines)
    assert not office.heard(PAUL) and claire
    office.press(CLAIRE, f"d:vc:{made.id}")
    assert not office.heard(PAUL)


def test_one_that_begins_in_the_past_begins_today(office: Office, paul: int) -> None:
    made = away(office, paul, -9, 1)
    assert made.starts_at == datetime.combine(today(office), datetime.min.time(), PARIS)


def test_somebody_who_comes_in_and_agrees_at_once(office: Office, paul: int) -> None:
    """The link and the agreement in one batch: the file that was invited brings its deputy along."""
    made = office.invite("participant", "Claire", office.ines)
    away(office, paul, 0, 1)
    office.heard(PAUL)
    office.keep(CLAIRE, "message", office.message(CLAIRE, f"/start {made.code}"))
    chat = {"id": CLAIRE, "type": "private"}
    office.keep(CLAIRE, "callback_query", {"id": "x", "data": "c:consent:oui",
                                           "message": {"message_id": 7, "chat": chat, "date": 0}})  # fmt: skip
    office.work()
    [deputy] = words(office.heard(PAUL))
    assert "Claire" in deputy


@pytest.mark.parametrize("there", ["America/Martinique", "Pacific/Noumea"])
def test_the_days_stay_the_same_days_when_the_coach_moves(office: Office, paul: int, there: str) -> None:
    away(office, paul, 5, 6)
    start, place = today(office), ZoneInfo(there)

    def move(conn: Any, vault: Vault, house: Any) -> list[Absence]:
        coach = by_person(conn, vault, [office.ines], office.now)[office.ines].person
        assert coach is not None
        whereabouts.move(conn, coach, there, office.now)
        return absences.ahead(conn, vault, office.ines, office.now)

    [moved] = office.do(move)
    midnight = datetime.min.time()
    assert moved.starts_at == datetime.combine(start + timedelta(days=5), midnight, place)
    assert moved.ends_at == datetime.combine(start + timedelta(days=7), midnight, place)
    w = t.timers.c
    query = select(w.due_at).where(w.kind == absences.KIND, w.state == "pending")
    due = office.db.read_now(lambda conn: conn.execute(query).scalars().all())
    assert due == [moved.starts_at + timedelta(hours=8)]


def test_one_under_way_follows_the_coach_and_reminds_nobody_twice(office: Office, paul: int) -> None:
    made = away(office, paul, 1, 3)
    office.now = made.starts_at + timedelta(hours=9)
    office.db.write_now(ticking.tick, office.vault, office.house, office.now)
    office.heard(PAUL)

    def move(conn: Any, vault: Vault, house: Any) -> None:
        coach = by_person(conn, vault, [office.ines], office.now)[office.ines].person
        assert coach is not None
        whereabouts.move(conn, coach, "America/Martinique", office.now)

    office.do(move)
    office.join("participant", "Claire", CLAIRE, office.ines)
    assert "Claire" in words(office.heard(PAUL))[0]
    office.now = made.ends_at + timedelta(hours=4)  # still the last day there
    office.db.write_now(ticking.tick, office.vault, office.house, office.now)
    assert not office.heard(PAUL)
    office.say(CLAIRE, "/stop")
    office.press(CLAIRE, "c:stop:oui")
    assert "Claire" in words(office.heard(PAUL))[0]
