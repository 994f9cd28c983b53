"""A house where every kind of words has been written, each word a secret that can be looked for: by chat, by the desk,
by files, by what went wrong. For what is said of the store as a whole."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.admin import pushes
from bot.admin.audience import Audience
from bot.conversation import ticking
from bot.desk import appointments, brief, comments, digest, notes, people, slots
from bot.store import tables as t
from bot.store.audit import OPERATOR
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office

INES, ANNA, MAX = 701, 801, 802


class FullHouse(Office):
    """`secrets`: every word that was written; `kept`: those that are to be found again.

    Two participants, Anna (chat 801) and Max (802), and their coach (701).
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.secrets: list[str] = []
        self.kept: list[str] = []
        self._drawn = count(1)

    def secret(self, about: str, kept: bool = True) -> str:
        word = f"Zyx{about}{next(self._drawn):03}Quartz"
        self.secrets.append(word)
        self.kept += [word] if kept else []
        return word

    def live(self) -> "FullHouse":
        self.ines = self.join("coach", self.secret("Coach"), INES)
        self.anna = self.join("participant", self.secret("Anna"), ANNA, self.ines, cohort="printemps")
        self.max = self.join("participant", self.secret("Max"), MAX, self.ines)
        for chat in (ANNA, MAX):
            for _ in range(4):
                self.say(chat, self.secret("Reply"))
            self.say(chat, f"/journal {self.secret('Journal')}")
            self.say(chat, "", photo=[{"file_id": "tg", "file_unique_id": "u", "width": 1, "height": 1}],
                     caption=self.secret("Caption", kept=False))  # fmt: skip
        self.say(999, self.secret("Stranger", kept=False))
        self._files()
        self._desk()
        self.run(self.anna, "temoignage", key="x", draft={"parts": [self.secret("Draft")]})
        self.keep(998, "message", self.message(998, self.secret("Stranger")))
        self.keep(ANNA, "message", self.message(ANNA, self.secret("Waiting")))  # not handled yet
        self.db.write_now(self._prompt)
        self._works()
        return self

    def _works(self) -> None:
        """What is kept of documents beside the answers: a skill, scores, a synthesis with what is said of it."""
        proof, written = self.run(self.anna, "fiche-preuve"), self.now
        about = {"name": self.secret("Skill"), "kind": "savoir_faire", "why": self.secret("Why")}

        def put(conn: Connection) -> None:
            self.vault.ready(conn, [self.anna], self.now)
            who = self.enrolment(conn, self.anna)

            def sealed(place: str, body: Any) -> bytes:
                return self.vault.seal_json(self.anna, place, body)

            conn.execute(insert(t.skills).values(
                enrolment_id=who, run_id=proof, key="fiches[0]", nth=1, state="proposee", up_to_reply=0, at=written,
                by_id=self.ines, body=sealed("skills.body", about)))  # fmt: skip
            conn.execute(insert(t.pages).values(
                enrolment_id=who, document="scenarios", at=written,
                body=sealed("pages.body", {self.secret("Criterion"): {"vies[0]": 7}})))  # fmt: skip
            conn.execute(insert(t.syntheses).values(
                enrolment_id=who, version=1, author_id=self.ines, written_at=written, sent_at=written,
                remarked_at=written, body=sealed("syntheses.body", {"etapes": self.secret("Synthesis")}),
                remark=sealed("syntheses.remark", {"text": self.secret("Remark")})))  # fmt: skip

        self.db.write_now(put)

    def _files(self) -> None:
        for person in (self.anna, self.max):
            body = f"octets {self.secret('Bytes')}".encode()
            self.file(person, f"f{person}", "document", body, name=self.secret("Filename"),
                      caption=self.secret("Caption"))  # fmt: skip

    def _desk(self) -> None:
        at = self.now + timedelta(days=3)
        place, by = self.secret("Place"), self.ines
        self.do(appointments.put, self.anna, "S1", at, None, self.now, place=place, by=by)
        self.db.write_now(self._served, self.anna)
        self.db.write_now(slots.give, self.vault, self.ines, at, self.secret("Slot"), self.now)
        self.do(pushes.plan, by=OPERATOR, body={"text": self.secret("Push")}, to=Audience(cohorts=("printemps",)),
                now=self.now)  # fmt: skip
        sealed = self.vault.seal(0, "pushes.picture", self.secret("Image").encode())
        self.db.write_now(lambda conn: conn.execute(update(t.pushes).values(picture=sealed)))
        while self.db.write_now(ticking.tick, self.vault, self.house, self.now):
            pass
        self.do(digest.send, self.ines, "2026-11-02", self.now)
        self.do(brief.now, self.anna, self.now)

    def _served(self, conn: Connection, person: int) -> None:
        served = people.one(conn, self.vault, person, self.now)
        assert served is not None
        notes.note(conn, self.vault, served, self.ines, self.secret("Note"), self.now)
        comments.write(conn, self.vault, self.house, served, None, self.ines, self.secret("Comment"), self.now)

    def _prompt(self, conn: Connection) -> None:
        coach = self.ines
        self.vault.ready(conn, [coach, self.anna], self.now)
        prompt = self.vault.seal_json(coach, "people.prompt", {"note": self.secret("Prompt")})
        conn.execute(t.people.update().where(t.people.c.id == coach).values(prompt=prompt))
        words = self.vault.seal_text(self.anna, "runs.words", self.secret("Question"))
        conn.execute(
            t.runs.update().where(t.runs.c.enrolment_id == self.enrolment(conn, self.anna)).values(words=words)
        )
        if conn.execute(select(t.briefs.c.id)).first() is None:
            appointment = conn.execute(select(t.appointments.c.id)).scalars().first()
            body = self.vault.seal_json(self.anna, "briefs.body", {"said": self.secret("Brief")})
            row = {"appointment_id": appointment, "revision": 9, "made_at": self.now, "body": body}
            conn.execute(insert(t.briefs).values(**row))


def every_value(database: Database, vault: Vault | None = None) -> Iterator[tuple[str, Any]]:
    """Each column of each row, as it stands: (`table.column`, value)."""
    for table in t.metadata.tables.values():
        for row in database.read_now(lambda conn, table=table: conn.execute(select(table)).all()):
            yield from ((f"{table.name}.{name}", value) for name, value in row._mapping.items())
