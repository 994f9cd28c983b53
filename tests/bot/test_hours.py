"""`/horaires`: what may be chosen, and by whom; what waits brought in line; the vectors of S10 in another zone."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy import select

from bot.conversation import hours, timekeeping
from bot.conversation.house import Shelf
from bot.conversation.planning import hours_of
from bot.desk import appointments, people
from bot.desk.steering import Steering
from bot.desk.timeline import timeline
from bot.store import tables as t
from bot.store.case import Case
from bot.store.cases import by_person
from bot.store.database import Database
from bot.store.vault import Vault
from flows.calendar import allowed
from flows.model import Envoi, Hours, Moment
from tests.bot import push_house as house
from tests.bot.desk_office import LIBRARY, Office, alert, button, words
from tests.bot.web_office import espace

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHAT = 801
OLD = "Ce bouton date d’une étape précédente."
ALWAYS = Hours(time(0), time(23, 59), frozenset(range(7)))
DEFAULT = Hours(time(8), time(20, 30), frozenset(range(6)))
EVE = Moment("S1", -1, time(18))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def office(database: Database, vault: Vault) -> Office:
    return house.office(database, vault, NOW)


@pytest.fixture
def claire(office: Office) -> int:
    return house.join(office, "Claire", CHAT)


def case(office: Office, person: int) -> Case:
    return office.db.write_now(lambda conn: by_person(conn, office.vault, [person], office.now)[person])


def events(office: Office) -> list[str]:
    return office.db.read_now(
        lambda conn: list(conn.execute(select(t.events.c.kind).order_by(t.events.c.id)).scalars())
    )


def chooses(office: Office, what: str) -> list[Any]:
    return office.press(CHAT, f"c:when:{what}")


def flat(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ").replace("’", "'")


def answers_city(office: Office, text: str) -> list[str]:
    """What comes back to a city that is typed under the question for it."""
    sent = chooses(office, "city")
    assert sent[-1].params["reply_markup"]["force_reply"] is True
    o = t.outbox
    newest = select(o.c.id).where(o.c.key == hours.CITY).order_by(o.c.id.desc()).limit(1).scalar_subquery()
    number = next(office.numbers)
    office.db.write_now(lambda conn: conn.execute(o.update().where(o.c.id == newest).values(message_id=number)))
    return words(office.say(CHAT, text, reply_to_message={"message_id": number}))


# --- what may be chosen ------------------------------------------------------------------------


def test_what_is_chosen_is_kept_and_said(office: Office, claire: int) -> None:
    [said] = words(office.say(CHAT, "/horaires"))
    assert "du lundi au vendredi, de 9 h à 19 h 30, heure de Paris. Rien ne part les jours fériés." in flat(said)
    [said] = words(chooses(office, "set:17:21"))
    assert "du lundi au vendredi, de 17 h à 21 h, heure de Paris" in flat(said)
    chooses(office, "on:012345")
    chooses(office, "at:America/Toronto")
    held = case(office, claire)
    assert hours_of(office.house, held) == Hours(time(17), time(21), frozenset(range(6)), "FR")
    assert str(held.zone) == "America/Toronto"
    chooses(office, "usual")
    assert case(office, claire).enrolment.hours is None  # type: ignore[union-attr]
    assert events(office) == ["hours_chosen", "hours_chosen", "zone_chosen", "hours_usual"]


@pytest.mark.parametrize("what", ["set:17:21", "on:012345", "at:Indian/Reunion"])
def test_choosing_the_same_again_changes_nothing(office: Office, claire: int, what: str) -> None:
    chooses(office, what)
    before = events(office)
    sent = chooses(office, what)
    assert flat(alert(sent)) == "C'est déjà ainsi." and not words(sent)
    assert events(office) == before


@pytest.mark.parametrize("what", [
    "set:8:9", "set:5:12", "set:20:24", "set:21:8", "set:99:12", "set:", "set:8", "set:²:12", "set:8:12:14", "set:-8:9",
    "on:0", "on:", "on:7", "on:²", "on:01234567890", "at:Mars/Base", "at:", "at:localtime", "at:../../etc/passwd",
    "from:22", "from:5", "from:²", "from:08:1", "usual:x", "hours:x", "nimporte", "city:x:y" * 3,
])  # fmt: skip
def test_a_button_that_nobody_made_changes_nothing(office: Office, claire: int, what: str) -> None:
    sent = chooses(office, what)
    assert alert(sent) or "force_reply" in str(sent[-1].params)
    held = case(office, claire)
    assert held.enrolment is not None and held.enrolment.hours is None and str(held.zone) == "Europe/Paris"
    assert events(office) == []


def test_every_button_offered_leads_somewhere(office: Office, claire: int) -> None:
    """From the first message on, each button answers, and none is too long for Telegram."""
    seen: set[str] = set()
    waiting = list(office.say(CHAT, "/horaires")[-1].buttons.values())
    while waiting:
        data = waiting.pop()
        if data in seen:
            continue
        seen.add(data)
        assert len(data.encode()) <= 64
        sent = office.press(CHAT, data)
        assert OLD not in alert(sent), data
        assert words(sent) or flat(alert(sent)) == "C'est déjà ainsi.", data
        waiting += [each for item in sent for each in item.buttons.values()]
    assert {f"c:when:set:{a}:{b}" for a in range(6, 22) for b in range(a + 2, 24)} <= seen
    assert {"c:when:usual", "c:when:city", "c:when:at:America/Toronto", "c:when:on:0123456"} <= seen


# --- a city in words ---------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "zone"), [
    ("Genève", "Europe/Zurich"), ("geneve", "Europe/Zurich"), ("  MONTREAL ", "America/Toronto"),
    ("je vis à La Réunion", "Indian/Reunion"), ("St-Denis, Réunion", "Indian/Reunion"), ("Tokyo", "Asia/Tokyo"),
    ("en Belgique", "Europe/Brussels"), ("Pacific/Noumea", "Pacific/Noumea"),
])  # fmt: skip
def test_a_city_that_is_known(office: Office, claire: int, typed: str, zone: str) -> None:
    [said] = answers_city(office, typed)
    assert "C'est noté" in flat(said) and hours.place(office.house, zone) in said
    assert str(case(office, claire).zone) == zone
    assert words(office.say(CHAT, f"/horaires {typed}"))[0].startswith("Quand je vous écris")
    rows = office.db.read_now(lambda conn: conn.execute(select(t.replies)).all())
    assert rows == [], "a city is no answer, and no word for the coach"


@pytest.mark.parametrize(("typed", "offered"), [
    ("Saint-Denis", {"Paris", "La Réunion"}), ("Canada", {"Montréal", "Halifax", "Vancouver"}),
    ("Montéal", {"Montréal"}),
])  # fmt: skip
def test_a_name_of_several_places_or_of_almost_one_is_asked_about(
    office: Office, claire: int, typed: str, offered: set[str]
) -> None:
    sent = office.say(CHAT, f"/horaires {typed}")
    assert set(sent[-1].buttons) == offered | {"Une autre ville", "Revenir"}
    assert str(case(office, claire).zone) == "Europe/Paris"
    office.press(CHAT, button(sent, max(offered)))
    assert str(case(office, claire).zone) != "Europe/Paris" or max(offered) == "Paris"


@pytest.mark.parametrize("typed", ["Atlantide", "???", "12", "demain"])
def test_a_name_of_no_place_is_asked_again_with_an_example(office: Office, claire: int, typed: str) -> None:
    [said] = answers_city(office, typed)
    assert "Genève" in said
    assert str(case(office, claire).zone) == "Europe/Paris" and events(office) == []


def test_what_is_no_city_is_kept_for_the_coach(office: Office, claire: int) -> None:
    answers_city(office, "Je ne sais pas encore, nous déménageons peut-être au printemps prochain")
    assert [row.key for row in office.db.read_now(lambda conn: conn.execute(select(t.replies)).all())] == [hours.CITY]


def test_danger_under_the_question_for_a_city_is_seen_and_kept(office: Office, claire: int) -> None:
    said = answers_city(office, "je veux mourir")
    assert any("3114" in text for text in said)
    assert not any("Ce nom ne me dit rien" in text for text in said)
    assert office.db.read_now(lambda conn: len(conn.execute(select(t.replies)).all())) == 1


# --- in which state ----------------------------------------------------------------------------


def test_whoever_has_not_agreed_is_asked_to_first(office: Office) -> None:
    made = office.invite("participant", "Léa", office.ines)
    office.say(802, f"/start {made.code}")
    [said] = words(office.say(802, "/horaires"))
    assert "votre accord" in said
    office.press(802, "c:when:set:17:21")
    assert case(office, made.id).enrolment.hours is None  # type: ignore[union-attr]


def test_without_the_agreement_their_appointments_still_have_hours(office: Office) -> None:
    lea = office.join("participant", "Léa", 802, office.ines)
    office.press(802, "c:withdraw:")
    assert case(office, lea).enrolment.state == "welcomed"  # type: ignore[union-attr]
    [said] = words(office.say(802, "/horaires"))
    assert "seulement pour vos rendez-vous" in said
    office.press(802, "c:when:at:America/Toronto")
    assert str(case(office, lea).zone) == "America/Toronto"


@pytest.mark.parametrize(("about", "said"), [
    ({"state": "ended"}, "Votre bilan est terminé"),
    ({"state": "stopped"}, "vous avez choisi d'arrêter"),
    ({"state": "paused"}, "Pendant votre pause"),
    ({"restricted_at": NOW}, "vous avez limité le traitement"),
])  # fmt: skip
def test_every_state_has_its_words(office: Office, claire: int, about: dict[str, Any], said: str) -> None:
    house.change(office, t.enrolments, claire, **about)
    assert said in flat(words(office.say(CHAT, "/horaires"))[0])


def test_what_was_stopped_is_planned_in_the_hours_chosen_meanwhile(office: Office, claire: int) -> None:
    house.book(office, claire, "S1", NOW + timedelta(days=12))
    office.press(CHAT, "c:stop:oui")
    chooses(office, "set:17:21")
    assert not [timer for timer in case(office, claire).timers if (timer.kind, timer.state) == ("envoi", "pending")]
    office.say(CHAT, "/reprendre")
    held = case(office, claire)
    waiting = [timer.due_at for timer in held.timers if (timer.kind, timer.state) == ("envoi", "pending")]
    assert waiting and all(allowed(at, hours_of(office.house, held), held.zone) for at in waiting)


# --- the vectors, after a change of zone -------------------------------------------------------


@pytest.mark.parametrize(("when", "at", "booked", "zones", "sending", "expected"), [
    pytest.param(Moment("S1", -1), "2026-03-30T08:00", "Europe/Paris", "Pacific/Noumea Europe/Paris", ALWAYS,
                 "2026-03-29T08:00", id="V1"),
    pytest.param(Moment("S1", span=timedelta(hours=-48)), "2026-03-30T08:00", "Europe/Paris",
                 "Pacific/Noumea Europe/Paris", ALWAYS, "2026-03-28T08:00", id="V1b"),
    pytest.param(Moment("S1", -1, time(2, 30)), "2026-03-30T08:00", "Europe/Paris", "Indian/Reunion Europe/Paris",
                 ALWAYS, "2026-03-29T01:30", id="V3"),
    pytest.param(Moment("S1", -1, time(2, 30)), "2026-10-26T09:00", "Europe/Paris", "America/Toronto Europe/Paris",
                 ALWAYS, "2026-10-25T00:30", id="V4"),
    pytest.param(EVE, "2026-05-12T13:00", "America/Martinique", "Europe/Paris America/Martinique", DEFAULT,
                 "2026-05-11T22:00", id="V5"),
    pytest.param(EVE, "2026-05-12T05:00", "Indian/Reunion", "America/Toronto Indian/Reunion", DEFAULT,
                 "2026-05-11T14:00", id="V6"),
    pytest.param(Moment("S1", span=timedelta(hours=-2)), "2026-05-12T06:00", "Europe/Paris",
                 "Indian/Reunion Europe/Paris", DEFAULT, "2026-05-11T18:30", id="V10"),
    pytest.param(Moment("S1", span=timedelta(hours=-2)), "2026-03-09T12:00", "America/Toronto",
                 "Europe/Paris America/Toronto", DEFAULT, "2026-03-08T01:30", id="V10, and no Sunday, in Montréal"),
])  # fmt: skip
def test_the_vectors_hold_after_a_change_of_zone(
    office: Office, when: Moment, at: str, booked: str, zones: str, sending: Hours, expected: str
) -> None:
    reminder = Envoi("rappel", when, "reminder", message="rappel_seance", mode="passif", until="S1", late="envoyer")
    bilan = replace(LIBRARY.programmes["bilan"], envois=(reminder,), hours=sending)
    library = replace(LIBRARY, programmes=MappingProxyType({"bilan": bilan}))
    office.house = replace(office.house, shelf=Shelf(library, {}))
    before, after = zones.split()
    claire = house.join(office, "Claire", CHAT, before)
    office.do(appointments.put, claire, "S1", utc(at), booked, office.now)
    chooses(office, f"at:{after}")
    [due] = [timer.due_at for timer in case(office, claire).timers if (timer.kind, timer.state) == ("envoi", "pending")]
    assert due == utc(expected)
    house.tick(office, due)
    chooses(office, f"at:{before}")
    house.tick(office, utc(at) - timedelta(minutes=1))
    fired = [
        timer.settled_at for timer in case(office, claire).timers if (timer.kind, timer.state) == ("envoi", "fired")
    ]
    assert fired == [due], "what went is not sent again from another place"


def test_an_appointment_does_not_move(office: Office, claire: int) -> None:
    house.book(office, claire, "S1", utc("2026-03-12T13:00"))
    [before] = case(office, claire).appointments
    [said] = words(chooses(office, "at:America/Toronto"))
    assert "jeudi 12 mars à 9 h pour vous, 14 h pour Inès" in flat(said)
    assert case(office, claire).appointments == [before]


# --- what waits beside the envois --------------------------------------------------------------


def test_a_pause_ends_at_the_same_hour_there(office: Office, claire: int) -> None:
    office.press(CHAT, "c:pause:1")
    before = case(office, claire)
    assert before.enrolment is not None and before.enrolment.paused_until == utc("2026-03-09T09:00")
    chooses(office, "at:Pacific/Noumea")
    held = case(office, claire)
    [end] = [timer for timer in held.timers if timer.kind == "resume"]
    assert end.due_at.astimezone(held.zone).replace(tzinfo=None) == datetime(2026, 3, 9, 10)
    assert held.enrolment is not None and held.enrolment.paused_until == end.due_at
    house.tick(office, end.due_at)
    assert case(office, claire).enrolment.state == "active"  # type: ignore[union-attr]


def test_a_coachs_question_waits_for_the_hours_that_were_chosen(office: Office, claire: int) -> None:
    office.now = utc("2026-03-02T20:00")

    def ask(conn: Any, vault: Vault, served_by: Any) -> datetime:
        about = people.one(conn, vault, claire, office.now)
        coach = by_person(conn, vault, [office.ines], office.now)[office.ines].person
        assert about is not None and coach is not None
        return Steering(conn, vault, served_by, about, coach, office.now).ask("Comment allez-vous ?")

    assert office.do(ask) == utc("2026-03-03T08:00")
    chooses(office, "set:17:21")
    [timer] = [timer for timer in case(office, claire).timers if timer.kind == "ask"]
    assert timer.due_at == utc("2026-03-03T16:00")


def test_a_push_keeps_its_instant_unless_the_hours_hold_it_back(office: Office, claire: int) -> None:
    push = house.plan(office, {"text": "mot"}, at=utc("2026-03-03T10:00"))
    chooses(office, "at:Indian/Reunion")
    due = [timer.due_at for timer in case(office, claire).timers if timer.about.get("push") == push]
    assert due == [utc("2026-03-03T10:00")]
    chooses(office, "at:Pacific/Noumea")
    assert [timer.due_at for timer in case(office, claire).timers if timer.about.get("push") == push] == [
        utc("2026-03-03T22:00")
    ]


def only(office: Office, when: Moment) -> Hours:
    """The programme with one envoi, that nobody sends late; its own hours."""
    bilan = LIBRARY.programmes["bilan"]
    one = Envoi("lecture", when, "preparation", bilan.envois[0].flow, until="S1", late="sauter")
    library = replace(LIBRARY, programmes=MappingProxyType({"bilan": replace(bilan, envois=(one,))}))
    office.house = replace(office.house, shelf=Shelf(library, {}))
    return bilan.hours


def test_what_waited_is_not_late_because_the_hours_changed(office: Office, claire: int) -> None:
    only(office, Moment("S1", -2, time(10)))
    house.book(office, claire, "S1", utc("2026-03-13T13:00"))
    office.now = utc("2026-03-10T21:00")
    chooses(office, "set:17:21")
    assert waits(office, claire) == [utc("2026-03-11T16:00")]
    office.now = utc("2026-03-11T12:00")
    chooses(office, "set:8:12")
    assert waits(office, claire) == [utc("2026-03-12T07:00")]
    house.tick(office, utc("2026-03-12T07:00"))
    assert [each.state for each in case(office, claire).timers if each.kind == "envoi"] == ["fired"]


def waits(office: Office, person: int) -> list[datetime]:
    return [each.due_at for each in case(office, person).timers if (each.kind, each.state) == ("envoi", "pending")]


def test_what_fits_nowhere_any_more_is_an_event(office: Office, claire: int) -> None:
    """On the eve in the evening, evenings alone: what was to come before the session at two has no place left."""
    usual = only(office, Moment("S1", span=timedelta(hours=-2)))
    house.book(office, claire, "S1", utc("2026-03-04T13:00"))
    office.now = utc("2026-03-03T21:00")
    chooses(office, "set:17:21")
    [timer] = [timer for timer in case(office, claire).timers if timer.kind == "envoi"]
    assert (timer.state, timer.why) == ("skipped", "quiet")
    assert events(office)[-2:] == ["hours_chosen", "skipped"]
    chooses(office, "usual")
    [timer] = [timer for timer in case(office, claire).timers if timer.kind == "envoi"]
    assert timer.state == "pending" and allowed(timer.due_at, usual, case(office, claire).zone)


# --- what the coach sees -----------------------------------------------------------------------


def test_the_coach_reads_it_in_the_follow_up_and_hears_no_alert(office: Office, claire: int) -> None:
    office.heard(house.COACH)
    chooses(office, "set:8:12")
    chooses(office, "at:America/Toronto")
    assert office.heard(house.COACH) == []

    def read(conn: Any, vault: Vault, served_by: Any) -> list[str]:
        about = people.one(conn, vault, claire, office.now)
        assert about is not None
        return [flat(one.what) for one in timeline(conn, vault, served_by, about, "Europe/Paris", None, office.now)[0]]

    assert set(office.do(read)) == {
        "A choisi quand Marge lui écrit : du lundi au vendredi, de 8 h à 12 h",
        "A changé de fuseau : heure de Montréal",
    }


def test_the_coach_reads_the_hours_where_they_write(office: Office, claire: int) -> None:
    with espace(office) as page:
        browser = page.of(office.ines)
        for path in ("", "/actions"):
            seen = flat(browser.get(f"/espace/personnes/{claire}{path}").text)
            assert "Marge lui écrit du lundi au vendredi, de 9 h à 19 h 30." in seen
            assert "Vit à une autre heure" not in seen
        chooses(office, "set:17:21")
        chooses(office, "at:Indian/Reunion")
        for path in ("", "/actions"):
            seen = flat(browser.get(f"/espace/personnes/{claire}{path}").text)
            assert "Marge lui écrit du lundi au vendredi, de 17 h à 21 h. Ces heures sont son choix." in seen
            assert "Vit à une autre heure que vous : heure de La Réunion." in seen


def test_the_zone_of_a_coach_is_not_written_by_their_messages(office: Office, claire: int) -> None:
    office.say(house.COACH, "/horaires Tokyo")
    office.press(house.COACH, "c:when:at:Asia/Tokyo")
    coach = office.db.read_now(lambda conn: conn.execute(select(t.people).where(t.people.c.id == office.ines)).one())
    assert coach.zone == "Europe/Paris"


def test_the_hours_least_are_those_of_the_clocks() -> None:
    assert all((end.hour - start.hour) >= hours.LEAST for start, end in hours.SPANS.values())
    assert timekeeping.COMMAND == hours.CITY
