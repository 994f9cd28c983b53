"""A house with two coaches, an admin and their participants, for the tests of the desk: all through the tables."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import func, insert, select, update

from bot import counter, duties
from bot.conversation import intake
from bot.conversation.house import House, Shelf
from bot.conversation.speech import Speech
from bot.desk import invitations
from bot.desk.invitations import Invitation
from bot.library import Library
from bot.settings import shipped
from bot.store import tables as t
from bot.store.case import drawn_id
from bot.store.database import Database
from bot.store.vault import Vault
from bot.telegram.render import plain

T = TypeVar("T")
SAID = ("sendMessage", "editMessageText", "sendDocument")
LIBRARY = Library.open(shipped("content"))


@dataclass
class Sent:
    method: str
    params: dict[str, Any]
    owner: int

    @property
    def text(self) -> str:
        return str(self.params.get("text") or self.params.get("caption", ""))

    @property
    def buttons(self) -> dict[str, str]:
        rows = (self.params.get("reply_markup") or {}).get("inline_keyboard", [])
        return {button["text"]: button.get("callback_data") or button["url"] for row in rows for button in row}


@dataclass
class Office:
    db: Database
    vault: Vault
    now: datetime
    house: House = field(init=False)
    numbers: Any = field(default_factory=lambda: count(1000))
    ines: int = 0

    def __post_init__(self) -> None:
        self.house = House(Speech(LIBRARY), Shelf(LIBRARY, {}), counter.desk, duties.DUE)
        self.house.bot.username = "marge_essai_bot"

    def do(self, service: Any, *args: Any, **kwargs: Any) -> Any:
        """A service of the desk, in a transaction of its own."""
        return self.db.write_now(service, self.vault, self.house, *args, **kwargs)

    def invite(self, role: str, name: str, coach: int | None = None, **about: Any) -> Invitation:
        about = {"zone": "Europe/Paris", **about}
        made: Invitation = self.do(invitations.invite, role=role, name=name, coach_id=coach, now=self.now, **about)
        return made

    def join(self, role: str, name: str, chat: int, coach: int | None = None, **about: Any) -> int:
        """Invited, come in through the link, and, for a participant, consenting. The person's id."""
        made = self.invite(role, name, coach, **about)
        self.say(chat, f"/start {made.code}")
        if role == "participant":
            self.press(chat, "c:consent:oui")
        self.heard(chat)
        return made.id

    # --- Telegram ---

    def say(self, chat: int, text: str, **more: Any) -> list[Sent]:
        """What came back to this chat."""
        return self._update(chat, "message", {**self.message(chat, text), **more})

    def message(self, chat: int, text: str) -> dict[str, Any]:
        return {"message_id": next(self.numbers), "chat": {"id": chat, "type": "private"}, "date": 0, "text": text}

    def press(self, chat: int, data: str) -> list[Sent]:
        message = {"message_id": 7, "chat": {"id": chat, "type": "private"}, "date": 0}
        return self._update(chat, "callback_query", {"id": str(next(self.numbers)), "data": data, "message": message})

    def keep(self, chat: int, kind: str, body: dict[str, Any]) -> None:
        self.db.write_now(intake.keep, self.vault, [{"update_id": next(self.numbers), kind: body}], self.now)

    def work(self) -> None:
        while self.db.write_now(intake.work, self.vault, self.house, self.now, 50):
            pass

    def heard(self, chat: int) -> list[Sent]:
        """What waits to leave for this chat; each is given once."""
        return self.db.write_now(self._heard, chat)

    def _update(self, chat: int, kind: str, body: dict[str, Any]) -> list[Sent]:
        self.heard(chat)
        self.keep(chat, kind, body)
        self.work()
        return self.heard(chat)

    def _heard(self, conn: Any, chat: int) -> list[Sent]:
        o = t.outbox
        rows = conn.execute(select(o).where(o.c.chat_id == chat, o.c.state == "ready").order_by(o.c.id)).all()
        self.vault.ready(conn, [row.owner_id for row in rows], self.now)
        conn.execute(update(o).where(o.c.id.in_([row.id for row in rows])).values(state="sent"))
        return [Sent(row.method, self.vault.open_json(row.owner_id, "outbox.payload", row.payload)["params"],
                     row.owner_id) for row in rows]  # fmt: skip

    # --- rows ---

    def run(self, person: int, flow: str, **about: Any) -> int:
        """A module as if it had been gone through; `draft` is what is being written for `key`."""
        return self.db.write_now(self._run, person, flow, **about)

    def reply(self, person: int, key: str, value: Any, **about: Any) -> int:
        """A version of an answer, straight into the table."""
        return self.db.write_now(self._reply, person, key, value, **about)

    def file(
        self, person: int, id: str, kind: str, body: bytes | None = b"octets", state: str = "stored", **about: Any
    ) -> None:
        """A file that came with an answer; `about` is what Telegram said of it."""

        def put(conn: Any) -> None:
            self.vault.ready(conn, [person], self.now)
            sealed = {"about": self.vault.seal_json(person, "media.about", about),
                      "bytes": None if body is None else self.vault.seal(person, "media.bytes", body)}  # fmt: skip
            row = {"id": id, "person_id": person, "kind": kind, "file_id": f"tg-{id}", **sealed}
            conn.execute(insert(t.media).values(state=state, attempts=0, **row))

        self.db.write_now(put)

    def reviews(self, person: int) -> dict[int, str]:
        def read(conn: Any) -> dict[int, str]:
            r = t.replies
            query = select(r.c.id, r.c.review).where(r.c.enrolment_id == self.enrolment(conn, person))
            return {row.id: row.review for row in conn.execute(query)}

        return self.db.read_now(read)

    def enrolment(self, conn: Any, person: int) -> int:
        return int(conn.execute(select(t.enrolments.c.id).where(t.enrolments.c.person_id == person)).scalar_one())

    def _run(
        self, conn: Any, person: int, flow: str, session: str | None = None, state: str = "done", nth: int = 2,
        key: str | None = None, draft: Any = None,
    ) -> int:  # fmt: skip
        self.vault.ready(conn, [person], self.now)
        sealed = self.vault.seal_json(person, "runs.draft", draft) if draft is not None else None
        row = {"id": drawn_id(), "enrolment_id": self.enrolment(conn, person), "flow": flow, "nth": nth, "state": state,
               "version": LIBRARY.flow(flow).version, "step": 1, "tries": 0, "said": [], "session": session, "key": key,
               "draft": sealed, "created_at": self.now}  # fmt: skip
        conn.execute(insert(t.runs).values(**row))
        return int(row["id"])

    def _reply(
        self, conn: Any, person: int, key: str, value: Any, run: int | None = None, version: int = 1, how: str = "said",
        private: bool = False, session: str | None = None, late: bool = False, question: str = "Et vous ?",
        media: tuple[str, ...] = (), at: datetime | None = None, review: str = "a_lire",
    ) -> int:  # fmt: skip
        self.vault.ready(conn, [person], self.now)
        kept = json.dumps({"value": value, "how": how if how not in ("misread", "journal") else "said", "media": media})
        row = {"enrolment_id": self.enrolment(conn, person), "run_id": run, "key": key, "version": version, "how": how,
               "question": self.vault.seal_text(person, "replies.question", question),
               "value": self.vault.seal(person, "replies.value", kept.encode()), "private": private, "session": session,
               "late": late, "answered_at": at or self.now, "review": review}  # fmt: skip
        return int(conn.execute(insert(t.replies).values(**row).returning(t.replies.c.id)).scalar_one())


