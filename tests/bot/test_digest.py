"""The coach's digest: each change told once, on her own day, whatever the clocks and the restarts do."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from bot import duties
from bot.conversation import ticking
from bot.desk import digest, invitations
from bot.desk.digest import TOLD
from bot.desk.roll import named
from bot.store import tables as t
from bot.store.case import Timer
from bot.store.database import Database
from bot.store.due import put
from bot.store.vault import Vault
from bot.telegram.length import plain, units
from tests.bot.desk_office import Office

COACH, OTHER = 701, 702
ZONES = ("Europe/Paris", "Pacific/Kiritimati", "Pacific/Honolulu", "America/Martinique", "Australia/Lord_Howe")
NAMES = ["🦋", "👩‍🚀 Zoé", "نور", "<b>Léo</b>", "**Léo** [x](http://y)", "{name}", "A & B", "x" * 64]


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    made = Office(database, vault, now)
    made.house = replace(made.house, due=duties.DUE)
    return made


def event(office: Office, person: int, kind: str, **about: Any) -> None:
    def put(conn: Any) -> None:
        row = {"enrolment_id": office.enrolment(conn, person), "at": office.now, "kind": kind, "about": about}
        conn.execute(insert(t.events).values(**row))

    office.db.write_now(put)


def tick(office: Office) -> None:
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass


def pass_to(office: Office, end: datetime) -> None:
    """Time goes on a timer at a time, as it would."""
    due = select(t.timers.c.due_at).where(t.timers.c.state == "pending").order_by(t.timers.c.due_at).limit(1)
    while (at := office.db.read_now(lambda conn: conn.execute(due).scalar())) is not None and at <= end:
        office.now = max(office.now, at)
        tick(office)
    office.now = end


def shown(office: Office, coach: int) -> str:
    """Non-breaking spaces are the typographer's business."""
    return str(office.do(digest.now, coach, office.now)).replace("\xa0", " ").replace("\u202f", " ")


def rows(office: Office, table: Any, *where: Any) -> list[Any]:
    return list(office.db.read_now(lambda conn: conn.execute(select(table).where(*where)).all()))


def quieted(office: Office) -> None:
    """What joining set in motion is none of the digest's business, nor told by it."""

    def clear(conn: Any) -> None:
        conn.execute(update(t.timers).where(t.timers.c.kind != "digest").values(state="cancelled"))
        conn.execute(t.events.delete())

    office.db.write_now(clear)


# --- when ------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day, hour", [(0, 8), (6, 0), (3, 23)])
def test_it_comes_on_her_day_at_her_hour_where_she_lives(now: datetime, zone: str, day: int, hour: int) -> None:
    at = now
    for _ in range(60):  # over a year: every change of the clock
        following = digest.next_at({"day": day, "hour": hour}, zone, at)
        local = following.astimezone(ZoneInfo(zone))
        assert at < following <= at + timedelta(days=7, hours=1)
        assert local.weekday() == day and local.hour == hour
        at = following


