"""The document de synthèse on the page: its coach writes and gives it, the person answers from their own space."""

from bot.deliverables import catalogue
from bot.deliverables.synthesis import PARTS, versions
from bot.desk import DeskError, synthesis
from bot.web import documents
from bot.web.answer import OWN, Answer, Go, Missing, Page
from bot.web.sitting import Sitting

SYNTHESIS = "synthese"
"""The document's own name in the content and in its address."""


def page(sitting: Sitting) -> Answer:
    return _page(sitting)


def save(sitting: Sitting) -> Answer:
    """What was typed stays on the page whenever it is refused."""
    try:
        synthesis.save(sitting.conn, sitting.vault, sitting.served, sitting.actor, sitting.form,
                       sitting.form.get("vu", ""), sitting.now)  # fmt: skip
    except DeskError as error:
        return _page(sitting, sitting.say(error.phrase))
    return Go(_here(sitting), "page_told_synthesis_kept")


def give(sitting: Sitting) -> Answer:
    about = (sitting.conn, sitting.vault, sitting.house, sitting.served, sitting.actor)
    try:
        synthesis.give(*about, sitting.form.get("vu", ""), sitting.now)
    except DeskError as error:
        return _page(sitting, sitting.say(error.phrase))
    return Go(_here(sitting), "page_told_synthesis_given")


def hand(sitting: Sitting) -> Answer:
    about = (sitting.conn, sitting.vault, sitting.house, sitting.served, sitting.actor)
    try:
        synthesis.hand(*about, sitting.now)
    except DeskError as error:
        return _page(sitting, sitting.say(error.phrase))
    return Go(_here(sitting), "page_told_synthesis_handed")


def _page(sitting: Sitting, refusal: str = "") -> Answer:
    served = sitting.served
    found = versions(sitting.conn, sitting.vault, served.person.id, served.enrolment.id)
    last = found[-1] if found else None
    held = last.parts if last else {}
    offered = synthesis.offered(sitting.conn, sitting.vault, sitting.house, served, sitting.now)
    rows = [(name, sitting.form.get(name, held.get(name, "")), offered.get(name, ())) for name in PARTS]
    fields = {"rows": rows, "last": last, "refusal": refusal, "seen": synthesis.mark(last), "most": synthesis.LONGEST,
              "others": list(reversed(found[:-1]))}  # fmt: skip
    return Page("synthesis.html", fields, 422 if refusal else 200)


def _here(sitting: Sitting) -> str:
    return f"/personnes/{sitting.served.person.id}/synthese"


# --- from the person's own space ---------------------------------------------------------------


def remark(sitting: Sitting) -> Answer:
    about = (sitting.conn, sitting.vault, sitting.house, sitting.served, sitting.number("version") or 0)
    try:
        synthesis.remark(*about, sitting.form.get("mots", ""), sitting.now)
    except DeskError as error:
        return own(sitting, sitting.say(error.phrase))
    return Go(f"{OWN}/{SYNTHESIS}", "page_told_synthesis_said")


def approve(sitting: Sitting) -> Answer:
    about = (sitting.conn, sitting.vault, sitting.house, sitting.served, sitting.number("version") or 0)
    try:
        synthesis.approve(*about, sitting.now)
    except DeskError as error:
        return own(sitting, sitting.say(error.phrase))
    return Go(f"{OWN}/{SYNTHESIS}", "page_told_synthesis_agreed")


def own(sitting: Sitting, refusal: str = "") -> Answer:
    """Their document, with room to comment on it and to agree while it waits for them."""
    made = sitting.house.library.deliverable(SYNTHESIS)
    if made is None:
        return Missing()
    desk = documents.opened(sitting)
    one = desk.synthesis
    fields = {"made": made, "leaf": catalogue.composed(desk, made), "one": one, "refusal": refusal,
              "typed": sitting.form.get("mots", one.remark if one else ""), "most": synthesis.REMARK}  # fmt: skip
    return Page("document_synthesis.html", fields, 422 if refusal else 200)
