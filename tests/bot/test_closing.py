"""The end of a programme: nothing that was not kept is left, what was kept is, and a certificate says how much went."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.conversation.ticking import tick
from bot.desk import DeskError, closing, notes, people
from bot.store import tables as t
from bot.store.database import Database
from bot.store.erasing import subject
from bot.store.vault import Vault
from tests.bot import keyscan
from tests.bot.desk_office import Office, Sent, words
from tests.bot.web_office import espace

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
COACH, CHAT = 701, 801
BOOKLET, PLAN, JOURNAL, NOTE, VOICE, PLACE = (f"canari-{name}" for name in ("livret", "plan", "libre", "note", "voix",
                                                                              "lieu"))  # fmt: skip


class Bureau(Office):
    who: int
    coach: int

    def begin(self, kept: tuple[str, ...] = (), state: str = "done") -> None:
        """Somebody at the end, with a word in each document, and the answers `kept`."""
        self.coach = self.join("coach", "Inès", COACH)
        self.who = self.join("participant", "Anna", CHAT, self.coach)
        page = self.run(self.who, "apres-s1")
        self.reply(self.who, "retenir_s1", BOOKLET, run=page, media=("voix",))
        self.reply(self.who, "action", PLAN, run=self.run(self.who, "plan-action"))
        self.reply(self.who, "journal", JOURNAL, how="journal")
        self.file(self.who, "voix", "voice", VOICE.encode())
        self.db.write_now(self._noted)
        end = self.run(self.who, "cloture", state=state, nth=1)
        for key in ("garder_livret", "garder_plan", "garder_reponses", "garder_notes"):
            if state == "done":
                self.reply(self.who, key, "garder" if key in kept else "detruire", run=end)
        self.heard(CHAT)

    def _noted(self, conn: Any) -> None:
        served = people.one(conn, self.vault, self.who, self.now)
        assert served is not None
        notes.note(conn, self.vault, served, self.coach, NOTE, self.now)
        place = self.vault.seal_text(self.who, "appointments.place", PLACE)
        conn.execute(insert(t.appointments).values(enrolment_id=served.enrolment.id, session="S10", at=self.now - DAY,
                                                   zone="Europe/Paris", revision=1, state="done",
                                                   place=place))  # fmt: skip

    def _synthesis(self, conn: Any) -> None:
        body = self.vault.seal_json(self.who, "syntheses.body", {})
        conn.execute(insert(t.syntheses).values(enrolment_id=subject(conn, self.who).enrolment, version=1, body=body,
                                                author_id=self.coach, written_at=self.now))  # fmt: skip

    def strikes(self, days: float = 0) -> list[str]:
        """What is done `days` from NOW, hour after hour, for whoever is waiting."""
        self.now = NOW + days * DAY
        waiting = self.db.read_now(closing.waiting, self.house, self.now)
        return [done for id in waiting if (done := self.do(closing.act, id, self.now))]

    def left(self) -> set[str]:
        """The words that whoever holds every key still reads."""
        found = self.db.write_now(lambda conn: list(keyscan.said(conn, self.vault, self.now)))
        secrets = (BOOKLET, PLAN, JOURNAL, NOTE, VOICE, PLACE)
        return {secret for secret in secrets if any(secret in text for _, text in found)}

    def enrolment_row(self) -> Any:
        e = t.enrolments
        return self.db.read_now(lambda conn: conn.execute(select(e).where(e.c.person_id == self.who)).one())

    def certificates(self) -> list[Any]:
        return self.db.read_now(lambda conn: list(conn.execute(select(t.certificates).order_by(t.certificates.c.id))))

    def mark(self, **values: Any) -> None:
        self.db.write_now(lambda conn: conn.execute(update(t.enrolments).values(**values)))


@pytest.fixture
def office(database: Database, vault: Vault) -> Bureau:
    return Bureau(database, vault, NOW)


def test_nothing_chosen_nothing_kept(office: Bureau) -> None:
    office.begin(state="waiting")
    assert office.strikes() == [] and office.strikes(20.9) == []
    assert office.strikes(21.1) == ["told"] and len(office.left()) == 6
    assert office.strikes(27) == []
    assert office.strikes(28.2) == ["fin"]
    assert office.left() == set()
    row = office.enrolment_row()
    assert (row.state, row.keep_until) == ("ended", None)
    assert office.strikes(29) == []


KEPT = {
    "garder_livret": {BOOKLET, VOICE},
    "garder_plan": {PLAN},
    "garder_reponses": {JOURNAL},
    "garder_notes": {NOTE},
}


@pytest.mark.parametrize("choice", KEPT)
def test_each_choice_keeps_its_own_and_nothing_else(office: Bureau, choice: str) -> None:
    office.begin((choice,))
    assert office.strikes() == ["told"] and office.strikes(7) == ["fin"]
    assert office.left() == KEPT[choice]
    row = office.enrolment_row()
    assert (row.state, row.keep_until) == ("active", NOW + (183 + 30) * DAY)
    assert office.strikes(212) == []
    assert office.strikes(216) == ["duree"]
    assert office.left() == set() and office.enrolment_row().state == "ended"


def test_the_certificate_holds_numbers_and_the_person_hears_them(office: Bureau) -> None:
    office.begin(("garder_plan",))
    office.strikes()
    [told] = words(office.heard(CHAT))
    assert "mardi 10 novembre" in told and "/mesdonnees" in told and "votre plan d’action" in told
    office.strikes(7)
    said = [sent for sent in office.heard(CHAT) if sent.method == "sendMessage"]
    assert "2 réponses et un fichier" in words(said)[-1]
    [row] = office.certificates()
    assert (row.person_id, row.kind) == (office.who, "fin")
    assert row.about["replies"] == 2 and row.about["media"] == 1 and row.about["notes"] == 1
    assert all(isinstance(n, int) for n in row.about.values())


NEVER = {"votre document de synthèse", "les notes de votre coach", "vos autres réponses", "votre plan d’action"}


def _named(office: Bureau) -> set[str]:
    [told] = words(office.heard(CHAT))
    return {title for title in NEVER if title in told}


def test_what_was_never_written_is_not_spoken_of(office: Bureau) -> None:
    office.coach = office.join("coach", "Inès", COACH)
    office.who = office.join("participant", "Anna", CHAT, office.coach)
    office.reply(office.who, "retenir_s1", BOOKLET, run=office.run(office.who, "apres-s1"))
    office.run(office.who, "plan-action")
    end = office.run(office.who, "cloture", state="done", nth=1)
    office.reply(office.who, "garder_synthese", "garder", run=end)
    office.heard(CHAT)
    assert office.strikes() == ["told"] and _named(office) == set()
    assert office.strikes(7) == ["fin"] and office.enrolment_row().state == "ended", "nothing is kept of nothing"


def test_what_is_there_is_named(office: Bureau) -> None:
    office.begin(("garder_synthese",))
    office.db.write_now(office._synthesis)
    assert office.strikes() == ["told"] and _named(office) == NEVER


def test_the_recent_messages_of_what_goes_are_taken_back(office: Bureau) -> None:
    office.begin(("garder_plan",))
    office.strikes()
    later = NOW + 6.5 * DAY
    gone, kept = (office.db.read_now(_run, flow) for flow in ("apres-s1", "plan-action"))
    office.db.write_now(_said, office, gone, 41, later)
    office.db.write_now(_said, office, gone, 42, NOW)
    office.db.write_now(_said, office, kept, 43, later)
    office.strikes(7)
    assert _taken(office.heard(CHAT)) == [41]


def _run(conn: Any, flow: str) -> int:
    return int(conn.execute(select(t.runs.c.id).where(t.runs.c.flow == flow)).scalar_one())


def _said(conn: Any, office: Bureau, run: int, number: int, at: datetime) -> None:
    """A message of ours that was sent at that time."""
    office.vault.ready(conn, [office.who], at)
    payload = office.vault.seal_json(office.who, "outbox.payload", {"params": {}})
    conn.execute(insert(t.outbox).values(
        cause=f"essai{number}", chat_id=CHAT, owner_id=office.who, method="sendMessage", payload=payload, rank=1,
        state="sent", attempts=1, run_id=run, message_id=number, created_at=at, sent_at=at,
    ))  # fmt: skip


def _taken(sent: list[Sent]) -> list[int]:
    return [number for one in sent if one.method == "deleteMessages" for number in one.params["message_ids"]]


def test_the_follow_up_is_waited_for(office: Bureau) -> None:
    office.begin(("garder_plan",))
    office.strikes()
    office.strikes(7)
    late = NOW + 300 * DAY
    office.db.write_now(_book, office.who, late)
    assert office.strikes(216) == ["plus_tard"] and office.left() == {PLAN}
    assert office.enrolment_row().keep_until == late + 30 * DAY
    assert office.strikes(331) == ["duree"] and office.left() == set()


def _book(conn: Any, who: int, at: datetime) -> None:
    e = subject(conn, who).enrolment
    conn.execute(insert(t.appointments).values(enrolment_id=e, session="S11", at=at, zone="Europe/Paris", revision=1,
                                               state="planned"))  # fmt: skip


def test_three_years_after_nothing_of_them_is_left(office: Bureau) -> None:
    office.begin(("garder_plan",))
    office.strikes()
    office.strikes(7)
    office.db.write_now(_book, office.who, NOW + 2000 * DAY)
    assert office.strikes(216) == ["plus_tard"]
    assert office.enrolment_row().keep_until == NOW + 1095 * DAY
    office.strikes(1096)
    assert office.db.read_now(lambda c: c.execute(select(t.people).where(t.people.c.id == office.who)).all()) == []
    assert office.left() == set() and office.certificates()[-1].kind == "duree"


@pytest.mark.parametrize("mark", ["restricted_at", "held_at"])
def test_nothing_is_touched_while_it_must_not_be(office: Bureau, mark: str) -> None:
    office.begin()
    office.mark(**{mark: NOW})
    assert office.strikes(1) == []
    office.mark(**{mark: None})
    assert office.strikes(1) == ["told"]
    office.mark(**{mark: NOW})
    assert office.strikes(30) == [] and len(office.left()) == 6


def test_a_night_disturbs_nobody(office: Bureau) -> None:
    office.begin()
    assert office.strikes(0.6) == [] and office.strikes(1) == ["told"]


def test_cut_in_the_middle_nothing_is_half_done(office: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    office.begin()
    office.strikes()

    def cut(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(closing, "_say", cut)
        office.strikes(7)
    assert len(office.left()) == 6 and office.certificates() == []
    assert office.strikes(7) == ["fin"] and office.left() == set()


def test_a_coach_may_end_it_before(office: Bureau) -> None:
    office.coach = office.join("coach", "Inès", COACH)
    office.who = office.join("participant", "Anna", CHAT, office.coach)
    assert office.do(closing.close, office.who, NOW) == "asked"
    office.now = NOW.replace(hour=22)
    office.db.write_now(tick, office.vault, office.house, office.now)
    assert words(office.heard(CHAT)) == []  # at night, nobody is asked
    office.now = NOW + DAY
    office.db.write_now(tick, office.vault, office.house, office.now)
    assert any("garde jusqu’au suivi" in line for line in words(office.heard(CHAT)))
    office.mark(state="stopped")
    assert office.do(closing.close, office.who, NOW) == "told"
    with pytest.raises(DeskError, match="has_stopped"):
        office.do(closing.close, office.who, NOW)
    assert office.strikes(7) == ["fin"]


def test_once_it_is_over_words_are_not_kept(office: Bureau) -> None:
    office.begin()
    office.strikes()
    office.strikes(7)
    office.heard(CHAT)
    assert "n’est plus gardé" in words(office.say(CHAT, "encore un mot"))[0]
    office.say(CHAT, "/urgence je pense à tout arrêter")
    assert office.db.read_now(lambda c: c.execute(select(t.replies.c.id)).all()) == []
    office.press(CHAT, "c:erase:1")
    assert "détruit" in words(office.press(CHAT, "c:erase:oui"))[-1]


def test_from_the_page_it_takes_a_confirmation(office: Bureau) -> None:
    office.coach = office.join("coach", "Inès", COACH)
    office.who = office.join("participant", "Anna", CHAT, office.coach)
    with espace(office) as page:
        browser = page.of(office.coach)
        seen = browser.get(f"/espace/personnes/{office.who}/actions")
        form = seen.form("/terminer")
        refused = browser.post(form["action"], {**form, "certain": ""})
        assert refused.status == 422 and "Cochez la case" in refused.text
        again = browser.submit(refused, "/terminer", certain="oui")
        assert again.status == 200 and "Le programme se termine" in again.text
    r = t.timers.c
    assert office.db.read_now(lambda c: c.execute(select(r.state).where(r.kind == "ending")).scalars().all()) == [
        "pending"
    ]
