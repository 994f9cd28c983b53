"""Where an appointment takes place, who changed it, and what the participant is told of it, in one message."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select

from bot.conversation import ticking
from bot.desk import DeskError, appointments
from bot.desk.appointments import Stale
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office, Sent
from tests.bot.desk_office import words as said_in

INES, PAUL, ANNA = 701, 702, 801
LINK = "https://visio.example/salle?code=a_b*c"
MORNING = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
EVENING, NEXT = timedelta(hours=11), timedelta(hours=13)
"""From the office's Monday at 10 h to 21 h, when nobody is written to unasked; from then to the next morning."""


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    office = Office(database, vault, now)
    office.ines = office.join("coach", "Inès", INES)
    return office


@pytest.fixture
def anna(office: Office) -> int:
    return office.join("participant", "Anna", ANNA, office.ines)


def put(office: Office, person: int, days: float, session: str = "S1", **about: Any) -> Any:
    at = MORNING + timedelta(days=days)
    return office.do(appointments.put, person, session, at, None, office.now, **about)


def words(sent: list[Sent]) -> list[str]:
    """With plain spaces."""
    return [text.replace("\xa0", " ").replace("\u202f", " ") for text in said_in(sent)]


def row(office: Office) -> Any:
    return office.db.read_now(lambda conn: conn.execute(select(t.appointments)).one())


def timers(office: Office, *states: str) -> set[tuple[str, str]]:
    w = t.timers
    query = select(w.c.kind, w.c.scope).where(w.c.state.in_(states or ("pending",)))
    rows = office.db.read_now(lambda conn: conn.execute(query).all())
    return {(kind, scope) for kind, scope in rows if kind != "digest"}


def tick(office: Office, ahead: timedelta = timedelta()) -> list[Sent]:
    office.now += ahead
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass
    return office.heard(ANNA)


def files(office: Office, sent: list[Sent]) -> list[Calendar]:
    """The calendar files that these messages carried, as they lie in the outbox."""
    o = t.outbox

    def read(conn: Any) -> list[Calendar]:
        rows = conn.execute(select(o).where(o.c.method == "sendDocument", o.c.chat_id == ANNA).order_by(o.c.id)).all()
        held = [office.vault.open_json(row.owner_id, "outbox.payload", row.payload)["files"] for row in rows]
        return [Calendar.from_ical(base64.b64decode(file["document"][1])) for file in held]

    return office.db.read_now(read)[-len([item for item in sent if item.method == "sendDocument"]) :]


# --- place, and who ----------------------------------------------------------------------------


def test_a_place_is_sealed_and_stays_through_a_move(office: Office, anna: int) -> None:
    put(office, anna, 20, place=f"  {LINK}\n\u202e", by=office.ines)
    put(office, anna, 21, by=office.ines)
    kept = row(office)
    assert LINK.encode() not in bytes(kept.place) and "visio" not in repr(kept)
    assert (kept.changed_by, kept.changed_at, kept.revision) == (office.ines, office.now, 2)
    (found,) = office.db.read_now(appointments.whole, office.vault, anna, office.now)
    assert found.place == LINK
    assert put(office, anna, 21, place="").place == "" and row(office).place is None


def test_a_place_that_is_too_long_is_refused_whole(office: Office, anna: int) -> None:
    with pytest.raises(DeskError, match="long_place"):
        put(office, anna, 20, place="x" * 301)
    assert office.db.read_now(appointments.list_, anna) == []


def test_a_new_place_alone_moves_nothing_and_is_told(office: Office, anna: int) -> None:
    first = put(office, anna, 20, place="12, rue des Lilas")
    office.heard(ANNA)
    before = timers(office)
    second = put(office, anna, 20, place=LINK, by=office.ines)
    assert (second.revision, second.place) == (first.revision, LINK) and timers(office) == before
    (sent,) = office.heard(ANNA)
    assert sent.method == "sendDocument" and "Le lieu de votre rendez-vous" in sent.text and LINK in sent.text
    assert put(office, anna, 20, place=LINK) == second and office.heard(ANNA) == []
    kinds = office.db.read_now(lambda conn: conn.execute(select(t.events.c.kind)).scalars().all())
    assert kinds.count("appointment_placed") == 1


def test_the_second_of_two_is_told_who_and_when(office: Office, anna: int) -> None:
    put(office, anna, 20, by=office.ines, revision=0, was="")
    office.now += timedelta(minutes=5)
    with pytest.raises(Stale) as stale:
        put(office, anna, 22, revision=0, was="")
    assert stale.value.change is not None and stale.value.now is not None
    assert (stale.value.change.by, stale.value.change.at) == ("Inès", office.now - timedelta(minutes=5))
    with pytest.raises(Stale):
        office.do(appointments.mark, anna, "S1", "cancelled", office.now, revision=0)
    put(office, anna, 20, place=LINK, revision=1, was="")
    with pytest.raises(Stale):  # the date is the same, but not the place that the reader saw
        put(office, anna, 22, place="", revision=1, was="")
    assert put(office, anna, 22, place="", revision=1, was=LINK).revision == 2
    with pytest.raises(Stale) as house:
        put(office, anna, 23, revision=1, was="")
    assert house.value.change is not None and house.value.change.by == ""


