"""Everything that is kept of one participant, gathered for them: as data, and in words to be read (RGPD art. 15, 20).

Whatever is theirs is here, private or not, in all its versions. Checks no rights; opens no file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bot.conversation import attending, mydata
from bot.conversation.house import House
from bot.conversation.modules import question_of
from bot.deliverables import synthesis
from bot.desk import review, sheets, sickleave
from bot.desk.review import Read
from bot.documents.portfolio import Chapter, Entry, Portfolio
from bot.store import accesses, attendances
from bot.store import tables as t
from bot.store.case import Case
from bot.store.cases import by_person
from bot.store.vault import Vault
from flows.answers import gathered
from flows.calendar import spoken

Rows = list[dict[str, Any]]

ENDINGS: Mapping[str, str] = {
    "audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "image/jpeg": "jpg", "image/png": "png",
    "video/mp4": "mp4", "video/webm": "webm", "application/pdf": "pdf", "text/plain": "txt",
}  # fmt: skip
USUAL = {"voice": "ogg", "audio": "mp3", "photo": "jpg", "video": "mp4", "video_note": "mp4"}


@dataclass(frozen=True, slots=True)
class Takeaway:
    """`files` are ids of what was sent, each with its name beside the rest: a number, a kind, a known ending."""

    data: Mapping[str, Any]
    book: Portfolio
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Desk:
    conn: Connection
    vault: Vault
    house: House
    case: Case

    @property
    def owner(self) -> int:
        assert self.case.person is not None
        return self.case.person.id

    @property
    def enrolment(self) -> int:
        return self.case.enrolment.id if self.case.enrolment else 0

    def say(self, key: str, **fields: Any) -> str:
        return self.house.speech.phrases.say(key, **fields).strip()

    def on(self, at: datetime) -> str:
        return spoken(at, self.case.zone)


def gather(conn: Connection, vault: Vault, house: House, person_id: int, now: datetime) -> Takeaway | None:
    """None once there is nobody of this number."""
    case = by_person(conn, vault, [person_id], now).get(person_id)
    if case is None or case.person is None:
        return None
    house.shelf.complete(conn, [case])
    desk = _Desk(conn, vault, house, case)
    answers, files = _replies(desk), _files(desk)
    data: dict[str, Any] = {
        "fait_le": now.isoformat(), "personne": _person(desk), "reponses": [_version(desk, one) for one in answers],
        "en_cours": list(_drafts(desk)), "notes": _notes(desk), "mots_du_coach": _comments(desk),
        "rendez_vous": _appointments(desk), "accords": _consents(desk), "envois": _timers(desk),
        "fiches_de_seance": _briefs(desk), "synthese": _syntheses(desk), "competences": _skills(desk),
        "pages": _pages(desk), "presence": _attendance(desk), "acces": _looks(desk), "fichiers": files,
    }  # fmt: skip
    intro = desk.say("export_intro", name=case.person.name, date=desk.on(now))
    page = desk.say("export_page", page="{page}", pages="{pages}")
    book = Portfolio(desk.say("export_title"), intro, page, tuple(_chapters(desk, data, answers)))
    return Takeaway(data, book, tuple((one["id"], one["nom"]) for one in files if one["etat"] == "stored"))


# --- as data ---------------------------------------------------------------------------------


def _person(desk: _Desk) -> dict[str, Any]:
    person, enrolment = desk.case.person, desk.case.enrolment
    assert person is not None
    found: dict[str, Any] = {"prenom": person.name, "fuseau": person.zone, "compte_telegram": person.chat_id}
    if enrolment is not None:
        coach = desk.case.coach.name if desk.case.coach else None
        found |= {"coach": coach, "programme": enrolment.programme, "format": enrolment.format,
                  "etat": enrolment.state, "depuis": enrolment.created_at.isoformat(),
                  "limite_depuis": _iso(enrolment.restricted_at), "pause": _iso(enrolment.paused_until),
                  "rythme_doux": enrolment.gentle, "plus_court": enrolment.short, "heures": enrolment.hours,
                  "dernier_message": _iso(enrolment.heard_at)}  # fmt: skip
    return found


def _replies(desk: _Desk) -> list[Read]:
    """Every version of every answer, the journal, and words that were no answer; as they came."""
    r = t.replies
    rows = desk.conn.execute(select(r).where(r.c.enrolment_id == desk.enrolment).order_by(r.c.id)).all()
    return [review.read(desk.vault, desk.house, desk.case, row) for row in rows if row.how != "erased"]


def _version(desk: _Desk, one: Read) -> dict[str, Any]:
    return {"module": one.flow, "cle": one.key, "question": sheets.spelled(one.question), "reponse": one.raw,
            "en_clair": one.value, "statut": one.how, "version": one.version, "date": one.answered_at.isoformat(),
            "pour_moi_seulement": one.private, "seance": one.session, "apres_la_seance": one.late,
            "relecture": one.state, "relue_le": _iso(one.reviewed_at), "fichiers": list(one.media)}  # fmt: skip


def _drafts(desk: _Desk) -> Iterator[dict[str, Any]]:
    for file in desk.case.runs:
        asked = question_of(desk.house, file, file.run.key) if file.run.key and file.run.draft is not None else None
        if asked is not None:
            held = gathered(asked.answer, file.run.draft)
            yield {"module": file.flow, "cle": file.run.key, "question": sheets.spelled(asked.text),
                   "reponse": held.value, "en_clair": desk.house.speech.value(asked, held),
                   "fichiers": list(held.media)}  # fmt: skip


def _notes(desk: _Desk) -> Rows:
    n = t.notes
    rows = desk.conn.execute(select(n).where(n.c.enrolment_id == desk.enrolment).order_by(n.c.id)).all()
    return [{"genre": row.kind, **desk.vault.open_json(desk.owner, "notes.body", row.body),
             "date": row.written_at.isoformat()} for row in rows]  # fmt: skip


def _comments(desk: _Desk) -> Rows:
    k = t.comments
    rows = desk.conn.execute(select(k).where(k.c.enrolment_id == desk.enrolment).order_by(k.c.id)).all()
    return [{"texte": desk.vault.open_json(desk.owner, "comments.body", row.body)["text"],
             "date": row.written_at.isoformat()} for row in rows]  # fmt: skip


def _appointments(desk: _Desk) -> Rows:
    return [{"seance": one.session, "date": one.at.isoformat(), "fuseau": one.zone, "etat": one.state,
             "lieu": one.place} for one in desk.case.appointments]  # fmt: skip


def _attendance(desk: _Desk) -> Rows:
    held = attendances.of(desk.conn, desk.enrolment)
    return [{"seance": one.session, "debut": one.starts_at.isoformat(), "fin": one.ends_at.isoformat(),
             "comment": one.mode, "dite_par_le_coach": one.coach_at.isoformat(),
             "confirmee": _iso(one.person_at), "contestee": _iso(one.disputed_at)} for one in held]  # fmt: skip


def _consents(desk: _Desk) -> Rows:
    c = t.consents
    rows = desk.conn.execute(select(c).where(c.c.person_id == desk.owner).order_by(c.c.id)).all()
    return [{"objet": row.kind, "version": row.version, "donne_le": row.given_at.isoformat(),
             "retire_le": _iso(row.withdrawn_at)} for row in rows]  # fmt: skip


def _timers(desk: _Desk) -> Rows:
    """What is planned for them, and what was."""
    return [{"genre": one.kind, "date": one.due_at.isoformat(), "etat": one.state, "envoi": one.about.get("envoi")}
            for one in desk.case.timers]  # fmt: skip


def _briefs(desk: _Desk) -> Rows:
    b, a = t.briefs, t.appointments
    query = select(b, a.c.session).join(a, a.c.id == b.c.appointment_id).where(a.c.enrolment_id == desk.enrolment)
    return [{"seance": row.session, "date": row.made_at.isoformat(),
             "contenu": desk.vault.open_json(desk.owner, "briefs.body", row.body)}
            for row in desk.conn.execute(query.order_by(b.c.id))]  # fmt: skip


def _syntheses(desk: _Desk) -> Rows:
    """Every version, drafts included: what a coach writes of somebody is theirs."""
    return [{"version": one.version, "parties": dict(one.parts), "remarque": one.remark, "etat": one.state,
             "date": one.written_at.isoformat(), "approuve_le": _iso(one.approved_at), "remis_le": _iso(one.handed_at)}
            for one in synthesis.versions(desk.conn, desk.vault, desk.owner, desk.enrolment)]  # fmt: skip


def _skills(desk: _Desk) -> Rows:
    s = t.skills
    rows = desk.conn.execute(select(s).where(s.c.enrolment_id == desk.enrolment).order_by(s.c.id))
    return [{"cle": row.key, "etat": row.state, "date": row.at.isoformat(),
             "contenu": desk.vault.open_json(desk.owner, "skills.body", row.body) if row.body else None}
            for row in rows]  # fmt: skip


def _pages(desk: _Desk) -> Rows:
    p = t.pages
    rows = desk.conn.execute(select(p).where(p.c.enrolment_id == desk.enrolment).order_by(p.c.id))
    return [{"document": row.document, "contenu": desk.vault.open_json(desk.owner, "pages.body", row.body),
             "date": row.at.isoformat()} for row in rows]  # fmt: skip


def _looks(desk: _Desk) -> Rows:
    found = accesses.of_person(desk.conn, desk.owner)
    ids = {one.actor_id for one in found if one.actor_id}
    names = _names(desk, ids)
    return [{"date": one.at.isoformat(), "role": one.role, "acces": one.what, "par": one.door,
             "en_clair": mydata.look(desk.house, desk.case, one, names.get(one.actor_id or 0, ""))}
            for one in found]  # fmt: skip


def _names(desk: _Desk, ids: set[int]) -> dict[int, str]:
    p = t.people
    rows = desk.conn.execute(select(p.c.id, p.c.name).where(p.c.id.in_(ids))).all() if ids else []
    desk.vault.ready(desk.conn, [row.id for row in rows], desk.case.now)
    return {row.id: desk.vault.open_text(row.id, "people.name", row.name) for row in rows}


def _files(desk: _Desk) -> Rows:
    m = t.media
    query = select(m.c.id, m.c.kind, m.c.about, m.c.state).where(m.c.person_id == desk.owner).order_by(m.c.id)
    found: Rows = []
    for nth, row in enumerate(desk.conn.execute(query), 1):
        about = desk.vault.open_json(desk.owner, "media.about", row.about)
        ending = ENDINGS.get(str(about.get("mime")), USUAL.get(row.kind, "bin"))
        found.append({"id": row.id, "nom": f"fichiers/{nth:03}-{row.kind}.{ending}", "genre": row.kind,
                      "etat": row.state, "nom_d_origine": about.get("name")})  # fmt: skip
    return found


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


# --- in words --------------------------------------------------------------------------------


def _chapters(desk: _Desk, data: Mapping[str, Any], answers: list[Read]) -> Iterator[Chapter]:
    yield Chapter(desk.say("export_you"), (_you(desk),))
    for title, found in _by_module(desk, answers).items():
        yield Chapter(title, tuple(_entry(desk, one) for one in found))
    told = {
        "en_cours": [Entry(one["question"], one["en_clair"], "") for one in data["en_cours"]],
        "notes": [Entry("", _note(desk, one), _when(desk, one["date"])) for one in data["notes"]],
        "mots_du_coach": [Entry("", one["texte"], _when(desk, one["date"])) for one in data["mots_du_coach"]],
        "synthese": [Entry("", "\n\n".join(filter(None, [*one["parties"].values(), one["remarque"]])),
                           _when(desk, one["date"])) for one in data["synthese"]],
        "rendez_vous": [Entry("", f"{one['seance']} · {_when(desk, one['date'])}", one["lieu"])
                        for one in data["rendez_vous"]],
        "presence": [Entry("", _sat(desk, one), "") for one in data["presence"]],
        "accords": [Entry("", _consent(desk, one), "") for one in data["accords"]],
        "acces": [Entry("", one["en_clair"], "") for one in data["acces"]],
        "fichiers": [Entry("", one["nom"], one["nom_d_origine"] or "") for one in data["fichiers"]],
    }  # fmt: skip
    for name, entries in told.items():
        if entries:
            yield Chapter(desk.say(f"export_{name}"), tuple(entries))


def _you(desk: _Desk) -> Entry:
    person = desk.case.person
    assert person is not None
    coach = desk.case.coach.name if desk.case.coach else desk.say("export_nobody")
    return Entry(person.name, desk.say("export_you_words", zone=person.zone, coach=coach), "")


def _by_module(desk: _Desk, answers: list[Read]) -> dict[str, list[Read]]:
    """Under the title of each module, in the order they came; what stands outside any is last."""
    found: dict[str, list[Read]] = {}
    for one in sorted(answers, key=lambda one: (one.flow is None, one.id)):
        file = desk.case.run(one.run)
        title = desk.house.shelf.of(file).title if file else desk.say("export_journal")
        found.setdefault(title, []).append(one)
    return found


def _entry(desk: _Desk, one: Read) -> Entry:
    notes = [desk.on(one.answered_at)]
    notes += [desk.say("export_version", n=one.version)] if one.version > 1 else []
    notes += [desk.say("export_private")] if one.private else []
    notes += [desk.say("value_files", n=len(one.media))] if one.media else []
    return Entry(sheets.spelled(one.question), one.value, " · ".join(notes))


def _note(desk: _Desk, one: Mapping[str, Any]) -> str:
    return (
        desk.say("leave_seen") if one["genre"] == sickleave.SEEN else str(one.get("text") or one.get("letters") or "")
    )


def _consent(desk: _Desk, one: Mapping[str, Any]) -> str:
    known, back = desk.house.library.consents.get(one["objet"]), one["retire_le"]
    about = {"what": known.title if known else one["objet"], "version": one["version"]}
    if back == one["donne_le"]:
        return desk.say("export_consent_left", **about, date=_when(desk, back))
    given = desk.say("export_consent", **about, date=_when(desk, one["donne_le"]))
    return f"{given} {desk.say('export_consent_back', date=_when(desk, back))}" if back else given


def _sat(desk: _Desk, one: Mapping[str, Any]) -> str:
    starts, ends = datetime.fromisoformat(one["debut"]), datetime.fromisoformat(one["fin"])
    return f"{one['seance']} · {attending.words(desk.house, desk.case.zone, starts, ends, one['comment'])}"


def _when(desk: _Desk, iso: str) -> str:
    return desk.on(datetime.fromisoformat(iso))
