"""What is served is what was published: by whom, from when on, for whom; and the way back."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import structlog
from sqlalchemy import select

from bot import counter, duties
from bot.admin import pushes
from bot.admin.audience import Audience
from bot.app import App, keep_up
from bot.conversation import planning, ticking
from bot.conversation.house import House, Shelf
from bot.conversation.speech import Speech
from bot.desk import DeskError, appointments
from bot.library import Library
from bot.publishing import drafting, edition, following, release
from bot.publishing.drafting import Taken
from bot.publishing.following import Following
from bot.store import audit, publications
from bot.store import tables as t
from bot.store.audit import By
from bot.store.case import Case
from bot.store.database import Database
from bot.store.publications import Files
from bot.store.vault import Vault
from flows.source import SourceErrors
from tests.benchmarks import marge_bot
from tests.bot.desk_office import Office, words
from tests.stage import gathered

ANNE, CLAIRE, YANIS = 701, 801, 802
DOMINIQUE, DENIS = By(7, "admin", "page"), By(8, "admin", "page")
DEUX = "flows/deux.yml"
ESSAI = "programmes/essai.yml"
FIRST, SECOND = "Et qu'est-ce qui vous en a pris ?", "Et qu'est-ce qui vous en a coûté ?"


def read(text: str) -> str:
    """As it is read in the chat."""
    return text.replace("'", "’").replace(" ?", "\u202f?")


@dataclass
class Press:
    """An office on a content of its own, and the folder that this content lies in."""

    office: Office
    folder: Path

    def write(self, path: str, old: str, new: str) -> Files:
        """What the folder holds, once this is changed in it."""
        text = (self.folder / path).read_text("utf-8")
        assert old in text
        (self.folder / path).write_text(text.replace(old, new), "utf-8")
        return edition.authored(self.folder)

    def publish(self, files: Files, **about: Any) -> int:
        library = edition.opened(files, self.folder)
        about = {"origin": "dossier", "note": "", "by": DOMINIQUE, "reword": False, **about}
        about.setdefault("base", self.office.db.read_now(publications.newest_id))
        id: int = self.office.db.write_now(release.publish, library, files, now=self.office.now, **about)
        self.office.db.write_now(release.swap, self.office.house.shelf, library, id, self.office.now)
        return id

    def begin(self, chat: int, flow: str = "deux") -> list[str]:
        """The words of the module's first question, as this person reads them."""
        office = self.office
        who = office.db.read_now(lambda conn: conn.execute(
            select(t.people.c.id).where(t.people.c.chat_id == chat)).scalar_one())  # fmt: skip
        office.do(pushes.plan, by=audit.OPERATOR, body={"flow": flow}, to=Audience(people=(who,)), now=office.now)
        self.tick()
        return words(office.heard(chat))

    def tick(self) -> None:
        while self.office.db.write_now(ticking.tick, self.office.vault, self.office.house, self.office.now):
            pass


@pytest.fixture
def press(database: Database, vault: Vault, now: Any, tmp_path: Path) -> Iterator[Press]:
    office = Office(database, vault, now)
    folder = gathered("essai", tmp_path / "essai")
    library = Library.open(folder)
    database.write_now(release.first, folder, now)
    archive = database.write_now(release.shelve, library, now)
    office.house = House(Speech(library), Shelf(library, archive, 1), counter.desk, duties.DUE, content=folder)
    anne = office.join("coach", "Anne", ANNE)
    for chat, name in ((CLAIRE, "Claire"), (YANIS, "Yanis")):
        office.join("participant", name, chat, anne, programme="essai")
        office.say(chat, "Bien")
        while buttons := [b for sent in office.heard(chat) for b in sent.buttons.values()]:
            office.press(chat, buttons[0])
    yield Press(office, folder)