# --- what is told ------------------------------------------------------------------------------


def test_each_change_is_one_message_with_its_file(office: Office, anna: int) -> None:
    put(office, anna, 20, place=LINK)
    (sent,) = office.heard(ANNA)
    assert sent.method == "sendDocument" and sent.params["parse_mode"] == "HTML"
    assert "Votre rendez-vous « Accueil et besoins » est fixé" in words([sent])[0] and LINK in words([sent])[0]
    (first,) = files(office, [sent])
    (event,) = first.walk("VEVENT")
    assert (str(first["method"]), str(event["status"])) == ("PUBLISH", "CONFIRMED")
    assert str(event["location"]) == LINK and event["dtend"].dt - event["dtstart"].dt == timedelta(hours=2)
    put(office, anna, 21)
    (second,) = files(office, office.heard(ANNA))
    office.do(appointments.cancel, anna, "S1", office.now)
    (sent,) = office.heard(ANNA)
    assert "annulé" in sent.text and LINK not in sent.text
    (third,) = files(office, [sent])
    events = [calendar.walk("VEVENT")[0] for calendar in (first, second, third)]
    assert len({str(e["uid"]) for e in events}) == 1 and [int(e["sequence"]) for e in events] == [1, 2, 3]
    assert (str(third["method"]), str(events[2]["status"])) == ("CANCEL", "CANCELLED")


def test_those_set_before_the_agreement_are_told_together(office: Office) -> None:
    made = office.invite("participant", "Anna", office.ines)
    for n, session in enumerate(("S1", "S2", "S3")):
        put(office, made.id, 10 + 10 * n, session, place=LINK)
    office.say(ANNA, f"/start {made.code}")
    sent = office.press(ANNA, "c:consent:oui")
    told = [item for item in sent if item.method == "sendDocument"]
    assert len(told) == 1 and told[0].text.count("•") == 3 and told[0].text.count("visio.example") == 1
    (calendar,) = files(office, told)
    assert len(calendar.walk("VEVENT")) == 3


def test_many_long_places_still_leave(office: Office) -> None:
    made = office.invite("participant", "Anna", office.ines)
    for n in range(8):
        put(office, made.id, 10 + 10 * n, f"S{n + 1}", place=f"{n}" * 300)
    office.say(ANNA, f"/start {made.code}")
    sent = office.press(ANNA, "c:consent:oui")
    (file,) = [item for item in sent if item.method == "sendDocument"]
    assert len(file.text) <= 1024
    assert all(any(f"{n}" * 300 in text for text in words(sent)) for n in range(8))


def test_the_evening_waits_for_the_morning_and_says_what_stands_then(office: Office, anna: int) -> None:
    office.now += EVENING
    put(office, anna, 20)
    put(office, anna, 22)
    put(office, anna, 30, "S2")
    put(office, anna, 40, "S3")
    office.do(appointments.cancel, anna, "S3", office.now)
    assert tick(office) == []
    told = [item for item in tick(office, NEXT) if item.method == "sendDocument"]
    assert len(told) == 1 and "ont changé" not in told[0].text
    assert "mardi 24 novembre" in told[0].text and "dimanche 22 novembre" not in told[0].text
    assert "Récit" not in told[0].text  # never told, and cancelled since
    (calendar,) = files(office, told)
    assert len(calendar.walk("VEVENT")) == 2


def test_an_evening_cancellation_names_the_date_that_was_known(office: Office, anna: int) -> None:
    put(office, anna, 20)
    office.heard(ANNA)
    office.now += EVENING
    put(office, anna, 25)
    office.do(appointments.cancel, anna, "S1", office.now)
    (told,) = [item for item in tick(office, NEXT) if item.method == "sendDocument"]
    assert "dimanche 22 novembre" in told.text and "est annulé" in told.text


def test_what_is_near_is_told_at_once_whatever_the_hour(office: Office, anna: int) -> None:
    put(office, anna, 1)
    office.heard(ANNA)
    office.now += EVENING
    put(office, anna, 9)  # tomorrow's, put off: they must not set out
    assert "a changé" in office.heard(ANNA)[0].text


def test_what_waits_to_be_told_goes_with_the_person(office: Office, anna: int) -> None:
    office.now += EVENING
    put(office, anna, 20)
    office.press(ANNA, "c:erase:1")
    office.press(ANNA, "c:erase:oui")
    assert not timers(office) and tick(office, timedelta(days=1)) == []


def test_a_stopped_programme_tells_nothing_and_the_return_tells_all(office: Office, anna: int) -> None:
    office.press(ANNA, "c:stop:oui")
    put(office, anna, 20, place=LINK)
    assert office.heard(ANNA) == []
    said = office.say(ANNA, "/reprendre")
    assert any(LINK in text for text in words(said))


def test_the_reminder_says_where(office: Office, anna: int) -> None:
    put(office, anna, 2, place=LINK)
    office.heard(ANNA)
    put(office, anna, 2, place="12, rue des Lilas")
    office.heard(ANNA)
    said = words(tick(office, timedelta(days=1, hours=8)))
    assert any("Votre prochain rendez-vous" in text and "Lieu : 12, rue des Lilas" in text for text in said)
    assert not any(LINK in text for text in said)
