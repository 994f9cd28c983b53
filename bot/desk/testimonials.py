"""Testimonies that participants agreed to: read by the team, published, shown to whoever asks, taken back at will.

The words are their replies to the module `temoignage`, never a copy: correcting one, taking the agreement back (there
or with /consentement) or erasing oneself takes it off the page at once. None is ever made up. Checks no rights.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.conversation import discovery
from bot.conversation.update import Pressed
from bot.desk.roll import named
from bot.desk.visit import Visit
from bot.store import accesses
from bot.store import tables as t
from bot.store.accesses import Reader
from bot.store.cases import kept
from bot.store.saving import upsert
from bot.store.vault import Vault
from flows.model import Kept

FLOW, AGREED, KIND = "temoignage", "temoignage_accord", "temoignage"
NAME, PROFILE = "temoignage_nom", "temoignage_profil"
PARTS = ("temoignage_changement", "temoignage_benefice", "temoignage_accompagnement")
PROFILES = ("reconversion", "evolution", "post_burnout", "sens")
"""The four that the programme's page wants to hear (one without any is told to the admin)."""

PUBLISHED, ASIDE = "publie", "ecarte"


@dataclass(frozen=True, slots=True)
class Testimony:
    """`parts` are their words, the empty ones left out; `state` is empty while nobody has decided."""

    run: int
    name: str
    profile: str
    parts: tuple[str, ...]
    state: str
    up_to: int

    @property
    def shown(self) -> bool:
        return self.state == PUBLISHED


def agreed(conn: Connection, vault: Vault, now: datetime) -> list[Testimony]:
    """Every testimony whose author agrees today, oldest first. One changed since it was published awaits again."""
    found: dict[int, dict[str, Kept]] = {}
    newest: dict[int, int] = {}
    authors: dict[int, int] = {}
    for row in _rows(conn, vault, now):
        found.setdefault(row.run_id, {})[row.key] = kept(vault, row.person_id, row.value)
        newest[row.run_id], authors[row.run_id] = row.id, row.person_id
    decided = {row.run_id: row for row in conn.execute(select(t.testimonials))}
    since = _standing(conn, set(authors.values()))
    made = [
        _made(run, said, newest[run], decided.get(run), since.get(authors[run]))
        for run, said in found.items()
        if _agrees(said, since.get(authors[run]))
    ]
    return [one for one in made if one.parts]


def _rows(conn: Connection, vault: Vault, now: datetime) -> Sequence[Any]:
    r, u, e = t.replies.c, t.runs.c, t.enrolments.c
    columns = select(r.id, r.run_id, r.key, r.value, e.person_id)
    joined = columns.join(t.runs, u.id == r.run_id).join(t.enrolments, e.id == r.enrolment_id)
    free = (r.private.is_(False), e.restricted_at.is_(None))  # what its author took back since is nobody's to publish
    wanted = joined.where(u.flow == FLOW, u.state == "done", r.how.in_(("said", "skipped", "in_session")), *free)
    rows = conn.execute(wanted.order_by(r.id)).all()
    vault.ready(conn, {row.person_id for row in rows}, now)
    return rows


def _standing(conn: Connection, authors: Collection[int]) -> dict[int, Row[Any]]:
    """Each author's newest word on testimonies: one given before agreements were kept apart has none."""
    c = t.consents
    mine = select(c).where(c.c.kind == KIND, c.c.person_id.in_(authors))
    return {row.person_id: row for row in conn.execute(mine.order_by(c.c.id))}


def _agrees(said: Mapping[str, Kept], word: Row[Any] | None) -> bool:
    if word is not None:
        return word.withdrawn_at is None
    answer = said.get(AGREED)
    return answer is not None and answer.how == "said" and answer.value == "oui"


def _made(run: int, said: Mapping[str, Kept], newest: int, decided: Any, word: Row[Any] | None) -> Testimony:
    """What was decided before they took their agreement back, and gave it again, is decided anew."""
    texts = {key: str(one.value or "").strip() for key, one in said.items() if one.how == "said"}
    known = decided is not None and decided.up_to_reply == newest and (word is None or decided.at >= word.given_at)
    state = decided.state if known else ""
    parts = tuple(texts[key] for key in PARTS if texts.get(key))
    return Testimony(run, texts.get(NAME, ""), texts.get(PROFILE, ""), parts, state, newest)


