"""Erased means from everywhere: rows, key, what others made of it, and what was on its way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from bot.admin import pushes
from bot.admin.audience import Audience
from bot.conversation import delivery
from bot.conversation.ticking import tick
from bot.desk import DeskError, appointments, digest, leaving, notes, people, signin
from bot.store import files, inbox
from bot.store import tables as t
from bot.store.audit import By
from bot.store.database import Database
from bot.store.erasing import initialled, subject
from bot.store.outbox import Settled, claim
from bot.store.retention import POLICIES
from bot.store.vault import Vault
from bot.telegram.render import plain
from tests.bot import keyscan
from tests.bot.desk_office import Office, words

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
COACH, OTHER_COACH, ADMIN, CHAT, BRUNO = 701, 702, 703, 801, 802
NAMES = ("Zénobie", "Zoé & <Maxence>")
STAFF = frozenset({"slots", "digests", "absences", "feeds"})
"""Tables whose rows are a coach's."""

SECRETS = tuple(f"canari{n}secret" for n in range(14))


class Bureau(Office):
    """One participant about whom everything has been written, by everybody, in every place."""

    name: str
    who: int
    coach: int

    def plant(self, name: str) -> None:
        secret = iter(SECRETS)
        self.name, self.coach = name, self.join("coach", "Inès", COACH)
        admin = self.join("admin", "Ali", ADMIN)
        self.who = self.join("participant", name, CHAT, self.coach)
        self.say(CHAT, next(secret))
        self.say(CHAT, "/urgence " + next(secret))
        run = self.run(self.who, "accueil", key="meteo", draft=next(secret))
        self.reply(self.who, "meteo", next(secret), run=run, question=next(secret))
        self.reply(self.who, "journal", next(secret), how="journal")
        self.file(self.who, "fichier", "voice", next(secret).encode(), caption=next(secret))
        later = self.now + timedelta(days=3)
        self.do(_booked, self.who, later, next(secret))
        self.db.write_now(self._rows, run, admin, next(secret), next(secret))
        body = {"text": f"Bonjour {name}, {next(secret)}"}
        self.do(pushes.plan, by=By(admin, "admin", "telegram"), body=body, to=Audience(people=(self.who,)),
                now=self.now)  # fmt: skip
        self.do(pushes.plan, by=By(admin, "admin", "telegram"), body={"text": "Bonjour à tous"}, to=Audience(),
                now=self.now)  # fmt: skip
        self.do(digest.send, self.coach, "2026-11-02", self.now)
        self.say(COACH, "/participants")
        self.press(COACH, f"d:no:{self.who}")
        self.left(COACH)

    def left(self, chat: int) -> None:
        """A line that names them waits under the coach's own key: their phone is off."""
        params = {"text": f"Participants : {self.name}", "parse_mode": "HTML"}
        row = {"cause": f"essai{chat}", "chat_id": chat, "owner_id": self.coach, "method": "sendMessage", "rank": 2,
               "state": "held", "attempts": 0, "created_at": self.now,
               "payload": self.vault.seal_json(self.coach, "outbox.payload", {"params": params})}  # fmt: skip
        self.db.write_now(lambda conn: conn.execute(insert(t.outbox).values(**row)))

    def _rows(self, conn: Any, run: int, admin: int, noted: str, parked: str) -> None:
        served = people.one(conn, self.vault, self.who, self.now)
        assert served is not None
        notes.note(conn, self.vault, served, self.coach, noted, self.now)
        about, seal = {"person_id": self.who}, self.vault.seal_json
        now, e = self.now, served.enrolment.id
        [appointment] = conn.execute(select(t.appointments.c.id)).scalars()
        conn.execute(insert(t.briefs).values(appointment_id=appointment, revision=9, made_at=now, up_to_reply=0,
                                             body=seal(self.who, "briefs.body", [noted])))  # fmt: skip
        conn.execute(insert(t.comments).values(enrolment_id=e, author_id=self.coach, written_at=now,
                                               body=seal(self.who, "comments.body", {"text": noted})))  # fmt: skip
        skill = {"name": self.name, "kind": None, "why": noted, "by": self.coach}
        conn.execute(insert(t.skills).values(enrolment_id=e, run_id=run, key="fiches[0]", nth=1, state="proposee",
                                             up_to_reply=1, by_id=self.coach, at=now,
                                             body=seal(self.who, "skills.body", skill)))  # fmt: skip
        conn.execute(insert(t.pages).values(enrolment_id=e, document="carnet", at=now,
                                            body=seal(self.who, "pages.body", {"note": noted})))  # fmt: skip
        conn.execute(insert(t.syntheses).values(enrolment_id=e, version=1, author_id=self.coach, written_at=now,
                                                body=seal(self.who, "syntheses.body", {"etapes": noted})))  # fmt: skip
        conn.execute(insert(t.attendance).values(enrolment_id=e, session="S1", starts_at=now, ends_at=now,
                                                 mode="visio", coach_id=self.coach, coach_at=now))  # fmt: skip
        conn.execute(insert(t.testimonials).values(run_id=run, state="publie", up_to_reply=1, by_id=admin, at=now))
        conn.execute(insert(t.accesses).values(**about, role="coach", what="replies", door="page", at=now))
        conn.execute(insert(t.submissions).values(**about, form="f", at=now))
        conn.execute(insert(t.guesses).values(chat_id=CHAT, at=now))
        signin.issue(conn, self.who, now)
        signin.begin(conn, self.who, now)
        for owner, said, chat in ((self.who, parked, CHAT), (0, parked, CHAT), (self.coach, self.name, COACH)):
            body = self.vault.seal(owner, "inbox.raw", inbox.encode({"text": said}))
            conn.execute(insert(t.inbox).values(update_id=owner, mark=b"p", chat_id=chat, owner_id=owner, raw=body,
                                                state="parked", attempts=3, received_at=now))  # fmt: skip
        prompt = seal(self.coach, "people.prompt", {"ask": "note", "person": self.who})
        conn.execute(update(t.people).where(t.people.c.id == self.coach).values(prompt=prompt))

    def leave(self) -> list[str]:
        self.press(CHAT, "c:erase:1")
        return words(self.press(CHAT, "c:erase:oui"))

    def theirs(self, about: Any) -> dict[str, int]:
        def count(conn: Any) -> dict[str, int]:
            found = {p.name: select(func.count()).select_from(p.table).where(p.theirs(about))
                     for p in POLICIES if p.theirs}  # fmt: skip
            return {name: int(conn.execute(query).scalar_one()) for name, query in found.items()}

        return self.db.read_now(count)


