"""What a coach writes back: kept sealed, sent once at an allowed minute; and what is said to it."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.conversation.ticking import tick
from bot.desk import DeskError, comments, people, review
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from bot.telegram.render import plain, units
from tests.bot.desk_office import Office, Sent, words

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 3, 22, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 4, 8, 0, tzinfo=UTC)
INES, ANNA = 701, 801


class Bureau(Office):
    """An office with one coach and one participant, and the passing of time."""

    anna: int

    def write(self, reply: int | None, text: str) -> datetime:
        def kept(conn: Any) -> datetime:
            served = people.one(conn, self.vault, self.anna, self.now)
            assert served is not None
            return comments.write(conn, self.vault, self.house, served, reply, self.ines, text, self.now)

        return self.db.write_now(kept)

    def until(self, at: datetime) -> list[Sent]:
        """What reached the participant by then."""
        self.now = at
        while self.db.write_now(tick, self.vault, self.house, at):
            pass
        return self.heard(ANNA)

    def rows(self, table: Any, *where: Any) -> list[Any]:
        return self.db.read_now(lambda conn: list(conn.execute(select(table).where(*where)).all()))

    def timer(self) -> Any:
        return self.rows(t.timers, t.timers.c.kind == comments.KIND)[-1]

    def written(self) -> list[comments.Comment]:
        def read(conn: Any) -> list[comments.Comment]:
            served = people.one(conn, self.vault, self.anna, self.now)
            assert served is not None
            return comments.written(conn, self.vault, served, self.now)

        return self.db.read_now(read)

    def answers(self, to: int, text: str, **more: Any) -> list[Sent]:
        return self.say(ANNA, text, reply_to_message={"message_id": to}, **more)

    def delivered(self, sent_as: int) -> None:
        """Gives the last comment sent the number that Telegram would."""

        def number(conn: Any) -> None:
            o = t.outbox
            last = conn.execute(select(o.c.id).where(o.c.key.like("comment:%")).order_by(o.c.id.desc())).scalar()
            conn.execute(update(o).where(o.c.id == last).values(message_id=sent_as))

        self.db.write_now(number)


@pytest.fixture
def office(database: Database, vault: Vault) -> Bureau:
    office = Bureau(database, vault, NOW)
    office.ines = office.join("coach", "Inès", INES)
    office.anna = office.join("participant", "Anna", ANNA, office.ines)
    return office


def answer(office: Bureau, value: Any, **about: Any) -> int:
    return office.reply(office.anna, "a", value, run=office.run(office.anna, "sens-du-travail"), **about)


# --- leaving ---------------------------------------------------------------------------------


def test_it_leaves_as_one_message_that_names_its_author_and_quotes_the_answer(office: Bureau) -> None:
    reply = answer(office, 'Une <b>marche</b> & "le canal"')
    assert office.write(reply, "  Merci <i>beaucoup</i>.\n\nEt après ? ") == NOW
    [sent] = office.until(NOW)
    head, quote, *text, foot = plain(sent.text).split("\n\n")
    assert "Inès vous écrit" in head and quote == 'Une <b>marche</b> & "le canal"'
    assert "\n\n".join(text) == "Merci <i>beaucoup</i>.\n\nEt après ?" and "Répondre" in foot
    assert office.until(NOW + timedelta(hours=1)) == []
    [kept] = office.rows(t.comments)
    assert b"Merci" not in kept.body and (kept.author_id, kept.reply_id) == (office.ines, reply)
    [event] = office.rows(t.events, t.events.c.kind == "commented")
    assert event.about == {"comment": kept.id, "reply": reply, "by": office.ines}
    assert [(one.text, one.author, one.state) for one in office.written()] == [
        ("Merci <i>beaucoup</i>.\n\nEt après ?", "Inès", "fired")
    ]


def test_the_longest_message_on_the_longest_answer_is_still_one(office: Bureau) -> None:
    reply = answer(office, "🧑‍🦽" * 4000)
    office.write(reply, "🙂" * (comments.MOST // 2))
    [sent] = office.until(NOW)
    assert units(plain(sent.text)) <= 4096 and "…" in sent.text


@pytest.mark.parametrize(
    ("text", "reason"), [("a" * 3501, "many_words"), ("🙂" * 1751, "many_words"), (" \n", "no_words")]
)
def test_what_cannot_leave_is_refused_and_leaves_no_trace(office: Bureau, text: str, reason: str) -> None:
    reply = answer(office, "un mot")
    with pytest.raises(DeskError) as refused:
        office.write(reply, text)
    assert refused.value.reason == reason
    assert office.rows(t.comments) == [] and office.until(NOW) == []


def test_at_night_it_waits_for_the_morning(office: Bureau) -> None:
    office.now = NIGHT
    assert office.write(answer(office, "un mot"), "Bonne nuit.") == MORNING
    assert office.until(MORNING - timedelta(minutes=1)) == []
    assert "Bonne nuit." in office.until(MORNING)[0].text


def test_hours_narrowed_meanwhile_are_looked_at_again(office: Bureau) -> None:
    office.now = NIGHT
    office.write(answer(office, "un mot"), "Bonjour.")
    hours = {"from": "15:00", "to": "16:00"}
    office.db.write_now(lambda conn: conn.execute(update(t.enrolments).values(hours=hours)))
    assert office.until(MORNING) == [] and office.timer().state == "pending"
    assert "Bonjour." in office.until(MORNING.replace(hour=14))[0].text


def test_neither_a_pause_nor_the_pace_holds_it(office: Bureau) -> None:
    office.press(ANNA, "c:pause:0")
    office.db.write_now(lambda conn: conn.execute(update(t.enrolments).values(asked_at=NOW, gentle=True)))
    office.write(answer(office, "un mot"), "Prenez votre temps.")
    assert "Prenez votre temps." in office.until(NOW)[0].text
    [enrolment] = office.rows(t.enrolments)
    assert (enrolment.state, enrolment.asked_at) == ("paused", NOW)


@pytest.mark.parametrize(("data", "reason"), [("c:stop:oui", "has_stopped"), ("c:withdraw", "not_agreed")])
def test_whoever_stopped_or_agrees_no_more_is_not_written_to(office: Bureau, data: str, reason: str) -> None:
    reply = answer(office, "un mot")
    office.press(ANNA, data)
    with pytest.raises(DeskError) as refused:
        office.write(reply, "Encore un mot.")
    assert refused.value.reason == reason and office.rows(t.comments) == []


@pytest.mark.parametrize("data", ["c:stop:oui", "c:withdraw"])
def test_what_had_not_left_when_they_stopped_stays_unsent_and_says_so(office: Bureau, data: str) -> None:
    office.now = NIGHT
    office.write(answer(office, "un mot"), "Bonne nuit.")
    office.press(ANNA, data)
    assert office.until(MORNING) == []
    assert [one.state for one in office.written()] == ["cancelled"]


def test_a_programme_ended_meanwhile_drops_it_with_an_event(office: Bureau) -> None:
    office.now = NIGHT
    office.write(answer(office, "un mot"), "Bonne nuit.")
    office.db.write_now(lambda conn: conn.execute(update(t.enrolments).values(state="ended")))
    assert office.until(MORNING) == []
    [event] = office.rows(t.events, t.events.c.kind == "comment_cancelled")
    assert event.about["reason"] == "ended" and [one.state for one in office.written()] == ["cancelled"]


def test_whoever_cannot_be_reached_gets_it_at_their_return(office: Bureau) -> None:
    reply = answer(office, "un mot")
    chat = {"id": ANNA, "type": "private"}
    office.keep(ANNA, "my_chat_member", {"chat": chat, "new_chat_member": {"status": "kicked"}})
    office.work()
    office.write(reply, "Je pense à vous.")
    assert office.until(NOW) == [] and [one.state for one in office.written()] == ["held"]
    office.say(ANNA, "/parcours")
    assert "Je pense à vous." in "".join(sent.text for sent in office.until(NOW + timedelta(minutes=1)))


def test_erased_with_its_reader(office: Bureau) -> None:
    office.now = NIGHT
    office.write(answer(office, "un mot"), "Bonne nuit.")
    office.press(ANNA, "c:erase:oui")
    assert office.rows(t.comments) == [] and office.rows(t.timers, t.timers.c.kind == comments.KIND) == []
    assert office.until(MORNING) == []


# --- what it is about --------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", ["private", "erased", "foreign"])
def test_an_answer_that_the_coach_is_not_shown_cannot_be_answered(office: Bureau, hidden: str) -> None:
    run = office.run(office.anna, "sens-du-travail")
    reply = office.reply(office.anna, "a", "secret", run=run)
    if hidden == "foreign":
        other = office.join("participant", "Zoé", 802, office.ines)
        reply = office.reply(other, "journal", "ailleurs", how="journal")
    else:
        about = {"private": True} if hidden == "private" else {"how": "erased"}
        office.reply(office.anna, "a", "secret", run=run, version=2, **about)
    with pytest.raises(DeskError) as refused:
        office.write(reply, "Bonjour.")
    assert refused.value.reason == "unknown_reply"


@pytest.mark.parametrize("then", ["changed", "private", "erased"])
def test_what_is_quoted_is_what_stands_when_it_leaves(office: Bureau, then: str) -> None:
    office.now = NIGHT
    run = office.run(office.anna, "sens-du-travail")
    reply = office.reply(office.anna, "a", "premier jet", run=run)
    office.write(reply, "Bonjour.")
    about = {"changed": {}, "private": {"private": True}, "erased": {"how": "erased"}}[then]
    office.reply(office.anna, "a", "mieux dit", run=run, version=2, **about)
    [sent] = office.until(MORNING)
    assert "premier jet" not in sent.text and ("mieux dit" in sent.text) == (then == "changed")
    assert "Bonjour." in sent.text


def test_a_voice_note_is_named_by_its_question_and_a_word_about_nothing_quotes_nothing(office: Bureau) -> None:
    office.file(office.anna, "f1", "voice")
    office.write(answer(office, None, media=("f1",), question="Qu'est-ce qui **compte** ?"), "Merci.")
    office.write(None, "À bientôt.")
    first, second = office.until(NOW)
    assert "Qu'est-ce qui compte ?" in first.text.replace("’", "'") and "<blockquote>" not in second.text
    assert "Inès vous écrit" in plain(second.text) and "propos" not in plain(second.text)


# --- what is said back -------------------------------------------------------------------------


def test_a_reply_to_it_goes_to_the_coach_and_never_into_the_open_question(office: Bureau) -> None:
    reply = answer(office, "un mot")
    office.write(reply, "Merci.")
    office.until(NOW)
    office.delivered(4242)
    runs = office.rows(t.runs)
    said = office.answers(4242, "Avec plaisir.")
    assert "Noté pour votre coach" in words(said)[0]
    assert office.rows(t.runs) == runs  # whatever was open still is, as it was
    [kept] = [row for row in office.rows(t.replies) if row.how == "journal"]
    [comment] = office.rows(t.comments)
    assert (kept.key, kept.run_id, kept.review) == (f"comment:{comment.id}", None, "a_lire")
    assert comments.answered(kept.key) == comment.id


def test_saying_it_anew_and_sending_an_album_stay_with_the_coach(office: Bureau) -> None:
    office.write(answer(office, "un mot"), "Merci.")
    office.until(NOW)
    office.delivered(4242)
    office.answers(4242, "Avec plaisi.", message_id=900)
    body = {**office.message(ANNA, "Avec plaisir."), "message_id": 900}
    office._update(ANNA, "edited_message", body)
    photo = [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]
    office.answers(4242, "", media_group_id="g", photo=photo)
    office.say(ANNA, "", media_group_id="g", photo=photo)  # only the first picture names what it answers
    kept = [row for row in office.rows(t.replies) if row.how == "journal"]
    assert len(kept) == 4 and {row.key for row in kept} == {f"comment:{office.rows(t.comments)[0].id}"}


def test_plain_words_still_go_to_the_open_question(office: Bureau) -> None:
    office.write(answer(office, "un mot"), "Merci.")
    office.until(NOW)
    office.delivered(4242)
    before = len(office.rows(t.replies))
    office.say(ANNA, "des mots")
    rows = office.rows(t.replies)
    assert len(rows) == before + 1 and rows[-1].run_id is not None


# --- kept ------------------------------------------------------------------------------------


def test_it_is_part_of_their_data(office: Bureau) -> None:
    office.write(answer(office, "un mot"), "Merci, Anna.")
    office.until(NOW)
    office.say(ANNA, "/mesdonnees")

    def file(conn: Any) -> Any:
        o = t.outbox.c
        row = conn.execute(select(o.owner_id, o.payload).where(o.method == "sendDocument")).one()
        return office.vault.open_json(row.owner_id, "outbox.payload", row.payload)["files"]["document"][1]

    held = json.loads(base64.b64decode(office.db.write_now(file)))
    assert {"mot_du_coach": "Merci, Anna.", "date": NOW.isoformat()} in held


@pytest.mark.parametrize("state", review.STATES)
def test_states_go_both_ways_and_say_who_and_when(office: Bureau, state: str) -> None:
    reply = answer(office, "un mot", review="lu" if state != "lu" else "traite")

    def put(conn: Any, which: int) -> bool:
        return review.put_state(conn, office.enrolment(conn, office.anna), which, state, office.ines, NOW)

    assert office.db.write_now(put, reply) and not office.db.write_now(put, reply + 1)
    [row] = office.rows(t.replies, t.replies.c.id == reply)
    assert (row.review, row.reviewed_by, row.reviewed_at) == (state, office.ines, NOW)
