"""Pushes that leave again, wait, stop: by the week, around an appointment, held back; and whom an audience holds."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.admin import audience, occurrences, outcome, progress, pushes
from bot.admin.audience import Audience, Unknown
from bot.admin.occurrences import Around, Unread, Weekly, around, weekly
from bot.conversation import delivery, ticking
from bot.desk import appointments
from bot.store import audit, erasing, pictures
from bot.store import outbox as queue
from bot.store import tables as t
from bot.store.database import Database
from bot.store.leaving import Leaving, Settled
from bot.store.vault import Vault
from bot.telegram.outcome import Sent
from flows.model import Moment
from tests.bot import push_house as house
from tests.bot.desk_office import Office
from tests.bot.push_house import act, book, broadcast, change, fates, join, pass_time, plan, states, tick

TEXT = {"text": "Bonjour"}
CAPSULE = {"flow": "capsule:burn-out"}
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def office(database: Database, vault: Vault) -> Office:
    return house.office(database, vault, MONDAY)


# --- rules, as they are written --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("lundi 18:00", Weekly(0, time(18))),
        ("Dimanche à 9 h", Weekly(6, time(9))),
        ("le jeudi à 14h30", Weekly(3, time(14, 30))),
    ],
)
def test_a_day_of_the_week_is_read(text: str, rule: Weekly) -> None:
    assert weekly(text) == rule and occurrences.opened(occurrences.kept(rule)) == rule


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("J-2 18:00", Moment("J", days=-2, at=time(18))),
        ("j + 1", Moment("J", days=1)),
        ("J 08:00", Moment("J", days=0, at=time(8))),
        ("S2 - 2j 18:00", Moment("S2", days=-2, at=time(18))),
        ("S3 - 2h", Moment("S3", span=timedelta(hours=-2))),
    ],
)
def test_a_moment_is_read_as_authors_write_it(text: str, moment: Moment) -> None:
    last = date(2027, 1, 31)
    assert around(text, last) == Around(moment, last)
    assert occurrences.opened(occurrences.kept(around(text, last))) == Around(moment, last)


@pytest.mark.parametrize("text", ["", "lundi", "lundi mardi 18:00", "lundi 25:00", "18:00", "un jour"])
def test_what_is_no_week_is_said(text: str) -> None:
    with pytest.raises(Unread, match="week"):
        weekly(text)


@pytest.mark.parametrize("text", ["", "J", "J-2 25:00", "hier", "S2", "J-2000"])
def test_what_is_no_moment_is_said(text: str) -> None:
    with pytest.raises(Unread, match="around"):
        around(text)


# --- every week ------------------------------------------------------------------------------


def test_each_week_the_audience_is_looked_at_anew(office: Office) -> None:
    anna, paul = join(office, "Anna", 801), join(office, "Paul", 802, cohort="hiver")
    push = plan(office, TEXT, Audience(cohorts=("automne",)), rule=weekly("lundi 18:00"))
    pass_time(office, MONDAY + timedelta(hours=12))
    assert (len(broadcast(office, 801)), broadcast(office, 802)) == (1, [])
    change(office, t.enrolments, anna, state="paused")
    change(office, t.enrolments, paul, cohort="automne")
    pass_time(office, MONDAY + timedelta(days=8))
    assert (len(broadcast(office, 801)), len(broadcast(office, 802))) == (1, 1)
    told = {(fate.person_id, fate.scope): (fate.state, fate.why) for fate in fates(office, push)}
    assert told == {(anna, "2026-11-02"): ("ready", None), (anna, "2026-11-09"): ("skipped", "paused"),
                    (paul, "2026-11-09"): ("ready", None)}  # fmt: skip


def test_a_week_comes_at_the_hour_of_each(office: Office) -> None:
    for chat, zone in ((801, "Europe/Paris"), (802, "America/Martinique"), (803, "Indian/Reunion")):
        join(office, str(chat), chat, zone)
    plan(office, TEXT, rule=weekly("mardi 12:00"))
    seen = {}
    for hour in range(60):
        tick(office, MONDAY + timedelta(hours=hour))
        for chat in (801, 802, 803):
            if broadcast(office, chat) and chat not in seen:
                seen[chat] = office.now
    tuesday = datetime(2026, 11, 3, tzinfo=UTC)
    assert seen == {chat: tuesday + timedelta(hours=hour) for chat, hour in ((803, 8), (801, 11), (802, 16))}


def test_a_week_ends_on_its_last_day_and_a_stopped_one_at_once(office: Office) -> None:
    join(office, "Anna", 801)
    plan(office, TEXT, rule=weekly("lundi 18:00", date(2026, 11, 9)))
    stopped = plan(office, {"text": "autre"}, rule=weekly("lundi 18:00"))
    pass_time(office, MONDAY + timedelta(days=1))
    assert act(office, "cancel", stopped) >= 1
    pass_time(office, MONDAY + timedelta(days=30), timedelta(hours=6))
    assert broadcast(office, 801) == ["p1:2026-11-02:e1", "p2:2026-11-02:e1", "p1:2026-11-09:e1"]


def test_a_week_the_clock_slept_through_is_left_out(office: Office) -> None:
    join(office, "Anna", 801)
    plan(office, TEXT, rule=weekly("lundi 18:00"))
    tick(office, MONDAY + timedelta(days=3))
    assert broadcast(office, 801) == []
    pass_time(office, MONDAY + timedelta(days=8))
    assert broadcast(office, 801) == ["p1:2026-11-09:e1"]


# --- around an appointment -------------------------------------------------------------------


def test_it_follows_the_appointment_and_never_goes_twice(office: Office) -> None:
    anna = join(office, "Anna", 801)
    book(office, anna, "S1", MONDAY + timedelta(days=4))
    push = plan(office, TEXT, rule=around("J-2 18:00"))
    assert [fate.at for fate in fates(office, push)] == [datetime(2026, 11, 4, 17, tzinfo=UTC)]
    book(office, anna, "S1", MONDAY + timedelta(days=8, hours=1))
    book(office, anna, "S1", MONDAY + timedelta(days=9))
    assert [fate.at for fate in fates(office, push)] == [datetime(2026, 11, 9, 17, tzinfo=UTC)]
    pass_time(office, datetime(2026, 11, 9, 20, tzinfo=UTC))
    assert len(broadcast(office, 801)) == 1
    book(office, anna, "S1", MONDAY + timedelta(days=20))
    pass_time(office, MONDAY + timedelta(days=21), timedelta(hours=3))
    assert len(broadcast(office, 801)) == 1


def test_it_falls_with_the_appointment_and_comes_back_with_it(office: Office) -> None:
    anna = join(office, "Anna", 801)
    book(office, anna, "S1", MONDAY + timedelta(days=6))
    push = plan(office, TEXT, rule=around("S1 - 1j 18:00"))
    office.do(appointments.cancel, anna, "S1", office.now)
    [fate] = fates(office, push)
    assert (fate.state, fate.why) == ("cancelled", "appointment_cancelled")
    pass_time(office, MONDAY + timedelta(days=6))
    assert broadcast(office, 801) == []
    book(office, anna, "S1", MONDAY + timedelta(days=12))
    pass_time(office, MONDAY + timedelta(days=12), timedelta(hours=3))
    assert len(broadcast(office, 801)) == 1


def test_an_appointment_booked_later_is_followed_too_and_another_session_is_not(office: Office) -> None:
    anna = join(office, "Anna", 801)
    push = plan(office, TEXT, rule=around("S2 + 1j 10:00"))
    assert fates(office, push) == []
    book(office, anna, "S1", MONDAY + timedelta(days=2))
    book(office, anna, "S2", MONDAY + timedelta(days=9))
    pass_time(office, MONDAY + timedelta(days=12), timedelta(hours=3))
    assert len(broadcast(office, 801)) == 1


def test_what_comes_before_a_session_is_not_said_after_it(office: Office) -> None:
    anna = join(office, "Anna", 801)
    book(office, anna, "S1", MONDAY + timedelta(days=2))
    push = plan(office, TEXT, rule=around("J-1 18:00"))
    change(office, t.enrolments, anna, state="paused")
    tick(office, MONDAY + timedelta(days=1, hours=10))
    assert states(office, push) == {anna: "held"}
    change(office, t.enrolments, anna, state="active")
    office.db.write_now(lambda conn: conn.execute(t.timers.update().where(t.timers.c.state == "held").values(
        state="pending")))  # fmt: skip
    tick(office, MONDAY + timedelta(days=3))
    [fate] = fates(office, push)
    assert (fate.state, fate.why, broadcast(office, 801)) == ("skipped", "too_late", [])


def test_what_comes_after_a_session_is_not_said_long_after(office: Office) -> None:
    anna = join(office, "Anna", 801)
    book(office, anna, "S1", MONDAY + timedelta(days=1))
    push = plan(office, TEXT, rule=around("J+1 10:00"))
    change(office, t.enrolments, anna, state="paused")
    tick(office, MONDAY + timedelta(days=2, hours=3))
    assert states(office, push) == {anna: "held"}
    change(office, t.enrolments, anna, state="active")
    office.db.write_now(lambda conn: conn.execute(t.timers.update().where(t.timers.c.state == "held").values(
        state="pending")))  # fmt: skip
    tick(office, MONDAY + timedelta(days=9))
    assert [(fate.state, fate.why) for fate in fates(office, push)] == [("skipped", "too_late")]


# --- held back -------------------------------------------------------------------------------


def test_what_has_not_left_waits_and_leaves_once_taken_up_again(office: Office) -> None:
    gone, queued = join(office, "a", 801), join(office, "b", 802)
    far = join(office, "c", 803, zone="America/Martinique")
    push = plan(office, TEXT, at=datetime(2026, 11, 2, 10, 30))
    tick(office, MONDAY + timedelta(hours=1))
    assert len(office.heard(801)) == 1
    assert act(office, "pause", push) == 2 and act(office, "pause", push) == 0
    assert states(office, push) == {gone: "sent", queued: "held", far: "held"}
    tick(office, MONDAY + timedelta(days=1))
    assert office.heard(802) == [] == office.heard(803)
    assert act(office, "resume", push) == 2 and act(office, "resume", push) == 0
    tick(office, MONDAY + timedelta(days=1, hours=6))
    assert [len(office.heard(chat)) for chat in (801, 802, 803)] == [0, 1, 1]
    assert set(states(office, push).values()) == {"sent"}


def test_somebody_who_comes_back_does_not_let_a_paused_push_go(office: Office) -> None:
    anna = office.join("participant", "Anna", 801, office.ines, cohort="automne")
    office.db.write_now(lambda conn: conn.execute(t.runs.delete()))
    push = plan(office, TEXT)
    tick(office)
    act(office, "pause", push)
    office.say(801, "/pause")
    office.press(801, "c:pause:1")
    said = office.say(801, "/reprendre")
    tick(office)
    assert not [one for one in (*said, *office.heard(801)) if "Bonjour" in one.text]
    assert states(office, push) == {anna: "held"}
    act(office, "resume", push)
    assert [one.text for one in office.heard(801)] == ["Bonjour"]


def test_a_capsule_behind_a_question_waits_with_its_push(office: Office) -> None:
    anna = join(office, "Anna", 801)
    push = plan(office, CAPSULE)
    office.run(anna, "legitimite", state="waiting", key="legitime")
    tick(office)
    assert states(office, push) == {anna: "queued"}
    assert act(office, "pause", push) == 1 and states(office, push) == {anna: "held"}
    assert act(office, "resume", push) == 1
    tick(office)
    assert states(office, push) == {anna: "queued"}
    assert act(office, "cancel", push) == 1 and states(office, push) == {anna: "cancelled"}


def test_a_capsule_that_was_opened_and_has_not_left_waits_too(office: Office) -> None:
    anna = join(office, "Anna", 801)
    push = plan(office, CAPSULE)
    tick(office)
    assert states(office, push) == {anna: "ready"}
    assert act(office, "pause", push) == len(office.house.speech.capsule(office.house.library.capsules["burn-out"]))
    assert states(office, push) == {anna: "held"} and office.heard(801) == []
    act(office, "resume", push)
    assert office.heard(801) and states(office, push) == {anna: "sent"}


@pytest.mark.parametrize(("verb", "state"), [("cancel", "cancelled"), ("pause", "held")])
def test_what_telegram_puts_off_meanwhile_does_not_leave_either(office: Office, verb: str, state: str) -> None:
    anna = join(office, "Anna", 801)
    push = plan(office, TEXT)
    tick(office)
    under_way = office.db.write_now(queue.claim, office.vault, 9, 9, office.now)
    act(office, verb, push)
    put_off = [Settled(one, "ready", not_before=office.now) for one in under_way]
    office.db.write_now(queue.settle, office.vault, put_off, office.now)
    assert states(office, push) == {anna: state}
    assert office.db.write_now(queue.claim, office.vault, 9, 9, office.now) == []


def test_two_clocks_that_beat_at_once_send_once(office: Office, database_url: str) -> None:
    chats = range(801, 813)
    for chat in chats:
        person = join(office, str(chat), chat)
        book(office, person, "S1", MONDAY + timedelta(days=1, hours=3))
    before = {chat: len(office.heard(chat)) for chat in chats}
    assert all(before.values())
    plan(office, TEXT)
    plan(office, {"text": "autre"}, rule=weekly("lundi 18:00"))
    plan(office, {"text": "enfin"}, rule=around("J-1 18:00"))
    for hour in range(0, 14, 2):
        office.now = MONDAY + timedelta(hours=hour)
        errors: list[BaseException] = []

        def beat(now: datetime = office.now, errors: list[BaseException] = errors) -> None:
            other = Database.open(database_url)
            try:
                while other.write_now(ticking.tick, office.vault, office.house, now, 3):
                    pass
            except BaseException as error:
                errors.append(error)
            finally:
                other.close()

        clocks = [Thread(target=beat) for _ in range(3)]
        for clock in clocks:
            clock.start()
        for clock in clocks:
            clock.join()
        assert not errors
        tick(office)
    assert all(len(broadcast(office, chat)) == 3 for chat in chats), [broadcast(office, chat) for chat in chats]


def test_a_list_that_somebody_leaves_never_becomes_everybody(office: Office) -> None:
    anna, paul = join(office, "Anna", 801), join(office, "Paul", 802)
    both = plan(office, TEXT, Audience(people=(anna, paul)), rule=weekly("lundi 18:00"))
    alone = plan(office, {"text": "à elle"}, Audience(people=(anna,)), rule=weekly("lundi 18:00"))
    office.db.write_now(erasing.erase, office.vault, anna, "Anna", office.now)
    held = {push: office.db.read_now(pushes.one, office.vault, push, office.now) for push in (both, alone)}
    assert held[alone] is None and held[both] is not None and held[both].to.people == (paul,)
    pass_time(office, MONDAY + timedelta(days=8), timedelta(hours=3))
    assert len(broadcast(office, 802)) == 2, "the two Mondays of the list that Paul is on"


def test_whoever_is_held_or_restricted_is_left_out_with_a_reason(office: Office) -> None:
    held, limited = join(office, "a", 801), join(office, "b", 802)
    change(office, t.enrolments, held, held_at=office.now)
    change(office, t.enrolments, limited, restricted_at=office.now)
    found = office.do(pushes.preview, body=TEXT, to=Audience(), now=office.now)
    assert found.excluded == [(held, "a", "distress"), (limited, "b", "restricted")]
    push = plan(office, TEXT)
    assert {fate.person_id: fate.why for fate in fates(office, push)} == {held: "distress", limited: "restricted"}


def test_all_that_is_done_to_a_push_is_written_down_without_its_words(office: Office) -> None:
    anna = join(office, "Anna", 801)
    push = plan(office, {"text": "MOTS"}, Audience(people=(anna,)), at=datetime(2026, 11, 5, 10))
    for verb in ("pause", "resume", "cancel"):
        act(office, verb, push)
    found = office.db.read_now(audit.newest, 9)
    found = [entry for entry in found if entry.action.startswith("push")]
    assert [entry.action for entry in found] == ["push_cancel", "push_resume", "push_pause", "push"]
    assert all(entry.about["push"] == push for entry in found)
    assert found[-1].about["to"] == {"people": 1} and "MOTS" not in repr(found)
    assert list(office.db.read_now(lambda conn: list(audit.broken(conn)))) == []


# --- how far it is ---------------------------------------------------------------------------


def test_one_message_follows_the_push_and_the_newest_edit_takes_the_place_of_one_that_waits(office: Office) -> None:
    admin = office.join("admin", "Léa", house.ADMIN)
    for chat in range(801, 805):
        join(office, str(chat), chat)
    plan(office, TEXT, watch={"chat_id": house.ADMIN, "message_id": 7, "person": admin})
    tick(office)
    edits = select(t.outbox.c.state).where(t.outbox.c.chat_id == house.ADMIN, t.outbox.c.method == "editMessageText",
                                           t.outbox.c.cause.like("w%")).order_by(t.outbox.c.id)  # fmt: skip
    for chat in range(801, 804):
        office.heard(chat)
        tick(office, office.now + progress.BEAT)
        found = office.db.read_now(lambda conn: list(conn.execute(edits).scalars()))
        assert found.count("ready") == 1, found
    [shown] = office.heard(house.ADMIN)
    assert "▰" in shown.text and "3 sur 4" in shown.text and shown.params["message_id"] == 7
    assert set(shown.buttons) == {"Suspendre", "Arrêter l’envoi", "Où en est-on\u202f?"}
    tick(office, office.now + timedelta(minutes=1))
    assert office.heard(house.ADMIN) == [], "nothing changed, nothing is edited"
    office.heard(804)
    tick(office, office.now + progress.BEAT)
    [last] = office.heard(house.ADMIN)
    assert "4 sur 4" in last.text and "100 %" in last.text.replace("\u202f", " ")
    waits = select(t.timers.c.state).where(t.timers.c.kind == progress.PROGRESS)
    assert office.db.read_now(lambda conn: list(conn.execute(waits).scalars())) == ["fired"]


BARS = [(0, 0, "0 %"), (0, 9, "0 %"), (999, 1000, "99 %"), (3, 3, "100 %")]


@pytest.mark.parametrize(("done", "total", "shown"), BARS)
def test_the_bar_is_full_only_at_the_end(done: int, total: int, shown: str) -> None:
    drawn = progress.bar(done, total)
    assert drawn.endswith(f" {shown}") and (progress.EMPTY in drawn) is (shown != "100 %")


# --- a picture -------------------------------------------------------------------------------


def test_a_picture_is_uploaded_once_and_named_after(office: Office) -> None:
    join(office, "a", 801), join(office, "b", 802)
    photo = {"name": "a.png", "bytes": "aW1hZ2U=", "type": "image/png"}
    push = plan(office, {"text": "Venez", "picture": "photo"}, picture=photo)
    tick(office)
    [first] = office.db.write_now(queue.claim, office.vault, 1, 1, office.now)
    assert (first.method, first.picture) == ("sendPhoto", push)
    assert first.files == {"photo": ("a.png", "aW1hZ2U=", "image/png")}
    assert "photo" not in first.params and first.params["caption"] == "Venez"
    done = [Settled(first, "sent", 5, sent_at=office.now, file_id="FILE")]
    office.db.write_now(queue.settle, office.vault, done, office.now)
    [second] = office.db.write_now(queue.claim, office.vault, 1, 1, office.now)
    assert second.params["photo"] == "FILE" and not second.files and second.picture is None
    held = office.db.read_now(lambda conn: conn.execute(select(t.pushes.c.picture)).scalar())
    assert office.vault.open_json(0, pictures.PLACE, held) == {"file_id": "FILE"}


def test_the_name_that_telegram_gives_it_is_the_largest(office: Office) -> None:
    leaving = Leaving(1, 2, 3, None, "sendPhoto", {}, {}, 3, None, None, None, picture=7)
    photo = {"message_id": 5, "photo": [{"file_id": "petite"}, {"file_id": "grande"}]}
    assert delivery.judged(leaving, Sent(5, photo), office.now).file_id == "grande"
    paper = {"message_id": 5, "document": {"file_id": "papier"}}
    assert delivery.judged(leaving, Sent(5, paper), office.now).file_id == "papier"
    assert delivery.judged(replace(leaving, picture=None), Sent(5, photo), office.now).file_id is None


WORDLESS = [{"text": "", "picture": "photo"}, {"text": "a", "picture": "voice"}, {"picture": "photo"}]


@pytest.mark.parametrize("body", WORDLESS)
def test_a_picture_comes_with_words(office: Office, body: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="texte"):
        plan(office, body)


# --- to whom ---------------------------------------------------------------------------------


def chosen(office: Office, **about: Any) -> list[int]:
    def read(conn: Any) -> list[int]:
        to = Audience(**about)
        audience.check(conn, office.house, to)
        found = [row.person_id for row in audience.rows(conn, office.house, to, office.now)]
        assert audience.count(conn, office.house, to, office.now) == len(found)
        return found

    return office.db.read_now(read)


def test_where_people_stand_in_the_programme(office: Office) -> None:
    new, first, later = (join(office, name, 801 + n) for n, name in enumerate("abc"))
    phases = {s.id: s.phase for s in office.house.library.programmes["bilan"].sessions}
    book(office, first, "S1", MONDAY + timedelta(days=3))
    book(office, later, "S1", MONDAY + timedelta(days=1))
    office.now += timedelta(days=2)
    last = next(session for session in reversed(phases) if phases[session] != phases["S1"])
    book(office, later, last, office.now + timedelta(days=30))
    assert chosen(office, phases=(phases["S1"],)) == [new, first]
    assert chosen(office, phases=(f"bilan/{phases[last]}",)) == [later]
    assert chosen(office, situations=("avant_seance",)) == [first]
    assert chosen(office, situations=("sans_rendez_vous",)) == [new]
    assert chosen(office, phases=(phases["S1"],), situations=("avant_seance",)) == [first]
    assert chosen(office, people=(first, later), situations=("avant_seance", "sans_rendez_vous")) == [first]
    assert chosen(office, formats=("accompagne",)) == [new, first, later] == chosen(office)


def test_whoever_is_silent(office: Office) -> None:
    quiet, heard, asleep = (join(office, name, 801 + n) for n, name in enumerate("abc"))
    office.now += timedelta(days=20)
    change(office, t.enrolments, heard, heard_at=office.now - timedelta(days=13))
    change(office, t.enrolments, asleep, state="paused")
    assert chosen(office, situations=("en_silence",)) == [quiet]


def test_no_audience_is_made_of_what_people_wrote(office: Office) -> None:
    """docs/decisions/0056: neither the gentle pace, nor a hold, nor an answer may be asked for."""
    gentle, plain_one = join(office, "a", 801, gentle=True), join(office, "b", 802)
    for name in audience.SITUATIONS:
        assert (gentle in chosen(office, situations=(name,))) is (plain_one in chosen(office, situations=(name,)))
    for name in ("rythme_doux", "doux", "detresse", "suspendu"):
        with pytest.raises(Unknown):
            chosen(office, situations=(name,))


@pytest.mark.parametrize(("kind", "about"), [
    ("cohort", {"cohorts": ("hiver",)}), ("phase", {"phases": ("nulle",)}), ("format", {"formats": ("x",)}),
    ("situation", {"situations": ("y",)}), ("person", {"people": (999,)}), ("many", {"people": tuple(range(501))}),
])  # fmt: skip
def test_a_criterion_that_names_nothing_is_told(office: Office, kind: str, about: Any) -> None:
    with pytest.raises(Unknown) as raised:
        chosen(office, **about)
    assert raised.value.kind == kind


def test_people_are_named_by_first_name_or_number(office: Office) -> None:
    anna, zoe, twin, noor = (join(office, name, 801 + n) for n, name in enumerate(["Anna", "Zoé", "anna", "نور"]))

    def named(*words: str) -> tuple[int, ...]:
        return office.db.read_now(audience.named, office.vault, words, office.now)

    assert named("zoe", str(anna), str(zoe)) == (anna, zoe) and named("نور") == (noor,)
    with pytest.raises(Unknown) as several:
        named("Anna")
    assert (several.value.kind, several.value.known) == ("several", (str(anna), str(twin)))
    for nobody in ("Zo", "9" * 20, "0", str(office.ines)):
        with pytest.raises(Unknown, match="person"):
            named(nobody)


def test_a_cohort_may_be_empty(office: Office) -> None:
    office.db.write_now(lambda conn: conn.execute(insert(t.cohorts).values(name="été", created_at=office.now)))
    join(office, "a", 801)
    assert office.db.read_now(audience.cohorts) == [("automne", 1), ("été", 0)]
    assert chosen(office, cohorts=("été",)) == []


def test_a_push_is_told_by_the_page_of_a_state(office: Office) -> None:
    ids = [join(office, str(chat), chat) for chat in range(801, 812)]
    push = plan(office, TEXT)
    change(office, t.enrolments, ids[0], state="stopped")
    tick(office)
    page = office.db.read_now(lambda conn: outcome.outcome(conn, push, state="ready", limit=4, offset=8))
    assert [fate.person_id for fate in page] == ids[9:11]
    assert office.db.read_now(outcome.tally, push) == {"ready": 10, "cancelled": 1}


def test_a_push_is_counted_as_it_is_told_whatever_became_of_its_messages(office: Office) -> None:
    """Two weeks of eight people; another push's messages, though its number begins alike, count for themselves."""
    ids = [join(office, str(chat), chat) for chat in range(801, 809)]
    push = plan(office, TEXT, rule=Weekly(0, time(18)))
    others = [plan(office, {"text": f"Autre {n}"}) for n in range(push + 1, push * 10 + 2)]
    change(office, t.enrolments, ids[0], state="stopped")
    pass_time(office, MONDAY + timedelta(days=8), timedelta(hours=6))
    became = ("sent", "sent", "sending", "doubtful", "refused", "held", "dropped")
    for person, state in zip(ids[1:], became, strict=True):
        o = t.outbox
        left = o.update().where(o.c.owner_id == person, o.c.cause.like(f"p{push}:%")).values(state=state)
        office.db.write_now(lambda conn, left=left: conn.execute(left))
    told = {"sent": 4, "ready": 2, "doubtful": 2, "refused": 2, "held": 2, "cancelled": 2, "skipped": 2}
    assert office.db.read_now(outcome.tally, push) == Counter(fate.state for fate in fates(office, push)) == told
    for other in others:
        assert office.db.read_now(outcome.tally, other) == Counter(fate.state for fate in fates(office, other))