def _booked(conn: Any, vault: Vault, house: Any, who: int, at: datetime, place: str) -> None:
    appointments.put(conn, vault, house, who, "S1", at, None, NOW, place=f"https://visio.example/{place}")


@pytest.fixture
def office(database: Database, vault: Vault) -> Bureau:
    return Bureau(database, vault, NOW)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_them_is_left_anywhere(office: Bureau, name: str, store: str, tmp_path: Path) -> None:
    office.plant(name)
    about = office.db.read_now(subject, office.who)
    before = office.theirs(about)
    assert {table for table, n in before.items() if not n} == STAFF, before
    wrapped = office.db.read_now(_wrapped, office.who)

    office.leave()
    office.db.scrub()

    found = list(office.db.write_now(lambda conn: list(keyscan.said(conn, office.vault, NOW))))
    assert len(found) > 100
    sought = (*SECRETS, name, "fichier")
    assert [(place, word) for place, text in found for word in sought if word in text] == []
    gone = replace(about, chats=())  # but for the goodbye, which is nobody's
    assert {table: n for table, n in office.theirs(gone).items() if n} == {}
    if store == "sqlite":
        raw = [(file, bits) for file, held in keyscan.bytes_of(tmp_path)
               for bits in (*(s.encode() for s in SECRETS), name.encode(), wrapped) if bits in held]  # fmt: skip
        assert raw == []


def _wrapped(conn: Any, who: int) -> bytes:
    return bytes(conn.execute(select(t.keys.c.wrapped).where(t.keys.c.person_id == who)).scalar_one())


def test_a_certificate_stays_with_numbers_only(office: Bureau) -> None:
    office.plant("Zénobie")
    office.leave()
    [row] = office.db.read_now(lambda conn: conn.execute(select(t.certificates)).all())
    assert (row.person_id, row.kind, row.at) == (office.who, "effacement", NOW)
    assert row.about["replies"] >= 3 and row.about["media"] == 1 and row.about["people"] == 1
    assert all(isinstance(n, int) for n in row.about.values())


def test_the_coach_hears_an_initial_and_the_date_that_is_free(office: Bureau) -> None:
    office.plant("Zénobie")
    office.heard(COACH)
    said = office.leave()
    assert said and "détruit" in said[-1] and "Telegram" in said[-1]
    told = [line for line in words(office.heard(COACH)) if line.startswith("Z. a effacé")]
    assert len(told) == 1 and "vendredi 6 novembre" in told[0]


