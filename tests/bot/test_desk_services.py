"""Invitations, appointments and the review of answers, as the chat and the terminal program call them."""

import ast
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.desk import PHRASE, DeskError, appointments, invitations, people, review
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import LIBRARY, Office

COACH, OTHER, ANNA = 701, 702, 801
HOUSE = Path(__file__).parents[2] / "bot"
HOSTILE = ["🦋", "👩‍🚀 Zoé", "نور", "<b>Léo</b>", "**Léo** [x](http://y)", "{name}", "Ana\u202e\nBob", "x" * 64]


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    return Office(database, vault, now)


def refusal(office: Office, service: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(DeskError) as error:
        office.do(service, *args, **kwargs)
    assert "\n" not in LIBRARY.phrases.say(error.value.phrase).strip()
    return error.value.reason


def timers(office: Office, kind: str, state: str = "pending") -> list[Any]:
    w = t.timers
    query = select(w).where(w.c.kind == kind, w.c.state == state).order_by(w.c.due_at)
    return list(office.db.read_now(lambda conn: conn.execute(query).all()))


# --- invitations -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_a_person_comes_in_under_the_name_they_were_given(office: Office, name: str) -> None:
    coach = office.join("coach", "Inès", COACH)
    made = office.invite("participant", name, coach)
    assert len(made.code) == 22 and made.expires_at == office.now + timedelta(days=14)
    said = office.say(ANNA, f"/start {made.code}")
    assert said[0].method == "sendMessage"
    found = office.do(lambda conn, vault, house: people.one(conn, vault, made.id, office.now))
    assert found.person.chat_id == ANNA and found.person.name == invitations.cleaned(name)
    assert "\n" not in found.person.name and "\u202e" not in found.person.name


def test_a_code_is_kept_only_as_its_sum(office: Office) -> None:
    made = office.invite("coach", "Inès")
    rows = office.db.read_now(lambda conn: conn.execute(select(t.invitations)).all())
    assert [bytes(row.code_hash) for row in rows] == [hashlib.sha256(made.code.encode()).digest()]
    assert invitations.link("marge_bot", made.code) == f"https://t.me/marge_bot?start={made.code}"


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"role": "chat"}, "unknown_role"),
        ({"name": " \u200b\n"}, "bad_name"),
        ({"name": "\u202e"}, "bad_name"),
        ({"name": "\u200d"}, "bad_name"),
        ({"name": "a" * 200}, "bad_name"),
        ({"zone": "Europe/Nantes"}, "unknown_zone"),
        ({"zone": "../../etc/passwd"}, "unknown_zone"),
        ({"programme": "danse"}, "unknown_programme"),
        ({"coach_id": 999}, "unknown_coach"),
    ],
)
def test_what_cannot_be_invited_leaves_nothing(office: Office, about: dict[str, Any], reason: str) -> None:
    asked = {"role": "participant", "name": "Anna", "zone": "Europe/Paris", "now": office.now, **about}
    assert refusal(office, invitations.invite, **asked) == reason
    assert office.db.read_now(lambda conn: conn.execute(select(t.people)).all()) == []


def test_a_participant_is_nobodys_coach(office: Office) -> None:
    anna = office.invite("participant", "Anna").id
    asked = {"role": "participant", "name": "Paul", "zone": "Europe/Paris", "now": office.now, "coach_id": anna}
    assert refusal(office, invitations.invite, **asked) == "unknown_coach"


def test_the_same_name_twice_for_one_coach_is_refused_and_not_for_two(office: Office) -> None:
    ines, paul = office.invite("coach", "Inès").id, office.invite("coach", "Paul").id
    office.invite("participant", "Chloé", ines)
    asked = {"role": "participant", "zone": "Europe/Paris", "now": office.now}
    assert refusal(office, invitations.invite, name=" CHLOE\u0301 ", coach_id=ines, **asked) == "duplicate"
    assert office.do(invitations.invite, name="Chloé", coach_id=paul, **asked).id


