"""A participant's own space: everything that they take away, on a page to read and to print, and as files.

They come in by a link of one use, asked for in the chat; their session is short.
"""

import structlog

from bot.deliverables import catalogue, handing, scores
from bot.deliverables.catalogue import Desk, Item
from bot.deliverables.handing import PURPOSE, desk
from bot.desk import signin
from bot.store import passes
from bot.web.answer import OWN, Answer, Body, Go, Missing, Page
from bot.web.sitting import Sitting
from flows.calendar import spoken_day
from flows.deliverables import Deliverable

log = structlog.get_logger()


def door(sitting: Sitting) -> Answer:
    """What the button gives; looking spends nothing."""
    if passes.look(sitting.conn, sitting.places["token"], PURPOSE, sitting.now) is None:
        return _spent(sitting)
    return Page("documents_door.html", {"token": sitting.places["token"]})


def enter(sitting: Sitting) -> Answer:
    held = passes.spend(sitting.conn, sitting.places["token"], PURPOSE, sitting.now)
    if held is None:
        return _spent(sitting)
    return Go(OWN, session=signin.begin(sitting.conn, held.person_id, sitting.now))


def leave(sitting: Sitting) -> Answer:
    signin.end(sitting.conn, sitting.actor.id, sitting.now, sitting.session_id)
    return Page("documents_left.html", {"bot": sitting.house.bot.username})


def listed(sitting: Sitting) -> Answer:
    """All of them, for whoever is signed in; or, for a coach, those of the participant the page is about."""
    found = opened(sitting)
    rows = [{"made": item.made, "state": _state(sitting, item), "begun": item.at is not None}
            for item in catalogue.listed(found)]  # fmt: skip
    return Page("coach_documents.html" if found.for_coach else "documents.html", {"rows": rows, "here": _here(sitting)})


def page(sitting: Sitting) -> Answer:
    """One document, to be read on a screen and printed."""
    made, found = _named(sitting), opened(sitting)
    if made is None:
        return Missing()
    sheet = None if found.for_coach else scores.sheet(made, found.answers)
    fields = {"made": made, "leaf": catalogue.composed(found, made), "sheet": sheet, "given": found.scores(made),
              "highest": scores.HIGHEST, "here": _here(sitting)}  # fmt: skip
    return Page("coach_document.html" if found.for_coach else "document.html", fields)


def file(sitting: Sitting) -> Answer:
    made = _named(sitting)
    wanted = next((each for each in made.formats if each == sitting.places["format"]), None) if made else None
    if made is None or wanted is None:
        return Missing()
    try:
        paper = catalogue.file(opened(sitting), made, wanted)
    except Exception as error:
        log.error("document not made", document=made.id, format=wanted, error=type(error).__name__)
        return Page("document_failed.html", {"made": made, "here": _here(sitting)}, 500)
    return Body(paper.data, paper.type, paper.name, inline=wanted in ("png", "pdf"))


def score(sitting: Sitting) -> Answer:
    """What they give to each of their scenarios by each of their criteria; a field left empty gives nothing."""
    made, found = _named(sitting), opened(sitting)
    sheet = scores.sheet(made, found.answers) if made else None
    if made is None:
        return Missing()
    if sheet is None:
        return Go(f"{OWN}/{made.id}")
    given = {criterion: {entry.place: value for m, (entry, _) in enumerate(sheet.columns)
                         if (value := _score(sitting.form.get(f"note-{n}-{m}", ""))) is not None}
             for n, criterion in enumerate(sheet.criteria)}  # fmt: skip
    about = sitting.served
    scores.keep(sitting.conn, sitting.vault, about.person.id, about.enrolment.id, made.id, given, sitting.now)
    return Go(f"{OWN}/{made.id}", "page_told_scored")


def _score(typed: str) -> int | None:
    return int(typed) if typed in map(str, range(scores.HIGHEST + 1)) else None


def opened(sitting: Sitting) -> Desk:
    """What making the documents of whoever the page is about takes: themselves on their own pages; for a coach, without
    what that person keeps to themselves."""
    coach = sitting.actor.role == "coach"
    found = desk(sitting.conn, sitting.vault, sitting.house, sitting.served.person.id, sitting.now, for_coach=coach)
    assert found is not None  # the route is about them
    return found


def _here(sitting: Sitting) -> str:
    return f"/personnes/{sitting.served.person.id}{OWN}" if sitting.actor.role == "coach" else OWN


def _named(sitting: Sitting) -> Deliverable | None:
    """None, too, for a document that a coach does not read."""
    made = sitting.house.library.deliverable(sitting.places["document"])
    return None if made is not None and made.own and sitting.actor.role == "coach" else made


def _state(sitting: Sitting, item: Item) -> str:
    return handing.state(sitting.house, item, spoken_day(item.at, sitting.zone) if item.at else "")


def _spent(sitting: Sitting) -> Page:
    return Page("own_spent.html", {"bot": sitting.house.bot.username, "typed": "", "help": []}, 403)
