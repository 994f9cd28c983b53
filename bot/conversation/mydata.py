"""What is kept of a participant, who looked at it, and its use limited at their request (RGPD art. 15, 18, 20).

With a page, everything is fetched there (web/takeaway.py); without one, the answers come as a file in the chat.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from bot.conversation import entry, listing, modules
from bot.conversation.house import House
from bot.store.accesses import Access
from bot.store.case import Case, RunFile
from bot.store.passes import LIFE, drawn
from flows.answers import gathered
from flows.calendar import spoken
from flows.model import Kept, Key

PATH = "/espace/mesdonnees/"
PURPOSE = "export"
LOOKS = 15
"""Looks that the chat shows; the file holds them all."""


def shown(house: House, case: Case) -> None:
    """What is kept, and the way to all of it."""
    assert case.person is not None
    label = house.speech.label
    rows = [[(label("looks_button"), "c:looks:")], limiting(house, case)]
    fields = {"zone": case.person.zone, "n": len(listing.every(case))}
    if not house.page:
        case.send("sendMessage", house.speech.phrase("mydata", rows, **fields))
        return _file(house, case)
    token = drawn()
    case.changes.links.append((PURPOSE, token))
    rows = [[(label("mydata_button"), house.page + PATH + token)], *rows]
    case.send("sendMessage", house.speech.phrase("mydata_page", rows, **fields, minutes=LIFE.seconds // 60))
    return None


def looks(house: House, case: Case) -> None:
    """Who read their words, the newest first."""
    if not case.looks:
        return case.send("sendMessage", house.speech.phrase("looks_none"))
    rows = [look(house, case, *each) for each in case.looks[:LOOKS]]
    more = [house.speech.phrases.say("looks_more", n=len(case.looks) - LOOKS)] if len(case.looks) > LOOKS else []
    lines = [house.speech.say("looks_title"), *(house.speech.free(row) for row in [*rows, *more])]
    return case.send("sendMessage", house.speech.message("\n".join(lines)))


def look(house: House, case: Case, one: Access, name: str) -> str:
    """One look as a line of plain words."""
    say = house.speech.phrases.say
    who = say(f"looks_by_{one.role}", name=name or house.speech.label("looks_somebody"))
    what, door = house.speech.label(f"looks_at_{one.what}"), house.speech.label(f"looks_in_{one.door}")
    return say("looks_row", date=spoken(one.at, case.zone), who=who, what=what, door=door).strip()


# --- limiting --------------------------------------------------------------------------------


def limiting(house: House, case: Case) -> list[tuple[str, str]]:
    """The button that limits, or lifts the limit."""
    limited = case.enrolment is not None and case.enrolment.restricted_at is not None
    return [(house.speech.label("limit_lift" if limited else "limit_button"), f"c:limit:{'fin' if limited else '1'}")]


def limit(house: House, case: Case, choice: str, pressed: int) -> bool:
    """Kept, and neither read nor used, until they lift it; the coach hears of the state alone. False: an old button."""
    enrolment, say = case.enrolment, house.speech.phrase
    assert enrolment is not None and case.person is not None
    if choice == "1" and enrolment.restricted_at is None:
        yes = (house.speech.label("limit_yes"), "c:limit:oui")
        case.send("sendMessage", say("limit_ask", [[yes], [(house.speech.label("limit_no"), "c:limit:non")]]))
    elif choice == "non":
        case.send("editMessageText", {**say("continue"), "message_id": pressed})
    elif choice == "oui" and enrolment.restricted_at is None:
        enrolment.restricted_at, case.changes.enrolment = case.now, True
        case.log("restricted")
        lift = [[(house.speech.label("limit_lift"), "c:limit:fin")]]
        case.send("editMessageText", {**say("limited", lift), "message_id": pressed})
        entry.tell_coach(house, case, "coach_restricted", name=case.person.name)
    elif choice == "fin" and enrolment.restricted_at is not None:
        enrolment.restricted_at, case.changes.enrolment = None, True
        case.log("unrestricted")
        case.send("sendMessage", say("limit_over"))
        entry.tell_coach(house, case, "coach_unrestricted", name=case.person.name)
    else:
        return False
    return True


# --- without a page --------------------------------------------------------------------------


def _file(house: House, case: Case) -> None:
    """Every answer in full with its question and its date, as a file in the chat."""
    written = [*(_exported(house, *row) for row in listing.every(case)), *_unfinished(house, case), *_loose(case),
               *_notes(case), *_comments(case)]  # fmt: skip
    case.changes.exported = True
    body = json.dumps(written, ensure_ascii=False, indent=2).encode()
    name = house.speech.label("mydata_file")
    case.send(
        "sendDocument",
        {"document": "attach://document", "protect_content": True},
        files={"document": (name, base64.b64encode(body).decode(), "application/json")},
    )


def _exported(house: House, file: RunFile, key: Key, kept: Kept) -> Mapping[str, Any]:
    asked = modules.question_of(house, file, key)
    at = file.versions[key].answered_at
    return {
        "module": file.flow,
        "cle": key,
        "question": asked.text if asked else key,
        "reponse": kept.value,
        "en_clair": house.speech.value(asked, kept),
        "date": at.isoformat(),
        "fichiers": list(kept.media),
    }


def _unfinished(house: House, case: Case) -> Iterator[Mapping[str, Any]]:
    """Answers begun and not ended."""
    for file in case.runs:
        asked = modules.question_of(house, file, file.run.key) if file.run.key and file.run.draft is not None else None
        if asked:
            kept = gathered(asked.answer, file.run.draft)
            yield {"module": file.flow, "cle": file.run.key, "question": asked.text, "reponse": kept.value,
                   "en_cours": True, "fichiers": list(kept.media)}  # fmt: skip


def _loose(case: Case) -> Iterator[Mapping[str, Any]]:
    """What was written outside the questions, or could not be read as an answer."""
    for key, kept, at in case.loose:
        yield {"cle": key, "reponse": kept.value, "date": at.isoformat(), "fichiers": list(kept.media)}


def _notes(case: Case) -> Iterator[Mapping[str, Any]]:
    """What the coach noted of them."""
    for kind, body, at in case.notes:
        yield {"note": kind, **body, "date": at.isoformat()}


def _comments(case: Case) -> Iterator[Mapping[str, Any]]:
    """What the coach wrote to them."""
    for text, at in case.comments:
        yield {"mot_du_coach": text, "date": at.isoformat()}