def test_the_folder_is_published_once_and_is_a_draft_from_then_on(press: Press) -> None:
    db, now = press.office.db, press.office.now
    changed = press.write(DEUX, FIRST, SECOND)
    assert db.write_now(release.first, press.folder, now) is None
    newest = db.read_now(publications.newest)
    assert newest.id == 1 and newest.origin == "dossier" and newest.files[DEUX] != changed[DEUX]
    served = release.served(newest, press.folder)
    assert served.flow("deux") == press.office.house.library.flow("deux")
    assert served.phrases == Library.open(press.folder).phrases, "the bot's own words come with the code"


def test_a_version_is_told_of_and_kept_for_ever(press: Press) -> None:
    db = press.office.db
    files = press.write(DEUX, FIRST, SECOND)
    assert press.publish(files, note="  Un mot plus doux.  ") == 2
    newest, first = db.read_now(publications.listed, 9)
    assert (newest.note, newest.by_id, newest.files) == ("Un mot plus doux.", 7, files)
    assert first.id == 1 and FIRST in first.files[DEUX]
    told = db.read_now(audit.newest, 1)[0]
    assert told.by == DOMINIQUE and told.action == "publish"
    assert told.about == {"version": 2, "origin": "dossier", "files": 1, "reworded": 0}
    assert db.read_now(publications.read, 3) is None and db.read_now(publications.read, 1) == first


def test_nobody_publishes_over_what_they_have_not_seen(press: Press) -> None:
    files = press.write(DEUX, FIRST, SECOND)
    press.publish(files)
    with pytest.raises(DeskError, match="published_meanwhile"):
        press.publish(press.write(DEUX, SECOND, FIRST), base=1)
    with pytest.raises(DeskError, match="nothing_changed"):
        press.publish(files)
    assert press.office.db.read_now(publications.newest_id) == 2


def test_a_fault_is_told_and_nothing_is_opened(press: Press) -> None:
    files = press.write(DEUX, "  - question: pris", "  - quetsion: pris")
    with pytest.raises(SourceErrors) as caught:
        edition.opened(files, press.folder)
    fault = caught.value.errors[0]
    assert fault.file.endswith(DEUX) and fault.line == 8 and fault.column == 5


def test_a_run_keeps_its_version_and_whoever_begins_has_the_new_one(press: Press) -> None:
    assert "énergie" in press.begin(CLAIRE)[-1]
    press.publish(press.write(DEUX, FIRST, SECOND))
    assert words(press.office.say(CLAIRE, "Une marche."))[-1] == read(FIRST)
    press.begin(YANIS)
    assert words(press.office.say(YANIS, "Un café."))[-1] == read(SECOND)


def test_a_correction_reaches_what_was_not_shown_yet_and_nothing_else(press: Press) -> None:
    press.begin(CLAIRE)
    files = press.write(DEUX, FIRST, SECOND)
    files = press.write(DEUX, "de l'énergie cette semaine", "des forces cette semaine")
    press.publish(files, reword=True)
    told = press.office.db.read_now(audit.newest, 1)[0]
    assert told.about["reworded"] == 1
    again = " ".join(words(press.office.say(CLAIRE, "/reprendre")))
    assert "de l’énergie cette semaine" in again, "the question that stands is the one that was shown"
    assert words(press.office.say(CLAIRE, "Une marche."))[-1] == read(SECOND)
    assert words(press.office.say(CLAIRE, "Le bruit."))[-1] == "C’est noté. Merci pour ce temps."
    assert shown(press.office) == [read("Qu'est-ce qui vous a donné de l'énergie cette semaine ?"), read(SECOND)]


def shown(office: Office) -> list[str]:
    """The questions of the module, as they are kept beside its answers."""

    def opened(conn: Any) -> list[str]:
        r = t.replies.c
        rows = conn.execute(select(t.replies, t.enrolments.c.person_id).join(t.enrolments).where(
            r.key.in_(["donne", "pris"])).order_by(r.id)).all()  # fmt: skip
        office.vault.ready(conn, [row.person_id for row in rows], office.now)
        return [office.vault.open_text(row.person_id, "replies.question", row.question) for row in rows]

    return office.db.read_now(opened)


def test_a_change_of_shape_reaches_no_run_even_when_words_may(press: Press) -> None:
    press.begin(CLAIRE)
    files = press.write(DEUX, "  - question: pris", "  - question: perdu")
    press.publish(files, reword=True)
    assert words(press.office.say(CLAIRE, "Une marche."))[-1] == read(FIRST)