def test_what_waited_for_the_coach_leaves_without_the_name(office: Bureau) -> None:
    office.plant("Zénobie")
    office.leave()
    o = t.outbox
    office.db.write_now(lambda conn: conn.execute(update(o).where(o.c.state == "held").values(state="ready")))
    assert "Participants : Z." in words(office.heard(COACH))


def test_others_keep_all_of_theirs(office: Bureau) -> None:
    office.plant("Zénobie")
    bruno = office.join("participant", "Bruno", BRUNO, office.coach)
    office.say(BRUNO, "un mot de Bruno")
    about = office.db.read_now(subject, bruno)
    before = office.theirs(about)
    office.leave()
    assert office.theirs(about) == before
    assert "Bruno" in [text for _, text in office.db.write_now(lambda c: list(keyscan.said(c, office.vault, NOW)))]


def test_telegram_is_asked_to_forget_the_last_two_days(office: Bureau) -> None:
    office.plant("Zénobie")
    office.db.write_now(_sent, office.who)
    old = office.now
    office.now = old + timedelta(hours=46)
    office.say(CHAT, "encore un mot")
    office.press(CHAT, "c:erase:1")
    office.now += timedelta(hours=2)
    office.keep(CHAT, "callback_query", {"id": "9", "data": "c:erase:oui",
                                         "message": {"message_id": 7, "chat": {"id": CHAT}, "date": 0}})  # fmt: skip
    office.heard(COACH)
    office.work()
    calls = [sent for sent in office.heard(CHAT) if sent.method == "deleteMessages"]
    numbers = [n for call in calls for n in call.params["message_ids"]]
    young = office.db.read_now(lambda c: list(c.execute(select(t.inbox.c.message_id)).scalars()))
    assert numbers and 5001 not in numbers and set(young) & set(numbers) == set()
    assert [sent.owner for sent in calls] == [0] * len(calls)
    assert all(len(call.params["message_ids"]) <= 100 for call in calls)


def _sent(conn: Any, who: int) -> None:
    """One of our messages, of four days ago by the time they leave."""
    o = t.outbox
    last = conn.execute(select(func.min(o.c.id)).where(o.c.owner_id == who, o.c.chat_id == CHAT)).scalar()
    conn.execute(update(o).where(o.c.id == last).values(message_id=5001, sent_at=NOW - timedelta(days=2)))


def test_a_word_said_right_after_is_answered_as_a_stranger_s(office: Bureau) -> None:
    """Both are handled in one transaction."""
    office.plant("Zénobie")
    office.heard(CHAT)
    message = {"message_id": 7, "chat": {"id": CHAT, "type": "private"}, "date": 0}
    office.keep(CHAT, "callback_query", {"id": "1", "data": "c:erase:oui", "message": message})
    office.keep(CHAT, "message", office.message(CHAT, "/urgence"))
    office.work()
    said = words(office.heard(CHAT))
    assert any("3114" in line for line in said)
    assert office.db.read_now(lambda c: c.execute(select(t.replies.c.id)).all()) == []


def test_nothing_due_or_under_way_moves_afterwards(office: Bureau) -> None:
    """A send that was claimed, timers that were pending, a file that was being fetched: none finds anything."""
    office.plant("Zénobie")

    def under_way(conn: Any) -> Any:
        conn.execute(update(t.outbox).where(t.outbox.c.owner_id == office.who).values(state="ready", not_before=None))
        return claim(conn, office.vault, 64, 64, NOW)

    leaving = office.db.write_now(under_way)
    assert any(item.owner_id == office.who for item in leaving)
    office.leave()
    results = [Settled(item, "sent", 77, sent_at=NOW) for item in leaving]
    office.db.write_now(delivery.settle, office.vault, office.house, results, NOW)
    office.db.write_now(files.store, office.vault, files.Wanted("fichier", office.who, "x", 0), b"tard", NOW)
    office.heard(COACH)
    office.heard(CHAT)
    for days in range(0, 60, 3):
        office.now = NOW + timedelta(days=days)
        while office.db.write_now(tick, office.vault, office.house, office.now):
            pass
        assert office.heard(CHAT) == []
    assert {n for n in office.theirs(office.db.read_now(subject, office.who)).values()} == {0}


