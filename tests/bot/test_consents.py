"""Agreements one by one: what is written down, what takes effect at once, what is destroyed, and whom it concerns."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.desk import testimonials
from bot.desk.testimonials import FLOW
from bot.store import tables as t
from bot.store.cases import by_person, kept
from bot.store.database import Database
from bot.store.vault import Vault
from flows.model import Kept
from flows.unsaid import GONE, without
from tests.bot.desk_office import LIBRARY, Office, alert, button, words

INES, ADMIN, ANNA, LEO = 701, 702, 801, 802
TEXTS = LIBRARY.consents


@pytest.fixture
def office(database: Database, vault: Vault, now: Any) -> Office:
    made = Office(database, vault, now)
    made.ines = made.join("coach", "Inès", INES)
    return made


def given(office: Office, person: int) -> list[tuple[str, str, bool]]:
    """Kind, version, and whether it stands, as rows."""

    def read(conn: Any) -> list[tuple[str, str, bool]]:
        rows = conn.execute(select(t.consents).where(t.consents.c.person_id == person).order_by(t.consents.c.id))
        return [(row.kind, row.version, row.withdrawn_at is None) for row in rows]

    return office.db.read_now(read)


def decide(office: Office, chat: int, kind: str, choice: str) -> list[str]:
    return words(office.press(chat, f"c:agree:{kind}:{choice}:{TEXTS[kind].version}"))


def voice(office: Office, chat: int, name: str, caption: str = "") -> list[Any]:
    about = {"voice": {"file_id": name, "file_size": 9, "duration": 2, "mime_type": "audio/ogg"}}
    body = {**office.message(chat, caption), **about}
    body["caption"] = body.pop("text")
    return office._update(chat, "message", body)


# --- what is written down --------------------------------------------------------------------


def test_each_is_a_row_with_its_version_and_its_dates(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    assert given(office, anna) == [("sante", TEXTS["sante"].version, True)]
    decide(office, ANNA, "voix", "oui")
    decide(office, ANNA, "voix", "oui")
    decide(office, ANNA, "voix", "non")
    decide(office, ANNA, "rappels", "non")
    assert given(office, anna)[1:] == [("voix", TEXTS["voix"].version, False),
                                       ("rappels", TEXTS["rappels"].version, False)]  # fmt: skip
    decide(office, ANNA, "rappels", "oui")
    assert given(office, anna)[-1] == ("rappels", TEXTS["rappels"].version, True)
    case = office.db.read_now(by_person, office.vault, [anna], office.now)[anna]
    assert {kind: held.withdrawn_at is None for kind, held in case.consents.items()} == {
        "sante": True, "voix": False, "rappels": True,
    }  # fmt: skip


def test_a_version_is_that_of_every_word() -> None:
    versions = {one.version for one in TEXTS.values()}
    assert len(versions) == len(TEXTS) == 5 and all(len(version) <= 32 for version in versions)


def test_another_version_than_the_one_shown_is_not_noted(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    before = given(office, anna)
    said = words(office.press(ANNA, "c:agree:voix:oui:2020-01-aaaaaa"))
    assert "vient de changer" in said[0] and given(office, anna) == before


def test_no_agreement_to_an_ai_where_there_is_none(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    assert "rien à accepter" in decide(office, ANNA, "ia", "oui")[0]
    assert [row[0] for row in given(office, anna)] == ["sante"]
    office.house = replace(office.house, ai=True)
    assert "C’est noté" in decide(office, ANNA, "ia", "oui")[0]
    assert given(office, anna)[-1] == ("ia", TEXTS["ia"].version, True)


@pytest.mark.parametrize(
    "data", ["c:agree", "c:agree:rien", "c:agree:voix:peut-etre", "c:agree:voix:oui", "c:agree:::"]
)
def test_an_odd_button_decides_nothing(office: Office, data: str) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    office.press(ANNA, data)
    assert [row[0] for row in given(office, anna)] == ["sante"]


@pytest.mark.parametrize("way", ["invited", "paused", "stopped", "withdrawn"])
def test_the_screen_answers_in_every_state(office: Office, way: str) -> None:
    if way == "invited":
        office.say(ANNA, f"/start {office.invite('participant', 'Anna', office.ines).code}")
    else:
        office.join("participant", "Anna", ANNA, office.ines)
        office.press(ANNA, {"paused": "c:pause:1", "stopped": "c:stop:oui", "withdrawn": "c:withdraw"}[way])
    said = office.say(ANNA, "/consentement")
    assert "Vos accords" in words(said)[0]
    assert "C’est noté" in decide(office, ANNA, "voix", "oui")[0]
    shown = words(office.press(ANNA, button(said, "Les relances")))
    assert "deux fois au plus" in shown[0]


def test_whoever_booked_a_first_talk_agreed_for_it(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    office.db.write_now(_as_a_visitor, anna)
    said = words(office.say(ANNA, "/consentement"))[0].replace("\xa0", " ")
    assert "Garder vos réponses : oui, depuis" in said and "a changé" not in said


def _as_a_visitor(conn: Any, person: int) -> None:
    mine = t.consents.c.person_id == person
    conn.execute(update(t.consents).where(mine).values(kind="decouverte", version="decouverte-2026-11"))
    conn.execute(update(t.enrolments).where(t.enrolments.c.person_id == person).values(format="decouverte"))


def test_a_coach_and_a_stranger_have_none(office: Office) -> None:
    assert "ne connais pas cette commande" in words(office.say(INES, "/consentement"))[0]
    assert alert(office.press(INES, "c:agree:voix:oui"))
    assert alert(office.press(LEO, "c:agree:voix:oui"))
    assert given(office, office.ines) == []


# --- health: the first of them, taken back ---------------------------------------------------


def test_taken_back_nothing_more_is_kept_and_appointments_go_on(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    assert "Votre accord est retiré" in decide(office, ANNA, "sante", "non")[0]
    assert "retiré son accord" in words(office.heard(INES))[-1]
    office.say(ANNA, "Un mot de plus.")
    assert not office.db.read_now(lambda conn: conn.execute(select(t.replies)).all())
    assert given(office, anna) == [("sante", TEXTS["sante"].version, False)]
    decide(office, ANNA, "sante", "oui")
    assert given(office, anna)[-1] == ("sante", TEXTS["sante"].version, True)


# --- voice -----------------------------------------------------------------------------------


def stored(office: Office) -> tuple[list[tuple[str, Kept, str]], set[str]]:
    """Every version of every answer, and the files that are still here."""

    def read(conn: Any) -> tuple[list[tuple[str, Kept, str]], set[str]]:
        r = t.replies
        owners = select(r, t.enrolments.c.person_id).join(t.enrolments, t.enrolments.c.id == r.c.enrolment_id)
        rows = conn.execute(owners.order_by(r.c.id)).all()
        office.vault.ready(conn, {row.person_id for row in rows}, office.now)
        versions = [(row.key, kept(office.vault, row.person_id, row.value), row.how) for row in rows]
        return versions, {row.file_id for row in conn.execute(select(t.media.c.file_id))}

    return office.db.read_now(read)


def test_a_voice_taken_back_is_destroyed_in_every_version(office: Office) -> None:
    office.join("participant", "Anna", ANNA, office.ines)
    erase = button(voice(office, ANNA, "un", "mots dits"), "Effacer")
    again = button(voice(office, ANNA, "deux"), "Effacer")
    assert stored(office)[1] == {"un", "deux"}
    sent = office.press(ANNA, erase)
    assert "C’est effacé" in words(sent)[0]
    assert [item.params["message_id"] for item in sent if item.method == "deleteMessage"]
    versions, files = stored(office)
    assert files == {"deux"} and versions[0][1:] == (GONE, "erased")
    assert [how for _, _, how in versions[1:]] == ["misread"]
    office.press(ANNA, again)
    assert stored(office)[1] == set() and {how for _, _, how in stored(office)[0]} == {"erased"}


def test_nobody_takes_back_the_words_of_another(office: Office) -> None:
    office.join("participant", "Anna", ANNA, office.ines)
    office.join("participant", "Léo", LEO, office.ines)
    erase = button(voice(office, ANNA, "un"), "Effacer")
    before = stored(office)
    assert "n’est plus ici" in words(office.press(LEO, erase))[0]
    for odd in ("c:unsay", "c:unsay:1", f"c:unsay:{'9' * 30}:x", "c:unsay:x:y", "c:write"):
        office.press(LEO, odd)
    assert stored(office) == before


def test_nobody_in_danger_is_asked_to_agree_to_anything(office: Office) -> None:
    anna = office.join("participant", "Anna", ANNA, office.ines)
    said = voice(office, ANNA, "un", "Je veux mourir.")
    assert "3114" in words(said)[0] and not [item for item in said if "Effacer ce message" in item.buttons]
    assert not [item for item in voice(office, ANNA, "deux") if "Effacer ce message" in item.buttons]
    assert stored(office)[1] == {"un", "deux"} and [row[0] for row in given(office, anna)] == ["sante"]


def test_once_agreed_to_a_voice_is_an_answer_like_another(office: Office) -> None:
    office.join("participant", "Anna", ANNA, office.ines)
    decide(office, ANNA, "voix", "oui")
    assert not [item for item in voice(office, ANNA, "un") if "Effacer ce message" in item.buttons]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Kept("Mot", media=("m",)), GONE),
        (Kept(None, media=("a", "m")), Kept(None, media=("a",))),
        (Kept("Un\n\nDeux", media=("m",), parts=((1, "Un", ()), (2, "Deux", ("m",)))),
         Kept("Un", media=(), parts=((1, "Un", ()),))),
        (Kept(["Un", "Deux"], media=("m",), parts=((1, "Un", ()), (2, "Deux", ("m",)))),
         Kept(["Un"], media=(), parts=((1, "Un", ()),))),
        (Kept("", media=("m",), parts=((2, "", ("m",)),)), GONE),
    ],
)  # fmt: skip
def test_what_is_left_of_an_answer(before: Kept, after: Kept) -> None:
    assert without(before, 2, "m") == after


# --- testimonies -----------------------------------------------------------------------------


def offered(office: Office) -> int:
    person = office.join("participant", "Anna", ANNA, office.ines)
    run = office.run(person, FLOW, nth=1)
    for key, value in {"temoignage_changement": "Je dors.", "temoignage_accord": "oui"}.items():
        office.reply(person, key, value, run=run)
    return person


def found(office: Office) -> list[testimonials.Testimony]:
    return office.db.read_now(testimonials.agreed, office.vault, office.now)


def test_a_published_testimony_taken_back_is_shown_no_more_and_decided_anew(office: Office) -> None:
    offered(office)
    office.join("admin", "Régie", ADMIN)
    one = found(office)[0]
    office.press(ADMIN, f"d:tp:{one.run}:{one.up_to}")
    assert found(office)[0].shown
    decide(office, ANNA, "temoignage", "non")
    assert not found(office)
    assert [kept.value for key, kept, _ in stored(office)[0] if key == "temoignage_accord"] == ["oui", None]
    assert "Je dors" not in "".join(words(office.say(LEO, "/temoignages")))
    office.now += timedelta(hours=1)
    decide(office, ANNA, "temoignage", "oui")
    assert [one.shown for one in found(office)] == [False]