def test_going_back_is_publishing_once_more(press: Press) -> None:
    db = press.office.db
    press.publish(press.write(DEUX, FIRST, SECOND))
    old = db.read_now(publications.read, 1)
    assert press.publish(old.files, origin="retour") == 3
    press.begin(YANIS)
    assert words(press.office.say(YANIS, "Un café."))[-1] == read(FIRST)
    assert [one.origin for one in db.read_now(publications.listed, 9)] == ["retour", "dossier", "dossier"]


def test_envois_follow_a_changed_schedule_whatever_stops_it(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    office, db = press.office, press.office.db
    monkeypatch.setattr(following, "SLICE", 1)
    people = db.read_now(lambda conn: list(conn.execute(select(t.enrolments.c.person_id)).scalars()))
    for person in people:
        office.do(appointments.put, person, "S1", office.now + timedelta(days=10), None, office.now)
    assert hours(office) == {10}
    finish(office)
    press.publish(press.write(ESSAI, '"S1 - 3j 10:00"', '"S1 - 3j 11:00"'))
    assert db.write_now(Following(office.house).step, office.vault, office.now)
    assert hours(office) == {10, 11}, "one of the two"
    finish(office)  # another process, from the beginning
    assert hours(office) == {11}
    assert db.read_now(publications.newest).replanned_at == office.now
    before = db.read_now(lambda conn: conn.execute(select(t.timers).order_by(t.timers.c.id)).all())
    finish(office)
    assert db.read_now(lambda conn: conn.execute(select(t.timers).order_by(t.timers.c.id)).all()) == before


def test_who_cannot_be_planned_anew_keeps_nobody_from_it(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    office, db = press.office, press.office.db
    first, second = db.read_now(lambda conn: list(conn.execute(select(t.enrolments.c.id)).scalars()))[:2]
    people = db.read_now(lambda conn: list(conn.execute(select(t.enrolments.c.person_id)).scalars()))
    for person in people:
        office.do(appointments.put, person, "S1", office.now + timedelta(days=10), None, office.now)
    replan = planning.replan

    def broken(house: House, case: Case) -> None:
        if case.enrolment and case.enrolment.id == first:
            raise KeyError("a flow that is no more")
        replan(house, case)

    monkeypatch.setattr(planning, "replan", broken)
    press.publish(press.write(ESSAI, '"S1 - 3j 10:00"', '"S1 - 3j 11:00"'))
    with structlog.testing.capture_logs() as told:
        finish(office)
    assert hours(office) == {10, 11}
    assert [(one["event"], one["enrolment"], one["error"]) for one in told] == [("not planned anew", first, "KeyError")]
    assert second != first and db.read_now(publications.newest).replanned_at == office.now


def finish(office: Office) -> None:
    following = Following(office.house)
    while office.db.write_now(following.step, office.vault, office.now):
        pass


def hours(office: Office) -> set[int]:
    """At which hours, in Paris, the preparation of S1 leaves."""
    r = t.timers.c
    due = select(r.due_at).where(r.kind == "envoi", r.state == "pending", r.scope.contains("s1-preparer"))
    return {
        at.astimezone(ZoneInfo("Europe/Paris")).hour
        for at in office.db.read_now(lambda c: list(c.execute(due).scalars()))
    }


def test_another_process_takes_up_what_was_published(press: Press, database_url: str, tmp_path: Path) -> None:
    settings = marge_bot.settings(tmp_path, database_url=database_url).model_copy(update={"content": press.folder})
    app = App(settings, marge_bot.app.Clock.real(), Database.open(database_url), press.office.vault,
              House(Speech(press.office.house.library), Shelf(press.office.house.library, {}, 1)))  # fmt: skip
    press.publish(press.write(DEUX, FIRST, SECOND))

    async def wait() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(keep_up(app, stop, follow=True))
        while app.house.shelf.publication != 2:
            await asyncio.sleep(0.01)
        stop.set()
        await task

    try:
        asyncio.run(asyncio.wait_for(wait(), 60))
        assert app.house.library.flow("deux").steps[1].text == read(SECOND)  # type: ignore[union-attr]
    finally:
        app.close()


# --- drafts ----------------------------------------------------------------------------------


def test_a_correction_of_the_page_is_kept_apart_until_it_is_published(press: Press) -> None:
    db, now = press.office.db, press.office.now
    published = db.read_now(release.files, press.folder)
    text = published[DEUX].replace(FIRST, SECOND)
    db.write_now(drafting.put, published, DEUX, text, 0, DOMINIQUE, now)
    (draft,) = db.read_now(drafting.listed, published)
    assert (draft.path, draft.text, draft.revision, draft.by_id, draft.stale) == (DEUX, text, 1, 7, False)
    assert press.office.house.library.flow("deux").steps[1].text == read(FIRST)  # type: ignore[union-attr]
    press.publish(drafting.applied(published, [draft]), origin="page")
    assert db.read_now(drafting.listed, db.read_now(release.files, press.folder)) == []
    assert press.office.house.library.flow("deux").steps[1].text == read(SECOND)  # type: ignore[union-attr]


def test_the_second_of_two_is_refused_with_what_the_first_wrote(press: Press) -> None:
    db, now = press.office.db, press.office.now
    published = db.read_now(release.files, press.folder)
    mine, theirs = published[DEUX].replace(FIRST, SECOND), published[DEUX].replace(FIRST, "Autre chose ?")
    db.write_now(drafting.put, published, DEUX, mine, 0, DOMINIQUE, now)
    with pytest.raises(Taken) as caught:
        db.write_now(drafting.put, published, DEUX, theirs, 0, DENIS, now)
    assert (caught.value.draft.by_id, caught.value.draft.text) == (7, mine)
    db.write_now(drafting.put, published, DEUX, theirs, 1, DENIS, now)
    db.write_now(drafting.put, published, DEUX, published[DEUX], 2, DENIS, now)
    assert db.read_now(drafting.listed, published) == [], "what is published needs no draft"
    with pytest.raises(DeskError, match="draft_"):
        db.write_now(drafting.put, published, DEUX, mine, 2, DOMINIQUE, now)


def test_a_draft_on_an_older_text_is_told(press: Press) -> None:
    db, now = press.office.db, press.office.now
    published = db.read_now(release.files, press.folder)
    db.write_now(drafting.put, published, DEUX, published[DEUX] + "# mot\n", 0, DOMINIQUE, now)
    press.publish(press.write(DEUX, FIRST, SECOND))
    (draft,) = db.read_now(drafting.listed, db.read_now(release.files, press.folder))
    assert draft.stale
    db.write_now(drafting.leave, [DEUX], DOMINIQUE, now)
    assert db.read_now(drafting.listed, published) == []


@pytest.mark.parametrize(("path", "old", "new"), [
    (DEUX, "  - question: pris", "  - quetsion: pris"),
    (ESSAI, '"S1 - 3j 10:00"', '"S99 - 3j 10:00"'),
    ("capsules/detour.md", "capsule: detour", "capsule: ailleurs"),
])  # fmt: skip
def test_one_file_is_checked_at_once(press: Press, path: str, old: str, new: str) -> None:
    published = press.office.db.read_now(release.files, press.folder)
    library = press.office.house.library
    assert drafting.faults(path, published[path], library) == ()
    assert old in published[path]
    found = drafting.faults(path, published[path].replace(old, new), library)
    assert found and found[0].file == path and found[0].line > 0


def test_a_folder_is_made_what_was_published(press: Press) -> None:
    published = press.office.db.read_now(release.files, press.folder)
    press.write(DEUX, FIRST, SECOND)
    (press.folder / "capsules" / "en-trop.md").write_text("---\ncapsule: en-trop\n---\n", "utf-8")
    assert edition.written(published, press.folder) == ["capsules/en-trop.md", DEUX]
    assert edition.authored(press.folder) == published and edition.written(published, press.folder) == []
