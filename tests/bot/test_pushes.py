"""Pushes: who gets one and who does not, once each, stopped mid-way, told afterwards; and the admin's own chat."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

from bot import duties
from bot.admin import outcome, pushes
from bot.admin.audience import Audience
from bot.admin.outcome import Fate
from bot.admin.pushes import Preview
from bot.conversation import ticking
from bot.store import audit
from bot.store import tables as t
from bot.store.database import Database
from bot.store.outbox import claim
from bot.store.vault import Vault
from bot.telegram.length import plain
from bot.telegram.render import isolated
from tests.bot.desk_office import LIBRARY, Office, Sent

COACH, ADMIN = 701, 601
FOLLOW = "Où en est-on\u202f?"
TEXT = {"text": "Bonjour <b>à tous</b> & *toutes*"}
CAPSULE = {"flow": "capsule:burn-out"}
ODD = "👩‍🚀 <b>نور</b> {name}"


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    made = Office(database, vault, now)
    made.house = replace(made.house, due=duties.DUE)
    return made


@pytest.fixture
def coach(office: Office) -> int:
    return office.join("coach", "Inès", COACH)


def join(office: Office, coach: int, name: str, chat: int, cohort: str = "automne", **about: Any) -> int:
    """A participant whose welcome module is out of the way."""
    person = office.join("participant", name, chat, coach, cohort=cohort, **about)
    office.db.write_now(lambda conn: conn.execute(t.runs.delete()))
    office.db.write_now(lambda conn: conn.execute(t.timers.delete().where(t.timers.c.kind != "push")))
    return person


def to(**about: Any) -> Audience:
    """Of this cohort, unless told otherwise."""
    return Audience(**(about or {"cohorts": ("automne",)}))


def preview(office: Office, body: Any = TEXT, **about: Any) -> Preview:
    found: Preview = office.do(pushes.preview, body=body, now=office.now, to=to(**about))
    return found


def plan(office: Office, body: Any = TEXT, at: datetime | None = None, **about: Any) -> int:
    return int(office.do(pushes.plan, by=audit.OPERATOR, body=body, at=at, now=office.now, to=to(**about)))


def cancel(office: Office, push_id: int) -> int:
    return int(office.db.write_now(pushes.cancel, push_id, audit.OPERATOR, office.now))


def fates(office: Office, push_id: int) -> dict[int, str]:
    found: list[Fate] = office.db.read_now(outcome.outcome, push_id)
    assert len({fate.person_id for fate in found}) == len(found)
    assert office.db.read_now(outcome.tally, push_id) == Counter(fate.state for fate in found)
    return {fate.person_id: fate.state for fate in found}


def tick(office: Office) -> None:
    while office.db.write_now(ticking.tick, office.vault, office.house, office.now):
        pass


def change(office: Office, table: Any, person: int, **values: Any) -> None:
    column = table.c.id if table is t.people else table.c.person_id
    office.db.write_now(lambda conn: conn.execute(update(table).where(column == person).values(**values)))


# --- who -------------------------------------------------------------------------------------


def test_who_is_left_out_and_why(office: Office, coach: int) -> None:
    people = {name: join(office, coach, name, 800 + n) for n, name in enumerate(
        ["active", "paused", "stopped", "unreachable", "welcomed", "ended", "busy", "had"])}  # fmt: skip
    people["invited"] = office.invite("participant", "invited", coach, cohort="automne").id
    join(office, coach, "elsewhere", 899, cohort="hiver")
    for state in ("paused", "stopped", "welcomed", "ended"):
        change(office, t.enrolments, people[state], state=state)
    change(office, t.people, people["unreachable"], reachable=False)
    office.run(people["busy"], "legitimite", state="waiting")
    office.run(people["had"], CAPSULE["flow"])
    reasons = {name: why for _, name, why in preview(office, CAPSULE).excluded}
    same = ("paused", "stopped", "welcomed", "ended", "unreachable", "invited")
    assert reasons == {name: name for name in same} | {"busy": "in_module", "had": "had_it"}
    assert preview(office, CAPSULE).included == [(people["active"], "active")]
    assert {name for _, name in preview(office).included} == {"active", "busy", "had"}


def test_a_person_in_two_groups_gets_one(office: Office, coach: int) -> None:
    anna, paul = join(office, coach, "Anna", 801), join(office, coach, ODD, 802, cohort="hiver")
    both = {"cohorts": ("automne", "hiver"), "people": (anna, paul, anna)}
    assert preview(office, **both).included == [(anna, "Anna"), (paul, ODD)]
    assert preview(office, cohorts=("hiver",), people=(anna, paul)).included == [(paul, ODD)]
    push = plan(office, **both)
    tick(office)
    assert [len(office.heard(chat)) for chat in (801, 802)] == [1, 1]
    assert set(fates(office, push)) == {anna, paul}
    assert len(office.do(pushes.preview, body=TEXT, now=office.now, to=Audience()).included) == 2


@pytest.mark.parametrize("body", [{}, {"text": "  "}, {"text": "a", "flow": "b"}, {"image": "x"}])
def test_a_body_that_is_none_is_refused(office: Office, body: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="texte ou une capsule"):
        preview(office, body, people=())
    with pytest.raises(KeyError):
        preview(office, {"flow": "capsule:inconnue"}, people=())


def test_the_same_text_within_twelve_hours_is_asked_about(office: Office, coach: int) -> None:
    join(office, coach, "Anna", 801)
    assert preview(office).repeat is False
    plan(office)
    assert preview(office).repeat is True
    tick(office)
    assert preview(office).repeat is True and preview(office, {"text": "autre"}).repeat is False
    office.now += timedelta(hours=12, minutes=1)
    assert preview(office).repeat is False


def test_the_same_capsule_never_comes_twice(office: Office, coach: int) -> None:
    anna = join(office, coach, "Anna", 801)
    plan(office, CAPSULE)
    assert [why for _, _, why in preview(office, CAPSULE).excluded] == ["had_it"]
    tick(office)
    office.now += timedelta(days=300)
    assert preview(office, CAPSULE).excluded == [(anna, "Anna", "had_it")]


# --- once ------------------------------------------------------------------------------------


def test_a_tick_run_twice_sends_once(office: Office, coach: int) -> None:
    chats = range(801, 806)
    people = [join(office, coach, f"P{chat}", chat) for chat in chats]
    push = plan(office)
    timers = select(t.timers).where(t.timers.c.kind == "push")
    before = office.db.read_now(lambda conn: conn.execute(timers).all())
    tick(office)

    def again(conn: Any) -> None:  # a crash that forgot what the timers became, but not what was queued
        conn.execute(update(t.timers).where(t.timers.c.kind == "push").values(state="pending", settled_at=None))

    office.db.write_now(again)
    tick(office)
    assert len(before) == len(people)
    for chat in chats:
        said = office.heard(chat)
        assert [plain(sent.text) for sent in said] == [TEXT["text"]]
    assert Counter(fates(office, push).values()) == {"sent": 5}


def test_two_processes_send_once(office: Office, coach: int, database_url: str) -> None:
    chats = range(801, 841)
    for chat in chats:
        office.db.write_now(_quick, office.vault, coach, chat, office.now)
    plan(office)
    other = Database.open(database_url)
    while True:
        done = office.db.write_now(ticking.tick, office.vault, office.house, office.now, 7)
        if not done + other.write_now(ticking.tick, office.vault, office.house, office.now, 7):
            break
    other.close()
    assert [len(office.heard(chat)) for chat in chats] == [1] * len(chats)


def _quick(conn: Any, vault: Vault, coach: int, chat: int, now: datetime, zone: str = "Europe/Paris") -> int:
    row = {"role": "participant", "name": b"", "zone": zone, "chat_id": chat, "reachable": True, "created_at": now}
    person = int(conn.execute(insert(t.people).values(**row).returning(t.people.c.id)).scalar_one())
    vault.create_key(conn, person, now)
    name = vault.seal_text(person, "people.name", f"P{chat}")
    conn.execute(update(t.people).where(t.people.c.id == person).values(name=name))
    conn.execute(insert(t.enrolments).values(person_id=person, coach_id=coach, programme="bilan", format="accompagne",
                                             cohort="automne", state="active", gentle=False, short=False,
                                             created_at=now))  # fmt: skip
    return person


def test_the_same_local_hour_for_everybody(office: Office, coach: int) -> None:
    paris = join(office, coach, "Anna", 801)
    island = join(office, coach, "Paul", 802, zone="America/Martinique")
    plan(office, at=datetime(2026, 11, 4, 10, 0))
    timers = select(t.enrolments.c.person_id, t.timers.c.due_at).join_from(t.timers, t.enrolments)
    due = dict(office.db.read_now(lambda conn: conn.execute(timers.where(t.timers.c.kind == "push")).all()))
    assert due == {paris: datetime(2026, 11, 4, 9, tzinfo=UTC), island: datetime(2026, 11, 4, 14, tzinfo=UTC)}
    tick(office)
    assert office.heard(801) == [] == office.heard(802)
    office.now = due[paris]
    tick(office)
    assert len(office.heard(801)) == 1 and office.heard(802) == []


def test_the_number_of_statements_does_not_grow_with_the_people(office: Office, coach: int) -> None:
    def statements(chats: range) -> int:
        for chat in chats:
            office.db.write_now(_quick, office.vault, coach, chat, office.now)
        seen: list[str] = []
        engine = office.db._engine()

        def count(*args: Any) -> None:
            seen.append(args[2])

        event.listen(engine, "before_cursor_execute", count)
        push = plan(office, {"text": f"à {chats.stop}"})
        event.remove(engine, "before_cursor_execute", count)
        assert Counter(fates(office, push).values())["planned"] == chats.stop - 1000
        return len(seen)

    assert statements(range(1000, 1010)) == statements(range(1010, 1200))


# --- stopped, and told afterwards ------------------------------------------------------------


def test_cancelled_half_way_the_rest_does_not_leave(office: Office, coach: int) -> None:
    gone, queued = join(office, coach, "a", 801), join(office, coach, "b", 802)
    far = join(office, coach, "c", 803, zone="America/Martinique")
    push = plan(office, at=datetime(2026, 11, 2, 10, 30))
    office.now = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
    tick(office)
    assert len(office.heard(801)) == 1
    assert fates(office, push) == {gone: "sent", queued: "ready", far: "planned"}
    assert cancel(office, push) == 2
    assert cancel(office, push) == 0
    office.now += timedelta(days=1)
    tick(office)
    assert office.heard(802) == [] == office.heard(803)
    assert fates(office, push) == {gone: "sent", queued: "cancelled", far: "cancelled"}


def test_two_texts_of_one_turn_are_told_apart(office: Office, coach: int) -> None:
    anna = join(office, coach, "Anna", 801)
    office.now = datetime(2026, 11, 2, 3, tzinfo=UTC)
    one, capsule, two = plan(office), plan(office, CAPSULE), plan(office, {"text": "autre"})
    tick(office)
    office.now = datetime(2026, 11, 2, 8, tzinfo=UTC)
    tick(office)
    rows = select(t.outbox.c.id).where(t.outbox.c.rank == 3).order_by(t.outbox.c.id)
    first, second = office.db.read_now(lambda conn: conn.execute(rows).scalars().all())
    for row, state in ((first, "sent"), (second, "doubtful")):
        where = update(t.outbox).where(t.outbox.c.id == row)
        office.db.write_now(lambda conn, where=where, state=state: conn.execute(where.values(state=state)))
    assert [fates(office, push) for push in (one, two)] == [{anna: "sent"}, {anna: "doubtful"}]
    assert fates(office, capsule) == {anna: "ready"}
    assert cancel(office, two) == 0


def test_a_capsule_behind_an_open_question_waits_and_can_be_stopped(office: Office, coach: int) -> None:
    anna = join(office, coach, "Anna", 801)
    push = plan(office, CAPSULE)
    office.run(anna, "legitimite", state="waiting", key="legitime")
    tick(office)
    assert fates(office, push) == {anna: "queued"} and office.heard(801) == []
    assert cancel(office, push) == 1
    assert fates(office, push) == {anna: "cancelled"}


def test_whoever_paused_or_left_meanwhile_is_told_apart(office: Office, coach: int) -> None:
    anna, paul, left = (join(office, coach, name, chat) for name, chat in [("a", 801), ("b", 802), ("c", 803)])
    change(office, t.enrolments, left, state="stopped")
    push = plan(office)
    change(office, t.enrolments, anna, state="paused")
    change(office, t.enrolments, paul, state="stopped")
    tick(office)
    assert fates(office, push) == {anna: "held", paul: "cancelled", left: "skipped"}
    assert office.db.read_now(outcome.outcome, 999) == []


# --- the admin's chat ------------------------------------------------------------------------


@pytest.fixture
def admin(office: Office) -> int:
    return office.join("admin", "Léa", ADMIN)


def last(sent: list[Sent]) -> Sent:
    return [one for one in sent if one.method != "answerCallbackQuery"][-1]


def press(office: Office, message: Sent, label: str) -> list[Sent]:
    sent = office.press(ADMIN, message.buttons[label])
    assert [one.method for one in sent].count("answerCallbackQuery") == 1
    return sent


def test_a_text_from_the_cohort_to_the_outcome(office: Office, coach: int, admin: int) -> None:
    join(office, coach, ODD, 801)
    change(office, t.enrolments, join(office, coach, "Paul", 802), state="paused")
    office.now = datetime(2026, 11, 2, 10, tzinfo=UTC)
    who = last(office.say(ADMIN, "/pousser"))
    what = last(press(office, who, "automne (2)"))
    press(office, what, "Un texte")
    when = last(office.say(ADMIN, TEXT["text"]))
    shown = press(office, when, "Maintenant")
    assert [plain(one.text) for one in shown[1:-1]] == [TEXT["text"]]
    summary = last(shown)
    assert "1 personne" in summary.text and "Paul (en pause)" in summary.text
    assert office.heard(801) == []
    done = last(press(office, summary, "Envoyer"))
    assert "1 personne" in done.text and "message_id" in done.params
    tick(office)
    assert [plain(one.text) for one in office.heard(801)] == [TEXT["text"]]
    told = plain(last(press(office, done, FOLLOW)).text)
    assert "Reçu (1)" in told and "نور" in told and "Paul (en pause)" in told
    for stale in (who, what, when, summary):
        for label in stale.buttons:
            [answer] = press(office, stale, label)
            assert "n’est plus actif" in answer.params["text"]
    assert any("rien à arrêter" in one.text for one in press(office, done, "Arrêter l’envoi"))
    assert office.db.read_now(lambda conn: len(conn.execute(select(t.pushes)).all())) == 1


def test_a_capsule_at_a_date(office: Office, coach: int, admin: int) -> None:
    join(office, coach, "Anna", 801)
    what = last(press(office, last(office.say(ADMIN, "/pousser")), "Tout le monde"))
    page = last(press(office, what, "Une capsule"))
    wanted = LIBRARY.capsules["burn-out"]
    while f"d:{_mark(page)}:capsule:burn-out" not in page.buttons.values():
        page = last(press(office, page, "Suite"))
    label = next(label for label, data in page.buttons.items() if data.endswith(":burn-out"))
    press(office, last(press(office, page, label)), "Choisir une date")
    assert "pas su lire" in last(office.say(ADMIN, "un de ces jours")).text
    shown = office.say(ADMIN, "jeudi 5 novembre 14:30")
    assert [one.text for one in shown[:-1]] == [one["text"] for one in office.house.speech.capsule(wanted)]
    assert "jeudi 5 novembre à 14" in last(shown).text
    press(office, last(shown), "Envoyer")
    due = select(t.timers.c.due_at).where(t.timers.c.kind == "push")
    assert office.db.read_now(lambda conn: conn.execute(due).scalar()) == datetime(2026, 11, 5, 13, 30, tzinfo=UTC)


def _mark(message: Sent) -> str:
    return next(iter(message.buttons.values())).split(":")[1]


def photo(office: Office, caption: str) -> list[Sent]:
    two = (("petite", 9), ("grande", 90))
    sizes = [{"file_id": id, "file_unique_id": id, "width": n, "height": n} for id, n in two]
    message = office.message(ADMIN, "")
    del message["text"]
    return office._update(ADMIN, "message", {**message, "photo": sizes, "caption": caption})


def test_criteria_add_up_and_a_photo_brings_its_words(office: Office, coach: int, admin: int) -> None:
    anna = join(office, coach, "Anna", 801)
    join(office, coach, "Paul", 802)
    for kind, label in (("Une étape", "du programme"), ("Un format", ""), ("Une situation", "")):
        what = f"{kind} {label}".strip()
        shown = last(press(office, last(office.say(ADMIN, "/pousser")), what))
        assert all(len(data.encode()) <= 64 for data in shown.buttons.values())
        chosen = last(press(office, shown, next(iter(shown.buttons))))
        assert "Envoyer quoi" in chosen.text and next(iter(shown.buttons)) in plain(chosen.text)
    modules = last(press(office, chosen, "Un module"))
    assert all(len(data.encode()) <= 64 for data in modules.buttons.values())
    press(office, last(office.say(ADMIN, "/pousser")), "Des personnes")
    what = last(office.say(ADMIN, "anna"))
    press(office, last(press(office, what, "Préciser à qui")), "automne (2)")
    press(office, what, "Un texte")
    assert "Un texte est attendu" in last(photo(office, "")).text
    assert "1024" in last(photo(office, "é" * 1025)).text
    shown = press(office, last(photo(office, "Le <plan>")), "Maintenant")
    assert (shown[1].method, shown[1].params["photo"]) == ("sendPhoto", "grande")
    press(office, last(shown), "Envoyer")
    tick(office)
    [queued] = office.db.write_now(claim, office.vault, 9, 9, office.now)[-1:]
    assert (queued.chat_id, queued.params["photo"]) == (801, "grande")
    assert queued.params["caption"] == "Le &lt;plan&gt;"
    assert set(fates(office, 1)) == {anna}


def test_given_up_nothing_leaves(office: Office, coach: int, admin: int) -> None:
    join(office, coach, "Anna", 801)
    what = last(press(office, last(office.say(ADMIN, "/pousser")), "automne (1)"))
    assert "Rien n’est parti" in last(press(office, what, "Annuler")).text
    assert "n’est plus actif" in press(office, what, "Un texte")[0].params["text"]
    assert "Aucune question" in office.say(ADMIN, "des mots perdus")[0].text
    press(office, last(press(office, last(office.say(ADMIN, "/pousser")), "automne (1)")), "Un texte")
    assert "signes" in office.say(ADMIN, "é" * 4097)[0].text
    assert "annulé" in office.say(ADMIN, "/annuler")[0].text
    tick(office)
    assert office.heard(801) == []
    assert office.db.read_now(lambda conn: conn.execute(select(t.pushes)).all()) == []


def test_the_same_again_says_so(office: Office, coach: int, admin: int) -> None:
    join(office, coach, "Anna", 801)
    plan(office)
    press(office, last(press(office, last(office.say(ADMIN, "/pousser")), "automne (1)")), "Un texte")
    summary = last(press(office, last(office.say(ADMIN, TEXT["text"])), "Maintenant"))
    assert "douze heures" in summary.text and "Envoyer à nouveau" in summary.buttons


def test_buttons_fit_whatever_the_cohorts_are_called(office: Office, coach: int, admin: int) -> None:
    names = ["é" * 64, "<b>x</b>", "🦋" * 60, "d:0:1:2"]
    for n, name in enumerate(names):
        join(office, coach, f"P{n}", 801 + n, cohort=name)
    who = last(office.say(ADMIN, "/pousser"))
    assert len(who.buttons) == len(names) + 6
    assert all(len(data.encode()) <= 64 for data in who.buttons.values())
    shown = {
        plain(last(press(office, last(office.say(ADMIN, "/pousser")), label)).text) for label in list(who.buttons)[:4]
    }
    assert all(any(name in text for text in shown) for name in names)


@pytest.mark.parametrize("name", ["Zoé 👩‍🚀", "نور", "<b>Léo</b>"])
def test_a_coach_is_invited_and_has_a_digest_ahead(office: Office, admin: int, name: str) -> None:
    assert "prénom" in office.say(ADMIN, "/inviter_coach")[0].text
    first, forward = office.say(ADMIN, name)
    assert "quatorze" not in first.text and "https://t.me/marge_essai_bot?start=" in forward.text
    assert plain(forward.text).startswith(f"Bonjour {isolated(name)}.")
    code = plain(forward.text).split("start=")[1].split()[0]
    office.say(COACH, f"/start {code}")
    digests = select(t.timers).where(t.timers.c.kind == "digest", t.timers.c.state == "pending")
    assert len(office.db.read_now(lambda conn: conn.execute(digests).all())) == 1
    again = office.say(ADMIN, f"/inviter_coach {name}")
    assert "figure déjà" in again[0].text


def test_an_admin_reads_no_answer_and_is_shown_the_way(office: Office, coach: int, admin: int) -> None:
    anna = join(office, coach, "Anna", 801)
    office.reply(anna, "a", "SECRET")
    enrolment = office.db.read_now(office.enrolment, anna)
    for asked in ("/participants", "/digest", "/brief", "/rdv", "/aide", "SECRET ?"):
        assert "SECRET" not in "".join(one.text for one in office.say(ADMIN, asked)) and "Anna" not in asked
    for data in (f"d:r:{anna}", f"d:b:{anna}", f"d:out:{enrolment}", "d:out:9" * 9, "d:", "", "d:stop:x"):
        [answer] = office.press(ADMIN, data)
        assert answer.method == "answerCallbackQuery" and "n’est plus actif" in answer.params["text"]
