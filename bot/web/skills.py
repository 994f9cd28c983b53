"""The skills of a livret on the page: a coach proposes one from an answer, the person alone validates it."""

from dataclasses import replace
from typing import Any, Final

from bot.deliverables import skills as livret
from bot.deliverables.answers import Answers
from bot.deliverables.handing import desk
from bot.deliverables.skills import Skill
from bot.desk import sheets, skills
from bot.web.answer import OWN, Answer, Go, Missing, Page
from bot.web.sitting import Sitting

HERE = f"{OWN}/competences"
SHAPES: Final = {"proposee": "todo", "relue": "here", "validee": "done", "revalider": "wait", "perdue": "warn",
                 "ecartee": "wait"}  # fmt: skip
SAID = ("validee", "ecartee", "proposee")


# --- the coach -------------------------------------------------------------------------------


def page(sitting: Sitting) -> Answer:
    """Every skill that is no secret, with how it stands; those set aside are the person's own affair."""
    held = desk(sitting.conn, sitting.vault, sitting.house, sitting.served.person.id, sitting.now)
    if held is None:
        return Missing()
    found = livret.entries(held.conn, held.vault, held.house, held.case, for_coach=True)
    shown = [one for one in found if one.state != "ecartee"]
    return Page("skills.html", {"groups": _groups(sitting, held.answers, shown)})


def propose(sitting: Sitting) -> Answer:
    form, number = sitting.form, sitting.number("reply") or 0
    if sheets.one(sitting.conn, sitting.vault, sitting.house, sitting.served.person.id, number, sitting.now) is None:
        return Missing()
    said = (form.get("nom", ""), form.get("sorte", ""), form.get("pourquoi", ""))
    here = (sitting.conn, sitting.vault, sitting.house, sitting.served)
    skills.propose(*here, number, sitting.actor.id, *said, sitting.now)
    return Go(f"/personnes/{sitting.served.person.id}/competences", "page_told_skill_proposed")


def reread(sitting: Sitting) -> Answer:
    """The version that they read; one that has changed since is shown as it is."""
    here, code = (sitting.conn, sitting.vault, sitting.house, sitting.served), sitting.places["skill"]
    if not skills.known(*here, code, sitting.now):
        return Missing()
    done = skills.reread(*here, code, _upto(sitting), sitting.actor.id, sitting.now)
    told = "page_told_skill_relue" if done else "page_told_skill_changed"
    return Go(f"/personnes/{sitting.served.person.id}/competences", told)


# --- the person ------------------------------------------------------------------------------


def own(sitting: Sitting) -> Answer:
    """Their livret, to read, to print, and to say what is theirs."""
    held = desk(sitting.conn, sitting.vault, sitting.house, sitting.actor.id, sitting.now)
    made = next((one for one in sitting.house.library.deliverables if one.built == "competences"), None)
    if held is None or made is None:
        return Missing()
    found, answers = held.skills, held.answers
    return Page("document_skills.html", {
        "made": made, "leaf": livret.composed(held.house, answers, made, found, held.now),
        "groups": _groups(sitting, answers, [one for one in found if one.state != "ecartee"]),
        "aside": _cards(sitting, answers, [one for one in found if one.state == "ecartee"]),
        "candidates": livret.candidates(held.conn, held.vault, held.house, held.case), "place": HERE,
    })  # fmt: skip


def weigh(sitting: Sitting) -> Answer:
    """What they say of one, of the version that they read."""
    state, where = sitting.form.get("vers", ""), sitting.places["skill"]
    done = skills.weigh(sitting.conn, sitting.vault, sitting.house, sitting.actor.id, where, _upto(sitting), state,
                        sitting.now) if state in SAID else None  # fmt: skip
    return Go(HERE, f"page_told_skill_{state}" if done else "page_told_skill_changed")


def _groups(sitting: Sitting, answers: Answers, found: list[Skill]) -> list[tuple[str, list[dict[str, Any]]]]:
    return [(title, _cards(sitting, answers, group)) for title, group in livret.grouped(sitting.house, found)]


def _cards(sitting: Sitting, answers: Answers, found: list[Skill]) -> list[dict[str, Any]]:
    """Each with its state apart: on a screen its shape is the page's."""
    made = [(one, livret.card(sitting.house, answers, one)) for one in found]
    return [{"skill": one, "card": replace(card, mark="", icon=""), "mark": card.mark, "shape": SHAPES[one.mark]}
            for one, card in made]  # fmt: skip


def _upto(sitting: Sitting) -> int:
    return sitting.number("jusque") or 0