# --- what came back --------------------------------------------------------------------------


def words(sent: list[Sent]) -> list[str]:
    return [plain(item.text) for item in sent if item.method in SAID]


def alert(sent: list[Sent]) -> str:
    """The line over the pressed button; the press is always answered, once and first."""
    assert [item.method for item in sent].count("answerCallbackQuery") == 1
    assert sent[0].method == "answerCallbackQuery"
    return str(sent[0].params.get("text", ""))


def button(sent: list[Sent], label: str) -> str:
    found = [data for item in sent for name, data in item.buttons.items() if label in name]
    assert found, (label, [item.buttons for item in sent])
    return found[0]


def everything(office: Office) -> dict[str, int]:
    """How many rows there are of what the desk can change."""
    tables = (t.people, t.enrolments, t.invitations, t.appointments, t.events, t.pushes, t.replies)
    count = {table.name: select(func.count()).select_from(table) for table in tables}
    found = {name: office.db.read_now(lambda conn, q=q: int(conn.execute(q).scalar_one())) for name, q in count.items()}
    unread = select(func.count()).where(t.replies.c.review == "a_lire")
    revisions = select(func.coalesce(func.sum(t.appointments.c.revision), 0))
    found["unread"] = office.db.read_now(lambda conn: int(conn.execute(unread).scalar_one()))
    found["revisions"] = office.db.read_now(lambda conn: int(conn.execute(revisions).scalar_one()))
    return found