def test_an_hour_that_does_not_exist_moves_forward() -> None:
    at = digest.next_at({"day": 6, "hour": 2}, "Europe/Paris", datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert at == datetime(2026, 3, 29, 1, tzinfo=UTC)


@pytest.mark.parametrize("day, hour", [(-1, 8), (7, 8), (0, -1), (0, 24)])
def test_a_day_that_is_none_is_refused(office: Office, day: int, hour: int) -> None:
    coach = office.join("coach", "Inès", COACH)
    with pytest.raises(ValueError, match="Jour de 0"):
        office.db.write_now(digest.set_day, coach, day, hour, office.now)


def test_a_new_day_leaves_one_timer_ahead(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    office.db.write_now(digest.schedule, coach, office.now)
    at = office.db.write_now(digest.set_day, coach, 4, 17, office.now)
    pending = rows(office, t.timers, t.timers.c.kind == "digest", t.timers.c.state == "pending")
    assert [timer.due_at for timer in pending] == [at]
    assert at.astimezone(ZoneInfo("Europe/Paris")).strftime("%w %H:%M") == "5 17:00"


@pytest.mark.parametrize("late", [0, 1])
@pytest.mark.parametrize("day, hour", [(0, 18), (0, 8), (3, 8)])
def test_a_change_on_the_very_hour_tells_once_and_loses_nothing(office: Office, late: int, day: int, hour: int) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", 801, coach)
    quieted(office)
    due = office.db.write_now(digest.schedule, coach, office.now)
    reply = office.reply(anna, "a", "…")
    office.heard(COACH)
    office.now = due + timedelta(minutes=late)
    office.db.write_now(digest.set_day, coach, day, hour, office.now)
    pass_to(office, due + timedelta(days=8))
    [made] = rows(office, t.digests)
    assert [row.digest_id for row in rows(office, t.replies, t.replies.c.id == reply)] == [made.id]
    assert len(office.heard(COACH)) == 1


def test_scheduling_again_leaves_an_overdue_one_to_fire(office: Office) -> None:
    """A restart after a night's outage: the digest of this morning still leaves."""
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", 801, coach)
    due = office.db.write_now(digest.schedule, coach, office.now)
    office.reply(anna, "a", "…")
    office.now = due + timedelta(hours=5)
    office.db.write_now(digest.schedule, coach, office.now)
    tick(office)
    made = rows(office, t.digests)
    assert [row.period for row in made] == [due.astimezone(ZoneInfo("Europe/Paris")).date().isoformat()]


def many_due(office: Office) -> list[int]:
    """Three coaches with news whose digests are due, before what is due of each participant's."""
    coaches = [office.join("coach", f"C{n}", 710 + n) for n in range(3)]
    people = [office.join("participant", f"P{n}", 810 + n, coach) for n, coach in enumerate(coaches)]
    quieted(office)
    due = [office.db.write_now(digest.schedule, coach, office.now) for coach in coaches]
    for person in people:
        office.reply(person, "a", "…")
    office.now = due[0] + timedelta(minutes=1)

    def replan(conn: Any) -> None:
        ids = [office.enrolment(conn, person) for person in people]
        put(conn, [Timer(f"e{id}", "replan", "", office.now, {}, enrolment_id=id) for id in ids])

    office.db.write_now(replan)
    for chat in (710, 711, 712):
        office.heard(chat)
    return coaches


def test_a_transaction_makes_one_digest_and_holds_nobody_else_up(office: Office) -> None:
    many_due(office)
    for made in (1, 2, 3):
        assert office.db.write_now(ticking.tick, office.vault, office.house, office.now)
        assert len(rows(office, t.digests)) == made
        fired = rows(office, t.timers, t.timers.c.kind == "replan", t.timers.c.state == "fired")
        assert len(fired) == 3


def test_two_processes_make_each_digest_once(office: Office, database_url: str) -> None:
    coaches = many_due(office)
    other = Database.open(database_url)
    while sum(db.write_now(ticking.tick, office.vault, office.house, office.now) for db in (office.db, other)):
        pass
    other.close()
    assert sorted(row.coach_id for row in rows(office, t.digests)) == coaches
    assert [len(office.heard(710 + n)) for n in range(3)] == [1, 1, 1]


# --- what ------------------------------------------------------------------------------------


def test_counts_and_names_and_not_a_word_of_theirs(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", 801, coach)
    paul = office.join("participant", "Paul", 802, coach)
    quieted(office)
    office.reply(anna, "a", "SECRET un", question="SECRET question")
    office.reply(anna, "b", "SECRET deux")
    office.reply(anna, "c", "SECRET trois", how="in_session")
    office.reply(paul, "d", "SECRET quatre", how="to_check")
    office.reply(paul, "e", "SECRET cinq", private=True)
    office.reply(paul, "f", "SECRET six", review="lu")
    event(office, paul, "paused")
    event(office, paul, "distress")
    text = plain(shown(office, coach))
    assert "SECRET" not in text
    lines = [line for line in text.splitlines() if ":" in line]
    assert lines[0] == "À voir d’abord : Paul"
    for line in ("À lire : Anna (2)", "À voir en séance : Anna (1)", "À vérifier avec la personne : Paul (1)",
                 "Déjà vu avec vous : Paul (1)", "A demandé une pause : Paul"):  # fmt: skip
        assert any(line == found for found in lines), (line, lines)


def test_an_answer_said_anew_before_the_digest_counts_once(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", 801, coach)
    run = office.run(anna, "parcours")
    office.reply(anna, "poste", "a", run=run)
    office.reply(anna, "poste", "b", run=run, version=2)
    assert "Anna (1)" in shown(office, coach)


def test_an_energy_is_neither_shown_nor_scored(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", 801, coach)
    before = shown(office, coach)
    office.reply(anna, "energie", 2)
    low = shown(office, coach)
    office.db.write_now(lambda conn: conn.execute(t.replies.delete()))
    office.reply(anna, "energie", 9)
    assert low == shown(office, coach) != before
    assert "2/10" not in low


def test_who_is_silent_and_who_comes_next(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", 801, coach)
    paul = office.join("participant", "Paul", 802, coach)
    event(office, anna, "dormant")
    enrolments = {person: office.db.read_now(office.enrolment, person) for person in (anna, paul)}

    def put(conn: Any) -> None:
        where = t.enrolments.c.id == enrolments[anna]
        conn.execute(update(t.enrolments).where(where).values(heard_at=office.now - timedelta(days=8)))
        for n, (person, days) in enumerate([(paul, 3), (anna, 2)]):
            row = {"id": 900 + n, "enrolment_id": enrolments[person], "session": "S1", "zone": "Europe/Paris",
                   "at": office.now + timedelta(days=days), "revision": 1, "state": "planned"}  # fmt: skip
            conn.execute(insert(t.appointments).values(**row))

    office.db.write_now(put)
    text = plain(shown(office, coach))
    assert "une question ouverte : Anna\n" in text
    assert "Prochains rendez-vous : Anna (mercredi 4 novembre à 10 h), Paul (jeudi 5 novembre à 10 h)" in text


def test_another_coach_sees_nothing_of_it(office: Office) -> None:
    coach, other = office.join("coach", "Inès", COACH), office.join("coach", "Marc", OTHER)
    anna = office.join("participant", "Anna", 801, coach)
    office.reply(anna, "a", "…")
    assert "Anna" in shown(office, coach)
    assert "Anna" not in shown(office, other) and "Rien de nouveau" in shown(office, other)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_a_name(office: Office, name: str) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", name, 801, coach)
    office.reply(anna, "a", "…")
    text = shown(office, coach)
    assert named(invitations.cleaned(name)) in plain(text)
    assert "<b>Léo" not in text and "http" not in text.replace("[x](http://y)", "")


def test_a_name_from_right_to_left_turns_nothing_around_it() -> None:
    assert named("نور") == "\u2068نور\u2069"
    assert named("\u202eAna\u202c\nBob") == "Ana Bob"
    assert len(named("é" * 200)) == 40


def test_fifty_participants_fit_on_a_page(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    for n in range(50):
        person = office.invite("participant", f"Bénédicte-Éléonore 👩‍🚀 {n:02}", coach).id
        for k in range(3):
            office.reply(person, f"k{k}", "…")
        office.reply(person, "s", None, how="in_session")
        for kind in TOLD:
            event(office, person, kind)
    text = shown(office, coach)
    assert 500 < units(plain(text)) <= 3500
    assert "autres" in text and text.count("<b>") == text.count("</b>")


# --- once and only once ----------------------------------------------------------------------


def test_two_clocks_send_one(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", 801, coach)
    quieted(office)
    office.heard(COACH)
    office.reply(anna, "a", "…")
    assert office.do(digest.send, coach, "2026-11-02", office.now) is None
    office.reply(anna, "b", "…")
    assert office.do(digest.send, coach, "2026-11-02", office.now) == "already_sent"
    assert office.do(digest.send, coach, "2026-11-09", office.now) is None
    assert office.do(digest.send, coach, "2026-11-16", office.now) == "nothing_new"
    assert len(office.heard(COACH)) == 2 and len(rows(office, t.digests)) == 2


def test_a_transaction_undone_tells_nothing_and_loses_nothing(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", 801, coach)
    office.reply(anna, "a", "…")

    def cut(conn: Any, *args: Any) -> None:
        digest.send(conn, *args)
        raise RuntimeError("power")

    office.heard(COACH)
    with pytest.raises(RuntimeError):
        office.do(cut, coach, "2026-11-02", office.now)
    assert rows(office, t.digests) == [] and office.heard(COACH) == []
    assert "Anna (1)" in shown(office, coach)


def test_a_coach_who_cannot_be_reached_loses_nothing(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", 801, coach)
    office.reply(anna, "a", "…")
    reachable = update(t.people).where(t.people.c.id == coach)
    office.db.write_now(lambda conn: conn.execute(reachable.values(reachable=False)))
    assert office.do(digest.send, coach, "2026-11-02", office.now) == "unreachable"
    office.db.write_now(lambda conn: conn.execute(reachable.values(reachable=True)))
    assert office.do(digest.send, coach, "2026-11-09", office.now) is None


def test_what_is_kept_of_a_digest_names_nobody(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", 801, coach)
    quieted(office)
    office.reply(anna, "a", "…")
    office.do(digest.send, coach, "2026-11-02", office.now)
    [row] = rows(office, t.digests)
    enrolment = office.db.read_now(office.enrolment, anna)
    assert office.vault.open_json(coach, "digests.body", row.body) == {
        "answers": {"to_read": {str(enrolment): 1}}, "events": {},
    }  # fmt: skip


Op = tuple[str, Any]
OPS = st.lists(
    st.one_of(
        st.tuples(st.just("reply"), st.tuples(st.integers(0, 1), st.sampled_from(
            ["said", "skipped", "in_session", "to_check", "misread", "journal"]), st.booleans())),
        st.tuples(st.just("event"), st.tuples(st.integers(0, 1), st.sampled_from([*TOLD, "module_done", "queued"]))),
        st.tuples(st.just("wait"), st.integers(1, 400)),
        st.tuples(st.just("outage"), st.integers(1, 900)),
        st.tuples(st.just("restart"), st.none()),
        st.tuples(st.just("day"), st.tuples(st.integers(0, 6), st.integers(0, 23))),
        st.tuples(st.just("zone"), st.sampled_from(ZONES)),
        st.tuples(st.just("reach"), st.booleans()),
    ),
    max_size=14,
)  # fmt: skip
_chats = count(10_000)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(zone=st.sampled_from(ZONES), ops=OPS)
def test_every_change_is_in_exactly_one_digest(office: Office, zone: str, ops: list[Op]) -> None:
    """Whatever the weeks, the zones, the outages and the changes of mind."""
    office.now = datetime(2026, 10, 19, 9, tzinfo=UTC)
    chat = next(_chats)
    coach = office.join("coach", f"Inès {chat}", chat, zone=zone)
    mine = [office.join("participant", f"P{n}", next(_chats), coach) for n in range(2)]
    quieted(office)
    office.db.write_now(digest.schedule, coach, office.now)
    told: Counter[str] = Counter()
    for n, (what, with_) in enumerate(ops):
        _happen(office, coach, mine, n, what, with_, told)
    office.db.write_now(lambda conn: conn.execute(update(t.people).values(reachable=True)))
    pass_to(office, office.now + timedelta(days=15))
    _check(office, coach, mine, chat, told)


def _happen(office: Office, coach: int, mine: list[int], n: int, what: str, with_: Any, told: Counter[str]) -> None:
    office.now += timedelta(minutes=1)
    person = update(t.people).where(t.people.c.id == coach)
    match what:
        case "reply":
            office.reply(mine[with_[0]], f"k{n}", "…", how=with_[1], private=with_[2])
            told["answers"] += not with_[2]
        case "event":
            event(office, mine[with_[0]], with_[1])
            told["events"] += with_[1] in TOLD
        case "wait":
            pass_to(office, office.now + timedelta(hours=with_))
        case "outage":
            office.now += timedelta(hours=with_)
            tick(office)
        case "restart":
            office.db.write_now(digest.schedule, coach, office.now)
        case "day":
            office.db.write_now(digest.set_day, coach, *with_, office.now)
        case "zone":
            office.db.write_now(lambda conn: conn.execute(person.values(zone=with_)))
            office.db.write_now(digest.schedule, coach, office.now)
        case "reach":
            office.db.write_now(lambda conn: conn.execute(person.values(reachable=with_)))


def _check(office: Office, coach: int, mine: list[int], chat: int, told: Counter[str]) -> None:
    made = {row.id: row for row in rows(office, t.digests, t.digests.c.coach_id == coach)}
    enrolments = [office.db.read_now(office.enrolment, person) for person in mine]
    replies = rows(office, t.replies, t.replies.c.enrolment_id.in_(enrolments))
    happened = rows(office, t.events, t.events.c.enrolment_id.in_(enrolments))
    assert {row.digest_id is None for row in replies if row.private} <= {True}
    assert all(row.digest_id in made for row in replies if not row.private)
    assert all((row.digest_id in made) == (row.kind in TOLD) for row in happened)
    office.db.read_now(office.vault.ready, [coach], office.now)
    bodies = [office.vault.open_json(coach, "digests.body", row.body) for row in made.values()]
    counted = {group: sum(n for body in bodies for line in body[group].values() for n in line.values())
               for group in ("answers", "events")}  # fmt: skip
    assert counted == {group: told[group] for group in ("answers", "events")}
    assert all(sum(map(len, body["answers"].values())) + sum(map(len, body["events"].values())) for body in bodies)
    said = [sent for sent in office.heard(chat) if "Votre synthèse" in sent.text]
    assert len(said) == len(made)
    ahead = rows(office, t.timers, t.timers.c.owner == f"c{coach}", t.timers.c.state == "pending")
    assert len(ahead) == 1 and ahead[0].due_at > office.now
