"""A voice message and the agreement to keep it: asked for the first time one comes, never a reason to lose it.

Without the agreement it is kept all the same, for the coach, with a button that destroys it. Knows no table.
"""

from dataclasses import replace
from typing import Any

from bot.conversation import consents, planning
from bot.conversation.agreements import in_danger, stands
from bot.conversation.entry import coach_of
from bot.conversation.house import House
from bot.conversation.modules import question_of
from bot.conversation.update import Heard, spoken
from bot.store.case import Case, NewReply, RunFile, Version
from flows.calendar import spoken_day
from flows.engine import OPEN
from flows.model import Key
from flows.unsaid import GONE, without


def heard(house: House, case: Case, message: Heard) -> None:
    """After a voice message was kept: asks once whether voices are welcome, then says what became of this one."""
    files = [file for file in case.changes.media if not file.too_big]
    if not spoken(message.files) or not files or stands(case, "voix") or in_danger(case):
        return
    erase = (house.speech.label("voice_erase"), f"c:unsay:{message.message_id}:{files[-1].id}")
    if "voix" in case.consents:
        said = house.speech.phrase("voice_kept", [[erase]], coach=coach_of(house, case))
        return case.send("sendMessage", said)
    one = house.library.consents["voix"]
    case.disagree("voix", one.version)  # asked; until they say yes, it is no
    about = erase[1].removeprefix("c:unsay")
    yes = (house.speech.label("agree_oui"), f"c:agree:voix:oui:{one.version}")
    rows = [[yes, (house.speech.label("voice_write"), f"c:spell{about}")], [erase]]
    return case.send("sendMessage", house.speech.message(consents.words(house, case, one), rows))


def write(house: House, case: Case, rest: str, place: int) -> None:
    """« Je préfère écrire »: noted already, and the message that came can still be destroyed."""
    words = house.library.consents["voix"].withdrawn
    said = house.speech.written(words, coach=coach_of(house, case), date=spoken_day(case.now, case.zone))
    rows = [[(house.speech.label("voice_erase"), f"c:unsay:{rest}")], [(house.speech.label("consents"), "c:agree")]]
    case.send("editMessageText", {**house.speech.message(said, rows), "message_id": place})


def erase(house: House, case: Case, rest: str, place: int) -> None:
    """« Effacer ce message »: its file, and the words it brought, wherever they stand (RGPD art. 17).

    `rest` is the number of their message and the file's id, as the button carries them.
    """
    number, _, media = rest.partition(":")
    message = int(number) if number.isdecimal() and len(number) < 19 else 0
    where = case.answers_in.get(message)
    if where is None or not media:
        return case.send("editMessageText", {**house.speech.phrase("voice_gone"), "message_id": place})
    file, key = case.run(where[0]), where[1]
    if file:
        _take_out(house, case, file, key, message, media)
    case.changes.unsaid.append((message, media))
    case.log("unsaid")
    case.send("deleteMessage", {"message_id": message})
    return case.send("editMessageText", {**house.speech.phrase("voice_erased"), "message_id": place})


def _take_out(house: House, case: Case, file: RunFile, key: Key, message: int, media: str) -> None:
    """Out of what is being written, or out of the answer; an answer that held nothing else is open again."""
    draft: Any = file.run.draft
    if file.run.key == key and file.run.state in OPEN and isinstance(draft, list):
        left = [part for part in draft if not (isinstance(part, list | tuple) and part[0] == message)]
        file.run, file.touched = replace(file.run, draft=left or None), True
    kept = file.run.answers.get(key)
    if kept is None or media not in kept.media:
        return
    after = without(kept, message, media)
    asked, before = question_of(house, file, key), file.versions[key]
    shown, how = asked.text if asked else key, "erased" if after == GONE else after.how
    case.changes.replies.append(NewReply(file.id, key, before.number + 1, shown, after, how, before.private,
                                         file.session, False, None, case.now))  # fmt: skip
    file.versions[key] = Version(before.number + 1, case.now, private=before.private)
    file.run, file.touched = replace(file.run, answers={**file.run.answers, key: after}), True
    planning.steer(house, case, f"{file.flow}.{key}", after)
