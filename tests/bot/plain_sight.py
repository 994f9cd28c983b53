"""A thousand secrets written into a house through every input there is, and everywhere they could come to light.

Each secret is `CANARI-<whose>-<number>-<run>`: whoever finds one knows whose it was, and a test which is missing.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, LargeBinary, func, insert, select

from bot.conversation import answering, intake, modules
from bot.conversation.modules import coded
from bot.conversation.update import Malformed
from bot.deliverables.answers import Answers
from bot.desk import people, skills
from bot.store import files, inbox, pictures
from bot.store import tables as t
from bot.store.case import Case
from bot.store.cases import by_person
from bot.store.classes import COLUMNS, Class
from bot.store.vault import KeyMissing, Unsealable
from flows.skills import KINDS
from tests.bot.desk_office import Office

ANNE, PAUL, ADMIN, CLAIRE, YANIS, STRANGER = 701, 702, 703, 801, 802, 901
CLAIRES, YANISES, ANNES, ADMINS, STRANGERS, NAMES = "claire", "yanis", "anne", "regie", "visite", "prenom"
OFFICES = "bureau"
"""Whose: what Anne writes is about Claire, but for where her half-hours take place."""


@dataclass
class Canaries:
    """All that was written, by whose it is."""

    run: str = field(default_factory=lambda: secrets.token_hex(4))
    made: dict[str, list[str]] = field(default_factory=dict)

    def new(self, whose: str) -> str:
        mine = self.made.setdefault(whose, [])
        mine.append(f"CANARI-{whose}-{len(mine)}-{self.run}")
        return mine[-1]

    def __len__(self) -> int:
        return sum(map(len, self.made.values()))

    def inside(self, data: bytes | str) -> set[str]:
        """Whose secrets stand here."""
        return {whose for whose, _ in self.found(data)}

    def found(self, data: bytes | str) -> set[tuple[str, str]]:
        """The secrets that stand here: whose, and their number."""
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        return set(re.findall(rf"CANARI-(\w+)-(\d+)-{self.run}", text))


class House:
    """Claire is Anne's, Yanis is Paul's; everybody writes, and each word is a secret of its own."""

    def __init__(self, office: Office) -> None:
        self.office, self.canaries = office, Canaries()
        self.anne, self.paul = office.join("coach", "Anne", ANNE), office.join("coach", "Paul", PAUL)
        office.join("admin", "Régie", ADMIN)
        self.claire = office.join("participant", self.canaries.new(NAMES), CLAIRE, self.anne)
        self.yanis = office.join("participant", "Yanis", YANIS, self.paul)

    # --- Claire ---

    def word(self, whose: str = CLAIRES) -> str:
        return f"Ceci n'est dit qu'ici : {self.canaries.new(whose)}."

    def modules(self) -> None:
        """Every second module there is, every question of it: words, the same said anew, then what it wants."""
        for flow in sorted(self.office.house.library.flows)[::2]:
            self.begin(flow)
            for _ in range(120):
                if not self.answer():
                    break

    def pressed(self, data: str) -> None:
        message = {"message_id": 7, "chat": {"id": CLAIRE, "type": "private"}}
        self.office.keep(
            CLAIRE, "callback_query", {"id": str(next(self.office.numbers)), "data": data, "message": message}
        )
        self.office.work()

    def begin(self, flow: str) -> None:
        def change(case: Case) -> None:
            modules.plan(self.office.house, case, flow, again=True)
            answering.go_on(self.office.house, case, answering.Source())

        self.turn(change)

    def answer(self) -> bool:
        """Whether a question was open; words that answer it or not, then the next one."""
        asked = self.open()
        if asked is None:
            return False
        office = self.office
        first, again = (office.message(CLAIRE, f"{self.word()} {self.word()}") for _ in "12")
        office.keep(CLAIRE, "message", first)
        office.keep(CLAIRE, "edited_message", {**again, "message_id": first["message_id"], "edit_date": 1})
        office.work()
        if (now := self.open()) and now[:2] == asked[:2]:
            verb = f"a:{coded(now[0])}:{now[1]}:fin" if now[2] else f"c:skip:{coded(now[0])}:{now[1]}"
            self.pressed(verb)
        if (now := self.open()) and now[:2] == asked[:2]:
            self.pressed(f"c:skip:{coded(now[0])}:{now[1]}")
        return True

    def open(self) -> tuple[int, int, bool] | None:
        """The run and the step that wait, and whether something is written there."""
        file = self.case().open_run()
        return (file.id, file.run.step, file.run.draft is not None) if file and file.run.key else None

    def case(self) -> Case:
        return self.office.db.write_now(
            lambda conn: by_person(conn, self.office.vault, [self.claire], self.office.now)[self.claire]
        )

    def turn(self, change: Any) -> None:
        def played(conn: Any) -> None:
            case = by_person(conn, self.office.vault, [self.claire], self.office.now)[self.claire]
            self.office.house.shelf.complete(conn, [case])
            change(case)
            people.put_back(conn, self.office.vault, case, self.office.now)

        self.office.db.write_now(played)

    def asides(self) -> None:
        """The journal, files with what they are called, corrections, and words behind commands."""
        office, new = self.office, self.canaries.new
        for kind in ("voice", "document", "photo", "video", "audio"):
            about = {"file_id": f"F-{kind}", "file_name": new(CLAIRES), "mime_type": f"x/{new(CLAIRES)}"}
            held: Any = [about] if kind == "photo" else about
            office.keep(CLAIRE, "message", {**office.message(CLAIRE, ""), "caption": self.word(), kind: held})
        office.work()
        for file in office.db.read_now(files.wanted, office.now, 100):
            office.db.write_now(files.store, office.vault, file, b"OggS" + self.word().encode(), office.now)
        number = office.message(CLAIRE, "")["message_id"]
        for kind in ("message", "edited_message"):
            said = {**office.message(CLAIRE, self.word()), "message_id": number, "edit_date": number}
            office.keep(CLAIRE, kind, {**said, "from": {"id": CLAIRE, "first_name": new(CLAIRES)}})
            office.work()
        for command in ("aide", "urgence", "parcours", "mes_reponses", "confidentialite", "nulle", "temoignages"):
            office.say(CLAIRE, f"/{command} {self.word()}")
        office.say(CLAIRE, f"/start {new(CLAIRES)}")
        self.unreadable({"chat": {"id": CLAIRE, "type": "private"}, "text": self.word()})

    def unreadable(self, body: dict[str, Any]) -> None:
        """A message that cannot be handled: tried three times, then set aside with its text."""
        office = self.office
        office.keep(CLAIRE, "message", body)
        for _ in range(inbox.TRIES):
            with pytest.raises(Malformed):
                office.work()
            office.do(intake.work_alone, office.now)

    # --- the others ---

    def desk(self) -> None:
        """What a coach and an admin write by chat; what a stranger says."""
        office, new, about = self.office, self.canaries.new, self.claire
        for press, words in (
            (f"d:fn:{about}", self.word(ANNES)),
            (f"d:hq:{about}", self.word(ANNES)),
            (f"d:am:{about}:S1", "demain 14h"),
            (f"d:al:{about}:S1", f"https://exemple.fr/{new(ANNES)}"),
            (f"d:am:{about}:S2", new(ANNES)),
            (f"d:rs:{about}:S1", new(ANNES)),
            ("d:sa:", f"demain 10h https://exemple.fr/{new(OFFICES)}"),
            ("d:va:", new(ANNES)),
        ):
            office.press(ANNE, press)
            said = office.say(ANNE, words)
            for agreed in [data for one in said for data in one.buttons.values() if data.startswith("d:ac:")]:
                office.press(ANNE, agreed)
        office.say(ANNE, f"/inviter {new(NAMES)}")
        for command in ("brief", "rdv", "espace", "nulle"):
            office.say(ANNE, f"/{command} {new(ANNES)}")
        office.say(ADMIN, "/pousser")
        office.say(ADMIN, self.word(ADMINS))
        office.say(ADMIN, f"/inviter_coach {new(ADMINS)}")
        for words in (self.word(STRANGERS), f"/start {new(STRANGERS)}", f"/aide {new(STRANGERS)}"):
            office.say(STRANGER, words)
        for _ in range(60):
            office.say(YANIS, self.word(YANISES))
        for sent in (True, False):
            self.push(sent)
        self.begun()

    def works(self) -> None:
        """What a coach and Claire write in her documents: a skill, her notes, a synthesis, what she says of it."""
        self.office.db.write_now(self._works)

    def _works(self, conn: Connection) -> None:
        office, now = self.office, self.office.now
        served = people.one(conn, office.vault, self.claire, now)
        assert served is not None
        case = by_person(conn, office.vault, [self.claire], now)[self.claire]
        office.house.shelf.complete(conn, [case])
        cited = next(found for found in Answers(office.house, case).every() if not found.private)
        name, why = self.canaries.new(ANNES), self.word(ANNES)
        skills.propose(conn, office.vault, office.house, served, cited.reply, self.anne, name, KINDS[0], why, now)
        seal, e = office.vault.seal_json, served.enrolment.id
        conn.execute(insert(t.pages).values(enrolment_id=e, document="carnet", at=now,
                                            body=seal(self.claire, "pages.body", {"note": self.word()})))  # fmt: skip
        parts = {"circonstances": self.word(ANNES), "competences": "", "etapes": ""}
        remark = seal(self.claire, "syntheses.remark", {"text": self.word()})
        conn.execute(insert(t.syntheses).values(
            enrolment_id=e, version=1, body=seal(self.claire, "syntheses.body", parts), remark=remark,
            author_id=self.anne, written_at=now, sent_at=now, remarked_at=now))  # fmt: skip

    def begun(self) -> None:
        """A date and a place that the coach has seen and not agreed to."""
        for verb, words in (("am", "demain 16h"), ("al", f"https://exemple.fr/{self.canaries.new(ANNES)}")):
            self.office.press(ANNE, f"d:{verb}:{self.claire}:S2")
            self.office.say(ANNE, words)

    def push(self, sent: bool) -> None:
        """A text for everybody, seen first, then sent or left there."""
        office = self.office
        offered = [data for one in office.say(ADMIN, "/pousser") for data in one.buttons.values()]
        everybody = next(data for data in offered if data.endswith(":to:all"))
        mark = everybody.split(":")[1]
        office.press(ADMIN, everybody)
        office.press(ADMIN, f"d:{mark}:text")
        office.say(ADMIN, self.word(ADMINS))
        offered = [data for one in office.press(ADMIN, f"d:{mark}:now") for data in one.buttons.values()]
        if sent:
            office.press(ADMIN, next(data for data in offered if data.endswith(":send")))
            office.db.write_now(self._pictured)

    def _pictured(self, conn: Connection) -> None:
        """The newest push has a document by a secret name."""
        push = conn.execute(select(func.max(t.pushes.c.id))).scalar_one()
        self.office.vault.ready(conn, [0], self.office.now)
        pictures.put(conn, self.office.vault, push, {"name": self.word(ADMINS), "data": "", "kind": "document"})

    # --- where they could be ---

    def sent(self) -> Iterator[tuple[int, str]]:
        """Every message that was or will be sent: to whom, and all it holds."""
        for owner, row, body in self.opened(t.outbox, "payload"):
            yield int(row.chat_id), f"{owner} {body.decode('utf-8', 'replace')}"

    def opened(self, table: Any, column: str) -> Iterator[tuple[int | None, Any, bytes]]:
        """Each sealed value of this column with whose key opens it; None and nothing where no key left does."""
        rows = self.office.db.read_now(lambda conn: conn.execute(select(table)).all())
        owners = self.office.db.write_now(self.keys)
        for row in rows:
            sealed = getattr(row, column)
            if sealed is not None:
                owner, body = self.unsealed(owners, f"{table.name}.{column}", sealed)
                yield owner, row, body

    def unsealed(self, owners: list[int], place: str, sealed: bytes) -> tuple[int | None, bytes]:
        """Whose key opens it, of these, and what it says; None and nothing when none does."""
        for owner in owners:
            try:
                return owner, self.office.vault.open(owner, place, sealed)
            except (Unsealable, KeyMissing):
                continue
        return None, b""

    def sealed(self) -> list[tuple[str, bytes]]:
        """Every sealed value there is, with its place."""
        found = []
        for table, column in sealed_columns():
            values = select(table.c[column]).where(table.c[column].is_not(None))
            read = self.office.db.read_now(lambda conn, values=values: list(conn.execute(values).scalars()))
            found += [(f"{table.name}.{column}", bytes(value)) for value in read]
        return found

    def keys(self, conn: Any) -> list[int]:
        """Whose keys there are; they are ready."""
        owners = list(conn.execute(select(t.keys.c.person_id)).scalars())
        self.office.vault.ready(conn, owners, self.office.now)
        return owners


HASHES = {"code_hash", "token_hash", "mark", "digest", "wrapped", "other", "source", "before", "hash", "base"}
"""Columns of bytes that are not sealed: sums, keys, and the content as it was published."""


def sealed_columns() -> list[tuple[Any, str]]:
    return [(table, column.name) for table in t.metadata.sorted_tables for column in table.columns
            if isinstance(column.type, LargeBinary) and column.name not in HASHES
            and COLUMNS[f"{table.name}.{column.name}"] is not Class.CONTENT]  # fmt: skip


def rows_in_clear(office: Office) -> str:
    """Every row of every table as the database holds it, bytes and all."""

    def read(conn: Any) -> str:
        found = []
        for table in t.metadata.sorted_tables:
            for row in conn.execute(select(table)):
                found += [value.decode("latin-1") if isinstance(value, bytes) else repr(value) for value in row]
        return "\n".join(found)

    return office.db.read_now(read)


def files_under(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path, path.read_bytes()