def test_an_alert_on_its_way_still_reaches_the_coach(office: Bureau) -> None:
    """Whoever writes of dying and then erases everything is still looked for."""
    office.plant("Zénobie")
    office.heard(COACH)
    office.db.write_now(_alert, office)
    office.leave()
    o = t.outbox.c
    [row] = office.db.read_now(lambda c: c.execute(select(t.outbox).where(o.rank == 0, o.chat_id == COACH)).all())
    assert row.owner_id == office.coach and row.enrolment_id is None
    [leaving] = [item for item in office.db.write_now(claim, office.vault, 64, 64, NOW) if item.rank == 0]
    assert leaving.params["text"] == "Zénobie va mal."
    sent = [Settled(leaving, "sent", 9, sent_at=NOW)]
    office.db.write_now(delivery.settle, office.vault, office.house, sent, NOW)
    found = office.db.write_now(lambda c: list(keyscan.said(c, office.vault, NOW)))
    assert [place for place, text in found if "Zénobie" in text] == []


def _alert(conn: Any, office: Bureau) -> None:
    office.vault.ready(conn, [office.who], NOW)
    payload = office.vault.seal_json(office.who, "outbox.payload", {"params": {"text": "Zénobie va mal."}})
    conn.execute(insert(t.outbox).values(
        cause="alerte", chat_id=COACH, owner_id=office.who, method="sendMessage", payload=payload, rank=0,
        state="ready", attempts=0, created_at=NOW,
    ))  # fmt: skip


def test_another_process_at_work_stops_too(office: Bureau, database_url: str) -> None:
    """It knew the key, and had their timers before it: from then on it says nothing to them, and keeps nothing."""
    office.plant("Zénobie")
    other = Office(Database.open(database_url), Vault(office.vault._keyring), NOW)
    try:
        other.say(CHAT, "un mot reçu par l'autre")
        office.leave()
        other.now = NOW + timedelta(seconds=59)
        said = other.say(CHAT, "encore un mot")
        assert all(item.owner == 0 for item in said)
        while other.db.write_now(tick, other.vault, other.house, NOW + timedelta(days=30)):
            pass
        assert other.heard(CHAT) == []
        found = office.db.write_now(lambda c: list(keyscan.said(c, office.vault, NOW + timedelta(minutes=2))))
        assert [place for place, text in found if "Zénobie" in text or "un mot" in text] == []
    finally:
        other.db.close()


def test_a_name_is_cut_where_it_stands_alone() -> None:
    assert initialled({"text": "Rose, Rosette et Rose"}, "Rose") == {"text": "R., Rosette et R."}
    assert initialled(["a &amp; b, a & b"], "a & b") == ["A., A."]
    assert initialled(7, "Rose") == 7


# --- coaches and admins ----------------------------------------------------------------------


def test_a_coach_goes_once_nobody_counts_on_them(office: Bureau) -> None:
    office.plant("Zénobie")
    assert "encore une personne" in words(office.say(COACH, "/supprimer"))[0]
    assert "encore une personne" in words(office.press(COACH, "d:er:oui"))[0]
    office.leave()
    office.heard(COACH)
    [asked] = office.say(COACH, "/supprimer")
    assert words([asked])[0].startswith("Supprimer votre compte")
    office.press(COACH, "d:er:1")
    sent = office.press(COACH, "d:er:oui")
    assert [item.owner for item in sent] == [0] * len(sent)
    assert [item.method for item in sent].count("answerCallbackQuery") == 1
    assert "détruit" in words(sent)[-1]
    found = [text for _, text in office.db.write_now(lambda c: list(keyscan.said(c, office.vault, NOW)))]
    assert not [text for text in found if "Inès" in text]
    assert not office.db.read_now(lambda c: c.execute(select(t.digests.c.id)).all())


def test_an_admin_goes_and_the_pushes_stay(office: Bureau) -> None:
    office.plant("Zénobie")
    before = office.db.read_now(lambda c: len(c.execute(select(t.pushes.c.id)).all()))
    office.press(ADMIN, "d:er:oui")
    after = office.db.read_now(lambda c: list(c.execute(select(t.pushes.c.by_id)).scalars()))
    assert len(after) == before and set(after) == {None}


def test_whoever_was_only_invited_can_be_erased(office: Bureau) -> None:
    coach = office.join("coach", "Inès", COACH)
    made = office.invite("participant", "Zénobie", coach)
    assert office.do(leaving.erase, made.id, NOW) == "participant"
    found = [text for _, text in office.db.write_now(lambda c: list(keyscan.said(c, office.vault, NOW)))]
    assert not [text for text in found if "Zénobie" in text]
    assert words(office.say(999, f"/start {made.code}")) == [plain(office.house.speech.say("code_unknown"))]


def test_the_terminal_erases_nobody_it_should_not(office: Bureau) -> None:
    office.plant("Zénobie")
    for who, reason in ((office.coach, "has_participants"), (9999, "unknown_person")):
        with pytest.raises(DeskError) as refused:
            office.do(leaving.erase, who, NOW)
        assert refused.value.reason == reason