def decide(conn: Connection, vault: Vault, run: int, up_to: int, state: str, by: int, now: datetime) -> bool:
    """Publishes, or sets aside, what was read; False when it is no longer what was read, or no longer agreed to."""
    one = next((one for one in agreed(conn, vault, now) if one.run == run), None)
    if one is None or one.up_to != up_to:
        return False
    row = {"run_id": run, "state": state, "up_to_reply": up_to, "by_id": by, "at": now}
    upsert(conn, t.testimonials, [row], ("run_id",), ("state", "up_to_reply", "by_id", "at"))
    return True


# --- read by whoever asks ------------------------------------------------------------------------


def browse(visit: Visit, press: Pressed | None, nth: int) -> None:
    """The published ones, one at a time."""
    found = [one for one in agreed(visit.conn, visit.vault, visit.now) if one.shown]
    pages = visit.house.library.discovery
    chosen = discovery.parts(press.data)[1] if press else ""
    if not found:
        text = visit.house.speech.written(pages.nobody) if pages else visit.house.speech.say("testimonials_none")
    else:
        text = _words(visit, found[nth % len(found)], len(found), nth % len(found) + 1)
    rows = [[(visit.label("testimonials_next"), f"v:temoignages:{chosen}:{nth + 1}")]] if len(found) > 1 else []
    rows += [discovery.back(visit.house, "accueil", chosen)] if visit.case.person is None and pages else []
    said = visit.house.speech.message(text, rows)
    if press is None:
        visit.send("sendMessage", said)
    else:
        visit.send("editMessageText", {**said, "message_id": press.message_id})


def _words(visit: Visit, one: Testimony, n: int, k: int) -> str:
    say, free = visit.house.speech.say, visit.house.speech.free
    quotes = "\n\n".join(f"<blockquote>{free(part)}</blockquote>" for part in one.parts)
    who = say("testimonial_by", name=_who(visit, one), profile=_profile(visit, one))
    return "\n\n".join(part for part in (quotes, who, say("testimonial_of", k=k, n=n) if n > 1 else "") if part)


def _who(visit: Visit, one: Testimony) -> str:
    return named(one.name) or visit.label("testimonial_nobody")


def _profile(visit: Visit, one: Testimony) -> str:
    return visit.label(f"profile_{one.profile}" if one.profile in PROFILES else "profile_none")


# --- decided by an admin -------------------------------------------------------------------------


def desk(visit: Visit, rest: str) -> None:
    """`/temoignages` for an admin: each with its state, and which profiles nobody speaks for yet."""
    found = agreed(visit.conn, visit.vault, visit.now)
    heard = {one.profile for one in found if one.shown}
    silent = [visit.label(f"profile_{profile}") for profile in PROFILES if profile not in heard]
    rows = [[(_row(visit, one), f"d:te:{one.run}")] for one in found[:20]]
    visit.say("testimonials_desk" if found else "testimonials_desk_none", rows, n=len(found))
    if silent:
        visit.say("testimonials_silent", list=", ".join(silent))


def _row(visit: Visit, one: Testimony) -> str:
    state = visit.label(f"testimonial_{one.state or 'a_lire'}")
    return visit.label("testimonial_row", name=_who(visit, one), profile=_profile(visit, one), state=state)


def opened(visit: Visit, press: Pressed, rest: str) -> str:
    one = next((one for one in agreed(visit.conn, visit.vault, visit.now) if str(one.run) == rest), None)
    if one is None:
        return visit.label("testimonial_gone")
    e, u = t.enrolments.c, t.runs.c
    author = visit.conn.execute(select(e.person_id).join(t.runs, u.enrolment_id == e.id).where(u.id == one.run))
    reader = Reader(visit.actor.id, visit.actor.role, "telegram")
    accesses.note(visit.conn, [author.scalar_one()], reader, "testimony", visit.now)
    what = f"{one.run}:{one.up_to}"
    rows = [[(visit.label("testimonial_publish"), f"d:tp:{what}"), (visit.label("testimonial_aside"), f"d:tx:{what}")]]
    visit.show(_words(visit, one, 1, 1), rows)
    return ""


def settled(state: str) -> Any:
    """The action of « Publier » (`publie`) or of « Ne pas publier » (`ecarte`)."""

    def act(visit: Visit, press: Pressed, rest: str) -> str:
        run, _, up_to = rest.partition(":")
        if not (run.isdecimal() and up_to.isdecimal() and len(run) < 19 and len(up_to) < 19):
            return visit.label("old_button")
        if not decide(visit.conn, visit.vault, int(run), int(up_to), state, visit.actor.id, visit.now):
            return visit.label("testimonial_gone")
        visit.replace(press, f"testimonial_now_{state}")
        return ""

    return act
