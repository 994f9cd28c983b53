"""The door: one update, one case, one turn. Synchronous, awaits nothing, sends nothing itself.

Only commands and buttons act; everything else a person writes is kept (S2).
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from bot.conversation import (
    answering,
    commands,
    consents,
    crisis,
    discovery,
    doorstep,
    entry,
    hours,
    notice,
    planning,
    presses,
    timekeeping,
    voices,
    written,
)
from bot.conversation.answering import Source
from bot.conversation.house import House
from bot.conversation.modules import question_of
from bot.conversation.update import Heard, Ignored, Membership, Pressed, Update
from bot.conversation.written import Sheet
from bot.rights import may
from bot.store import recall
from bot.store.case import Case, NewMedia, RunFile
from flows.engine import OPEN
from flows.events import Amend, Finish, Reply, Said
from flows.model import Items, Kept, Media, Text
from flows.spoken import Unreadable, plain

STOP_WORDS = frozenset({"stop", "arret", "arrete", "arreter", "arretez", "je veux arreter", "desabonner"})


def handle(house: House, case: Case, update: Update) -> None:
    """Plays `update` on `case`; everything it changes is in `case.changes`."""
    if isinstance(update, Heard) and (case.person is None or case.enrolment is not None):
        crisis.noticed(house, case, update.text)
    match update:
        case Ignored():
            pass
        case Membership(blocked=blocked):
            _membership(house, case, blocked)
        case Heard(command=(("urgence", rest))):
            commands.emergency(house, case)
            if rest and case.enrolment and case.enrolment.state not in crisis.KEEPS_NOTHING:
                answering.keep(case, None, "journal", "", Kept(update.text), update.message_id, how="journal")
        case Heard() | Pressed() if doorstep.closed(case, update):
            pass
        case Heard(command=("temoignages", _)):
            _back(house, case)
            case.changes.errand = update
        case Heard() | Pressed() if case.person is None or case.enrolment is None:
            _outside(house, case, update)
        case Heard():
            _heard(house, case, update)
        case Pressed():
            _back(house, case)
            presses.pressed(house, case, update)
    doorstep.noted(case)


def on_page(house: House, case: Case, sheet: Sheet | None, form: Mapping[str, str], private: bool) -> str:
    """A form of the page: words like those of a message. `sheet` None: its question is no longer open.

    Gives the reason why it is no answer (a phrase): then nothing is kept of it, nor is anything without an agreement
    or after the end. Danger is seen all the same.
    """
    crisis.noticed(house, case, written.words(form), own=private)
    if not crisis.agreed(case):
        return ""
    try:
        if sheet is not None and not (case.hushed and not isinstance(sheet.question.answer, Text | Items)):
            written.take(house, case, sheet, form, private)
        else:
            written.too_late(house, case, form, private)
    except Unreadable as unreadable:
        return unreadable.reason
    assert case.enrolment is not None
    case.enrolment.heard_at, case.changes.enrolment = case.now, True
    _back(house, case)
    return ""


def _outside(house: House, case: Case, update: Heard | Pressed) -> None:
    """A stranger, or a coach or an admin."""
    _back(house, case)
    command = update.command if isinstance(update, Heard) else None
    if command and command[0] == "start":
        entry.start(house, case, command[1])
        _arrived(house, case)
    elif isinstance(update, Pressed) and update.data.startswith(notice.VERB):
        case.send("answerCallbackQuery", {"callback_query_id": update.callback_id})
        notice.pressed(house, case, update.data, update.message_id)
    elif case.person is not None:
        case.changes.errand = update
    elif command and command[0] in commands.HELP:
        commands.run(house, case, command[0], command[1])
    elif isinstance(update, Pressed):
        discovery.pressed(house, case, update)
    elif not update.edited and not case.hushed and not doorstep.greeted(case):
        discovery.welcome(house, case)


def _arrived(house: House, case: Case) -> None:
    """Somebody known, from a new account: what waited for them follows, and their place is shown (S6)."""
    _back(house, case)
    if case.enrolment and case.enrolment.state == "active" and (file := case.open_run()):
        commands.wake_up(house, case, file)


def _heard(house: House, case: Case, heard: Heard) -> None:
    enrolment = case.enrolment
    assert enrolment is not None
    enrolment.heard_at, case.changes.enrolment = case.now, True
    _back(house, case)
    agreed = enrolment.state not in ("invited", "welcomed")
    if enrolment.state == "ended" and not (heard.command and heard.command[0] in commands.WITHOUT_CONSENT):
        quiet = heard.edited or case.hushed
        return None if quiet else case.send("sendMessage", house.speech.phrase("ended_words"))
    if heard.edited:
        return _edited(house, case, heard) if agreed else None
    if heard.command:
        return _command(house, case, heard, *heard.command)
    if not agreed and case.hushed:  # the help message said that nothing is kept
        return None
    if not agreed:
        case.send("sendMessage", house.speech.phrase("consent_needed"))
        return entry.ask_consent(house, case)
    return _said(house, case, heard)


def _command(house: House, case: Case, heard: Heard, name: str, rest: str) -> None:
    """Carries it out; words written behind a command are for the coach, unless the command takes them."""
    assert case.enrolment is not None
    if name == timekeeping.COMMAND and _city(house, case, rest):
        return
    if rest and name != "start" and case.enrolment.state not in crisis.KEEPS_NOTHING:
        answering.keep(case, None, "journal", "", Kept(heard.text), heard.message_id, how="journal")
    if name == "start":
        entry.start(house, case, rest)
    elif case.enrolment.state in ("invited", "welcomed") and name not in commands.WITHOUT_CONSENT:
        entry.ask_consent(house, case)
    else:
        commands.run(house, case, name, rest)


def _said(house: House, case: Case, heard: Heard) -> None:
    """Words and files: to the question they answer, else to the journal; never to nothing (S5)."""
    if not heard.text and not heard.files:  # a sticker, a place: told so, and the question stays open (S12)
        return case.courtesy("sendMessage", house.speech.phrase("sticker_kept"))
    said = hear(case, heard)
    source = Source(message_id=heard.message_id, text=heard.text, media=tuple(id for id, _ in said.media))
    joined = case.albums.get(heard.album) if heard.album else None
    file, key = _target(case, heard)
    if file is None and key == hours.CITY and not heard.files and _city(house, case, heard.text):
        return None
    if case.hushed and file and not key and not _wordy(house, file):
        file = None
    if joined and (first := case.run(joined[0])) and joined[1] in first.run.answers:
        answering.add_file(house, case, first, joined[1], said, heard.message_id)
    elif file is None and key:
        _journal(house, case, heard, said, key)
    elif file and key and key in file.run.answers and key != file.run.key:
        answering.take(house, case, file, Amend(key, said), source)
    elif file and file.run.draft and plain(heard.text) == plain(house.speech.label("button_finish")):
        answering.take(house, case, file, Finish(), source)
    elif file:
        answering.take(house, case, file, Reply(said), source)
    else:
        _journal(house, case, heard, said, "journal")
    if heard.album and case.landed:
        case.albums[heard.album] = case.landed
    return _afterwards(house, case, heard)


def _city(house: House, case: Case, text: str) -> bool:
    """Whether these words are taken for the place where somebody lives: never in danger, nor a whole story."""
    asked = may(case.person, "own_data", case.enrolment) and hours.open_to(case)
    if not text or len(text) > timekeeping.LONGEST or case.hushed or not asked:
        return False
    timekeeping.typed(house, case, text)
    return True


def _wordy(house: House, file: RunFile) -> bool:
    """Whether the open question is one for words: in distress they answer no other (S13)."""
    asked = question_of(house, file, file.run.key or "")
    return asked is not None and isinstance(asked.answer, Text | Items | Media)


def _target(case: Case, heard: Heard) -> tuple[RunFile | None, str | None]:
    """A Telegram reply names its question; plain text goes to the open one. A key alone: a word of the coach."""
    run_id, key = case.messages.get(heard.reply_to or 0, (None, ""))
    begun_in, begun = case.albums.get(heard.album or "", (run_id, key))
    if begun_in is None and begun:
        return None, begun
    named = case.run(run_id)
    if named and (key in named.run.answers or (key == named.run.key and named.run.state in OPEN)):
        return named, key
    return case.open_run(), None


def _afterwards(house: House, case: Case, heard: Heard) -> None:
    assert case.enrolment is not None
    speech = house.speech
    if case.hushed:
        return None
    if any(file.too_big for file in heard.files):
        case.send("sendMessage", speech.phrase("file_too_big"))
    elif any(media.too_big for media in case.changes.media):
        case.send("sendMessage", speech.phrase("files_full"))
    voices.heard(house, case, heard)
    if plain(heard.text) in STOP_WORDS:
        rows = [[(speech.label("stop_yes"), "c:stop:oui")], [(speech.label("stop_no"), "c:stop:non")]]
        case.send("sendMessage", speech.phrase("stop_asked", rows))
    if case.enrolment.state in ("paused", "stopped"):
        case.courtesy("sendMessage", speech.phrase(f"{case.enrolment.state}_kept"))
    elif case.enrolment.restricted_at is not None:
        case.courtesy("sendMessage", speech.phrase("limited_kept"))
    consents.renew(house, case)
    answering.go_on(house, case, Source())


def hear(case: Case, heard: Heard) -> Said:
    """What was said, its files written down first and fetched later (S12)."""
    media = []
    for file in heard.files:
        too_big = file.too_big or (case.room is not None and file.size > case.room)
        if case.room is not None and not too_big:
            case.room -= file.size
        stored = NewMedia(secrets.token_hex(8), file.kind, file.file_id, file.about, too_big)
        case.changes.media.append(stored)
        media.append((stored.id, stored.kind))
    today = case.now.astimezone(case.zone).date()
    return Said(heard.text, media=tuple(media), ref=heard.message_id, today=today)


def _journal(house: House, case: Case, heard: Heard, said: Said, key: str) -> None:
    """Words for the coach; `key` tells which word of theirs they answer, or that they answer none."""
    kept = Kept(heard.text, media=tuple(id for id, _ in said.media))
    answering.keep(case, None, key, "", kept, heard.message_id, how="journal")
    if not case.hushed and not (heard.album and heard.album in case.albums):
        case.courtesy("sendMessage", house.speech.phrase("journal"))


def _edited(house: House, case: Case, heard: Heard) -> None:
    """A message said anew changes the answer it was, in a new version (S14)."""
    run_id, key = case.answers_in.get(heard.message_id, (None, ""))
    file = case.run(run_id)
    media = _media_of(file, key, heard.message_id) if heard.files else ()
    said = Said(heard.text, media=media, ref=heard.message_id, today=case.now.astimezone(case.zone).date())
    source = Source(message_id=heard.message_id, text=heard.text)
    if not re.search(r"\S", heard.text):
        return
    if file and key == file.run.key and file.run.state in OPEN:
        answering.take(house, case, file, Reply(said), source)
    elif file and key in file.run.answers:
        answering.take(house, case, file, Amend(key, said), source)
    elif run_id is None and key:
        answering.keep(case, None, key, "", Kept(heard.text), heard.message_id, how="journal")
    else:
        _said(house, case, heard)
    answering.go_on(house, case, Source())


def _media_of(file: RunFile | None, key: str, ref: int) -> tuple[tuple[str, str], ...]:
    """The files that this message brought: saying its caption anew does not take them away."""
    if file is None:
        return ()
    kept = file.run.answers.get(key)
    parts = kept.parts if kept else tuple((part[0], part[1], tuple(part[2])) for part in _drafted(file, key))
    own = [id for part in parts if part[0] == ref for id in part[2]]
    return tuple((id, "") for id in own or (kept.media if kept and not parts else ()))


def _drafted(file: RunFile, key: str) -> list[list[Any]]:
    draft = file.run.draft if file.run.key == key and isinstance(file.run.draft, list) else []
    return [part for part in draft if isinstance(part, list) and len(part) == 3]


# --- reachability ----------------------------------------------------------------------------


def _membership(house: House, case: Case, blocked: bool) -> None:
    if case.person is None:
        return
    if blocked:
        unreachable(house, case, "blocked")
    else:
        _back(house, case)


def unreachable(house: House, case: Case, reason: str) -> None:
    """Told by Telegram or by a refused send: what waits is held, the coach hears once (S11)."""
    if case.person is None or not case.person.reachable:
        return
    case.person.reachable, case.changes.person = False, True
    case.log("unreachable", reason=reason)
    entry.tell_coach(house, case, "coach_unreachable", name=case.person.name)


def _back(house: House, case: Case) -> None:
    """Any sign of life: the held messages leave, the held envois are armed again, the expired ones are listed."""
    if case.person is None or case.person.reachable:
        return
    case.person.reachable, case.changes.person = True, True
    case.log("reachable")
    case.changes.released = "ready"
    if case.person.role == "coach":
        case.changes.timers.append(recall.returned(case.person.id, case))
    if case.enrolment is None:
        return
    before = {timer.scope for timer in case.timers if timer.state == "held"}
    commands.release(house, case)
    gone = [t for t in case.timers if t.scope in before and t.state in ("skipped", "cancelled")]
    lost = [planning.named(house, case, t.about.get("envoi", "")) for t in gone]
    if lost:
        entry.tell_coach(house, case, "coach_back_expired", name=case.person.name, n=len(lost), list=", ".join(lost))
    else:
        entry.tell_coach(house, case, "coach_back", name=case.person.name)