def test_a_new_link_voids_the_older_ones_and_moves_the_account(office: Office) -> None:
    first = office.invite("participant", "Anna")
    second = office.db.write_now(invitations.reinvite, first.id, office.now)
    assert second.code != first.code
    assert "n’ouvre rien" in office.say(ANNA, f"/start {first.code}")[0].text
    assert "Anna" in office.say(ANNA, f"/start {second.code}")[0].text
    third = office.db.write_now(invitations.reinvite, first.id, office.now)
    assert "relié à ce compte" in office.say(ANNA + 1, f"/start {third.code}")[0].text
    assert "autre compte" in office.heard(ANNA)[0].text


def test_a_link_opens_for_fourteen_days(office: Office) -> None:
    made = office.invite("participant", "Anna")
    office.now = made.expires_at
    assert "n’ouvre rien" in office.say(ANNA, f"/start {made.code}")[0].text


def test_no_new_link_for_somebody_unknown(office: Office) -> None:
    with pytest.raises(DeskError, match="unknown_person"):
        office.db.write_now(invitations.reinvite, 12345, office.now)


# --- appointments ----------------------------------------------------------------------------


def test_booking_plans_what_hangs_on_it_and_tells_the_participant(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", ANNA, coach)
    local = datetime(2026, 12, 3, 14, 30)
    made = office.do(appointments.put, anna, "S1", local, "Europe/Paris", office.now)
    assert made.at == datetime(2026, 12, 3, 13, 30, tzinfo=UTC) and (made.revision, made.state) == (1, "planned")
    assert "jeudi 3 décembre à 14 h 30" in office.heard(ANNA)[0].text
    assert {row.about["session"] for row in timers(office, "envoi")} == {"S1"}
    assert [row.due_at for row in timers(office, "brief")] == [datetime(2026, 12, 2, 16, 0, tzinfo=UTC)]


def test_moving_plans_anew_and_cancelling_takes_all_away(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", ANNA, coach)
    at = office.now + timedelta(days=20)
    office.do(appointments.put, anna, "S1", at, None, office.now)
    moved = office.do(appointments.put, anna, "S1", at + timedelta(days=1), None, office.now)
    assert moved.revision == 2
    assert {row.about["revision"] for row in timers(office, "envoi")} == {2}
    assert [row.about["revision"] for row in timers(office, "brief")] == [2]
    gone = office.do(appointments.cancel, anna, "S1", office.now)
    assert gone.state == "cancelled" and not timers(office, "envoi") and not timers(office, "brief")
    assert "annulé" in office.heard(ANNA)[-1].text


def test_an_hour_is_the_participants_when_no_zone_is_told(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.invite("coach", "Inès").id, zone="America/Martinique")
    made = office.do(appointments.put, anna, "S1", datetime(2026, 12, 3, 9, 0), None, office.now)
    assert made.at == datetime(2026, 12, 3, 13, 0, tzinfo=UTC) and made.zone == "America/Martinique"


@pytest.mark.parametrize(
    ("session", "local", "zone", "reason"),
    [
        ("S99", datetime(2026, 12, 3, 9), None, "unknown_session"),
        ("S1", datetime(2026, 12, 3, 9), "Europe/Nantes", "unknown_zone"),
        ("S1", datetime(2099, 1, 1), None, "far_date"),
        ("S1", datetime.max, "America/Martinique", "far_date"),
        ("S1", datetime.min, "Asia/Tokyo", "far_date"),
    ],
)
def test_what_cannot_be_booked(office: Office, session: str, local: datetime, zone: str | None, reason: str) -> None:
    anna = office.join("participant", "Anna", ANNA)
    assert refusal(office, appointments.put, anna, session, local, zone, office.now) == reason
    assert office.db.read_now(appointments.list_, anna) == []


def test_only_a_participant_has_appointments(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    assert refusal(office, appointments.put, coach, "S1", office.now, None, office.now) == "unknown_person"
    assert refusal(office, appointments.cancel, 4242, "S1", office.now) == "unknown_person"


def test_what_became_of_a_session(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA)
    assert refusal(office, appointments.mark, anna, "S1", "done", office.now) == "no_appointment"
    office.do(appointments.put, anna, "S2", office.now + timedelta(days=9), None, office.now)
    office.do(appointments.put, anna, "S1", office.now + timedelta(days=2), None, office.now)
    assert [a.session for a in office.db.read_now(appointments.list_, anna)] == ["S1", "S2"]
    assert refusal(office, appointments.mark, anna, "S1", "perdu", office.now) == "unknown_state"
    assert office.do(appointments.mark, anna, "S1", "no_show", office.now).state == "no_show"
    office.do(appointments.cancel, anna, "S2", office.now)
    assert refusal(office, appointments.mark, anna, "S2", "done", office.now) == "no_appointment"
    again = office.do(appointments.put, anna, "S2", office.now + timedelta(days=12), None, office.now)
    assert (again.state, again.revision) == ("planned", 3)


# --- review ----------------------------------------------------------------------------------


def read(office: Office, person: int, for_coach: bool = True) -> list[review.Read]:
    found: list[review.Read] = office.do(review.replies, person, office.now, for_coach=for_coach)
    return found


def test_the_newest_version_stands_and_is_to_be_read_again(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA)
    run = office.run(anna, "sens-du-travail", session="S2")
    first = office.reply(anna, "sens", "Avant", run=run, session="S2")
    assert office.db.write_now(review.mark, [first], "lu", 1, office.now) == 1
    second = office.reply(anna, "sens", "Après <i>", run=run, session="S2", version=2, late=True)
    (found,) = read(office, anna)
    assert (found.id, found.value, found.state) == (second, "Après <i>", "a_lire")
    assert found.modified and found.late
    assert found.flow == "sens-du-travail" and found.session == "S2" and found.question == "Et vous ?"
    assert office.reviews(anna) == {first: "lu", second: "a_lire"}


def test_the_journal_and_what_was_misread_stand_beside_the_answers(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA)
    run = office.run(anna, "sens-du-travail")
    office.reply(anna, "sens", "bof", run=run, how="misread")
    office.reply(anna, "sens", "Vraiment", run=run)
    office.reply(anna, "journal", "Un mot", how="journal", question="")
    office.reply(anna, "journal", "Un autre", how="journal", question="")
    assert [(r.how, r.value) for r in read(office, anna)] == [
        ("misread", "bof"), ("said", "Vraiment"), ("journal", "Un mot"), ("journal", "Un autre"),
    ]  # fmt: skip


def test_a_private_answer_is_its_authors_alone(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", ANNA, coach)
    run = office.run(anna, "sens-du-travail")
    office.reply(anna, "sens", "partagé", run=run)
    office.reply(anna, "sens", "gardé pour moi", run=run, version=2, private=True)
    office.reply(anna, "sens", "mal lu et gardé", run=run, how="misread", private=True)
    assert read(office, anna) == []
    assert {r.value for r in read(office, anna, for_coach=False)} == {"gardé pour moi", "mal lu et gardé"}
    served, _ = office.do(lambda conn, vault, house: people.of_coach(conn, vault, coach, office.now, 9))
    assert [s.to_read for s in served] == [0]


def test_what_was_erased_is_nowhere_even_in_an_older_version(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA)
    run = office.run(anna, "sens-du-travail")
    office.reply(anna, "sens", "avant", run=run)
    office.reply(anna, "sens", None, run=run, version=2, how="erased")
    assert read(office, anna, for_coach=False) == []


def test_an_answer_being_written_is_shown_as_such(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", ANNA, coach)
    key, private = long_questions()
    office.run(anna, key[0], state="waiting", key=key[1], draft=[[9, "Je commence", []]])
    (found,) = read(office, anna)
    assert (found.draft, found.state, found.value, found.id) == (True, "en_cours", "Je commence", 0)
    if private:
        office.run(anna, private[0], state="paused", nth=5, key=private[1], draft=[[9, "à moi", []]])
        assert [r.value for r in read(office, anna)] == ["Je commence"]


def long_questions() -> tuple[tuple[str, str], tuple[str, str] | None]:
    """A long question at the top of a shipped flow, and a private one if there is any."""
    tops = [(flow.id, step) for flow in LIBRARY.flows.values() for step in flow.steps]
    long = [(flow, s.id, s.private) for flow, s in tops if getattr(getattr(s, "answer", None), "long", False)]
    shared = next((flow, id) for flow, id, private in long if not private)
    return shared, next(((flow, id) for flow, id, private in long if private), None)


def test_review_goes_on_and_never_back(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA)
    reply = office.reply(anna, "journal", "Un mot", how="journal")
    for state, changed in (("a_aborder", 1), ("lu", 0), ("traite", 1), ("a_aborder", 0)):
        assert office.db.write_now(review.mark, [reply], state, 1, office.now) == changed
    row = office.db.read_now(lambda conn: conn.execute(select(t.replies).where(t.replies.c.id == reply)).one())
    assert (row.review, row.reviewed_by, row.reviewed_at) == ("traite", 1, office.now)
    for state in ("a_lire", "en_cours", "x"):
        with pytest.raises(DeskError):
            office.db.write_now(review.mark, [reply], state, 1, office.now)


def test_what_awaits_is_counted_as_it_is_listed(office: Office) -> None:
    coach = office.join("coach", "Inès", COACH)
    anna = office.join("participant", "Anna", ANNA, coach)
    run = office.run(anna, "sens-du-travail")
    office.reply(anna, "a", "1", run=run)
    office.reply(anna, "a", "2", run=run, version=2)
    office.reply(anna, "b", None, run=run, how="skipped")
    office.reply(anna, "c", None, run=run, how="in_session")
    office.reply(anna, "d", "lu", run=run, review="lu")
    office.reply(anna, "journal", "j", how="journal")
    served = office.do(lambda conn, vault, house: people.one(conn, vault, anna, office.now))
    assert served.to_read == sum(review.awaits(r) for r in read(office, anna)) == 3


def test_participants_are_listed_by_their_next_appointment(office: Office) -> None:
    coach, other = office.invite("coach", "Inès").id, office.invite("coach", "Paul").id
    ids = {name: office.invite("participant", name, coach).id for name in ("Zoé", "anna", "Bob")}
    office.invite("participant", "Ailleurs", other)
    office.do(appointments.put, ids["Zoé"], "S1", office.now + timedelta(days=3), None, office.now)
    served, _ = office.do(lambda conn, vault, house: people.of_coach(conn, vault, coach, office.now, 9))
    assert [s.person.name for s in served] == ["Zoé", "anna", "Bob"]
    assert served[0].ahead is not None and served[0].ahead.session == "S1"


def test_a_page_of_participants_goes_on_where_the_one_before_ended(office: Office) -> None:
    coach, other = office.invite("coach", "Inès").id, office.invite("coach", "Paul").id
    ids = [office.invite("participant", f"P{n}", coach).id for n in range(5)]
    office.invite("participant", "Ailleurs", other)
    for days, person in enumerate((ids[4], ids[2]), 1):
        office.do(appointments.put, person, "S1", office.now + timedelta(days=days), None, office.now)

    def page(offset: int) -> tuple[list[int], int]:
        mine, total = office.do(lambda conn, vault, house: people.of_coach(conn, vault, coach, office.now, 2, offset))
        return [served.person.id for served in mine], total

    assert [page(n) for n in (0, 2, 4, 6)] == [([ids[4], ids[2]], 5), ([ids[0], ids[1]], 5), ([ids[3]], 5), ([], 5)]


# --- refusals ------------------------------------------------------------------------------------


def reasons() -> Iterator[str]:
    """Every reason that the source names: of a DeskError, or of a class that is one."""
    for path in HOUSE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        kinds = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        within = [each for each in kinds if "DeskError" in map(ast.unparse, each.bases)]
        calls = [
            call for call in ast.walk(tree) if isinstance(call, ast.Call) and ast.unparse(call.func) == "DeskError"
        ]
        calls += [call for each in within for call in ast.walk(each) if isinstance(call, ast.Call)]
        for call in calls:
            yield from (leaf.value for given in call.args for leaf in _last(given))


def _last(given: ast.expr) -> Iterator[Any]:
    """What an argument may be in the end: either side of a choice."""
    match given:
        case ast.IfExp():
            yield from (*_last(given.body), *_last(given.orelse))
        case ast.Constant(value=str()):
            yield given


def test_every_refusal_has_its_words_and_every_such_phrase_serves() -> None:
    said = {key.removeprefix(PHRASE) for key in LIBRARY.phrases.texts if key.startswith(PHRASE)}
    assert set(reasons()) == said and len(said) > 50
