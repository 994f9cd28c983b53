"""A coach's participants on a page each: whatever was written fits, nothing private is there, and nobody else's."""

import io
import re
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import insert, select, update

from bot import duties
from bot.desk import appointments, booklets, digest
from bot.documents.sheet import LABEL_ROOM, Booklet, Part, Plot, Point, Sheet, Stop, pdf, pngs, spread
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.bot.desk_office import Office
from tests.bot.web_office import espace

COACH, OTHER, ANNA, PAUL = 701, 702, 801, 802
AT = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
HOSTILE = ["#set page(width: 1cm)", "#panic()", "$x$ *gras* @ref <b> `code` \\ // /* ~ [a](b)", '"; sys.inputs',
           "{page}", "👩‍🚀🦋✅" * 90, "نور السلام عليكم " * 300, "W" * 5000,
           "mot " * 1300, "\u202e\x00\x07« « » »", "日本" * 400]  # fmt: skip


@pytest.fixture
def office(database: Database, vault: Vault, now: datetime) -> Office:
    made = Office(database, vault, now)
    made.house = replace(made.house, due=duties.DUE)
    return made


@pytest.fixture
def coach(office: Office) -> int:
    return office.join("coach", "Inès", COACH)


@pytest.fixture
def anna(office: Office, coach: int) -> int:
    return office.join("participant", "Anna", ANNA, coach)


def send(office: Office, coach: int, period: str = "2026-11-02") -> int:
    assert office.do(digest.send, coach, period, office.now) is None
    newest = select(t.digests.c.id).where(t.digests.c.coach_id == coach).order_by(t.digests.c.id.desc()).limit(1)
    return int(office.db.read_now(lambda conn: conn.execute(newest).scalar_one()))


def of_digest(office: Office, coach: int, id: int) -> Booklet | None:
    def read(conn: Any) -> Booklet | None:
        office.vault.ready(conn, [coach], office.now)
        return booklets.of_digest(conn, office.vault, office.house, coach, id, office.now)

    return office.db.read_now(read)


def words(found: Any) -> str:
    return repr(asdict(found)).replace("\\xa0", " ").replace("\\u202f", " ").replace("\xa0", " ").replace("\u202f", " ")


def parts(sheet: Sheet) -> dict[str, tuple[str, ...]]:
    return {part.title: tuple(line.replace("\xa0", " ").replace("\u202f", " ") for line in part.lines)
            for part in sheet.parts}  # fmt: skip


def pages(file: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page(?![a-z])", file))


# --- what is drawn ---------------------------------------------------------------------------


def booklet(*written: Sheet) -> Booklet:
    return Booklet(
        "Fiches", "Réservé à Inès.", "Page {page} sur {pages}", "Encore {left}.", "Énergie", "Rien.", written
    )


def sheet(name: str, lines: list[str], times: int = 1) -> Sheet:
    stops = tuple(Stop(f"S{n}", "past" if n < 2 else "here" if n == 2 else "open") for n in range(12))
    plot = Plot((Point(0.0, 0.0, "1er mars"), Point(1.0, 1.0, "2 mars")), "à plat", "en forme", name)
    quotes = tuple(f"« {line} » : « {line} » (2 novembre, n° 4)" for line in lines * times)
    return Sheet(name, name, stops, name, plot, tuple(Part(f"Partie {n}", quotes) for n in range(6)))


@pytest.mark.parametrize("line", HOSTILE)
def test_whatever_was_written_is_one_page_and_no_markup(line: str) -> None:
    assert pages(pdf(booklet(sheet("Anna", [line])))) == 1
    assert pages(pdf(booklet(sheet("Anna", [line], 20), sheet(line[:200], [line])))) == 2


def test_a_page_is_cut_rather_than_left_out() -> None:
    """The same page with a line more or fewer is another picture: what overflows is counted on the page."""
    few, many = (pngs(booklet(sheet("Anna", ["mot " * 80], times)), 40) for times in (12, 13))
    assert len(few) == len(many) == 1 and few != many


def test_no_sheet_is_still_a_file() -> None:
    assert pages(pdf(booklet())) == 1


def test_an_empty_sheet_says_so_on_a_line_of_its_own() -> None:
    bare = replace(sheet("Anna", []), energy=None, road="Ici : S2.", parts=())
    [page] = PdfReader(io.BytesIO(pdf(booklet(bare)))).pages
    assert {"Ici : S2.", "Rien."} <= set(page.extract_text().splitlines())


def test_points_stand_as_far_apart_as_they_were_said() -> None:
    found = spread([(0, 0.1, "a"), (10, 0.2, "b"), (100, 0.3, "c")])
    assert [point.x for point in found] == [0, 0.1, 1] and [point.y for point in found] == [0.1, 0.2, 0.3]
    assert [point.label for point in found] == ["a", "", "c"] and LABEL_ROOM > 0.1
    assert spread([(5, 0.5, "a")]) == (Point(0.5, 0.5, "a"),) and spread([]) == ()


# --- what a digest told ----------------------------------------------------------------------


def test_a_page_for_each_person_the_digest_tells_of(office: Office, coach: int, anna: int) -> None:
    paul = office.join("participant", "Paul", PAUL, coach)
    silent = office.join("participant", "Zoé", 803, coach)
    send(office, coach, "2026-10-26")
    office.do(appointments.put, anna, "S2", AT, None, office.now)
    run = office.run(anna, "sens-du-travail", session="S2")
    office.reply(anna, "moment_sens", "La caisse, un jour de marché", run=run, session="S2", question="Racontez")
    office.reply(anna, "apports", ["utilite"], run=run, session="S2", how="to_check", question="Lesquels ?")
    office.reply(anna, "journal", "Une nuit difficile", how="journal", question="")
    office.run(anna, "argent", state="waiting", nth=1, key="argent_enfance")
    office.reply(paul, "poste", "Menuisier", run=office.run(paul, "parcours"))

    def paused(conn: Any) -> None:
        row = {"enrolment_id": office.enrolment(conn, paul), "at": office.now, "kind": "paused", "about": {}}
        conn.execute(insert(t.events).values(**row))

    office.db.write_now(paused)
    made = of_digest(office, coach, send(office, coach))
    assert made is not None and [one.name for one in made.sheets] == ["Anna", "Paul"]
    first, second = made.sheets
    told = parts(first)
    assert told["Depuis la synthèse d’avant"] == (
        "1 réponse à lire", "1 réponse à vérifier avec la personne", "1 message écrit hors question",
    )  # fmt: skip
    assert [line.split(" (")[0] for line in told["Ses mots"]] == ["« Racontez » : « La caisse, un jour de marché »"]
    assert told["À vérifier ensemble"][0].startswith("« Lesquels ? »")
    assert (
        first.ahead.replace("\xa0", " ")
        == "Prochaine séance : Héritages et vision du travail, jeudi 12 novembre à 10 h"
    )
    assert [stop.standing for stop in first.stops if stop.label == "S2"] == ["here"] and "Ici" in first.road
    assert parts(second)["Depuis la synthèse d’avant"] == ("A demandé une pause : lundi 2 novembre", "1 réponse à lire")
    assert "Inès" in made.reader and pages(pdf(made)) == 2
    assert silent and "Zoé" not in words(made)


def test_energy_is_points_with_their_days(office: Office, coach: int, anna: int) -> None:
    send(office, coach, "2026-10-26")
    said = [("accueil", "meteo", 3, 0), ("apres-s1", "meteo_s1", 7, 10), ("apres-s2", "meteo_s2", 5, 40)]
    for flow, key, value, days in said:
        run = office.run(anna, flow)
        office.reply(anna, key, value, run=run, at=office.now + timedelta(days=days - 60))
    office.reply(anna, "meteo_s3", 9, run=office.run(anna, "apres-s3"), private=True)
    office.reply(anna, "meteo_s4", None, run=office.run(anna, "apres-s4"), how="skipped")
    office.reply(anna, "latitude", 1, run=office.run(anna, "marge-de-manoeuvre"))
    made = of_digest(office, coach, send(office, coach))
    assert made is not None
    plot = made.sheets[0].energy
    assert plot is not None and [point.y for point in plot.points] == [0.3, 0.7, 0.5]
    assert [round(point.x, 2) for point in plot.points] == [0, 0.25, 1]
    assert (plot.low, plot.high) == ("à plat", "en pleine forme")
    assert "3 (3 septembre), 7 (13 septembre), 5 (13 octobre)" in plot.words.replace("\xa0", " ")


def test_many_energies_are_all_drawn_and_the_last_ones_said(office: Office, coach: int, anna: int) -> None:
    for n in range(60):
        run = office.run(anna, "apres-s1", nth=n + 2)
        office.reply(anna, "meteo_s1", n % 11, run=run, at=office.now + timedelta(days=n - 60))
    made = of_digest(office, coach, send(office, coach))
    assert made is not None and made.sheets[0].energy is not None
    plot = made.sheets[0].energy
    assert len(plot.points) == 60 and pages(pdf(made)) == 1
    assert ": …, 7 (13 octobre), " in plot.words.replace("\xa0", " ") and plot.words.count("(") == booklets.SPELLED


@pytest.mark.parametrize("about", [{"private": True}, {"how": "erased"}])
def test_somebody_who_took_all_of_it_back_is_on_no_page(
    office: Office, coach: int, anna: int, about: dict[str, Any]
) -> None:
    office.db.write_now(lambda conn: conn.execute(t.events.delete()))
    run = office.run(anna, "parcours", session="S2")
    office.reply(anna, "poste", "INTIME", run=run, session="S2")
    id = send(office, coach)
    office.reply(anna, "poste", "INTIME", run=run, session="S2", version=2, **about)
    made = of_digest(office, coach, id)
    assert made is not None and made.sheets == () and pages(pdf(made)) == 1


@pytest.mark.parametrize("about", [{"private": True}, {"how": "erased"}])
def test_what_is_taken_back_after_the_digest_is_on_no_page(
    office: Office, coach: int, anna: int, about: dict[str, Any]
) -> None:
    run = office.run(anna, "parcours", session="S2")
    office.reply(anna, "poste", "INTIME", run=run, session="S2", question="INTIME ?", review="a_aborder")
    office.reply(anna, "choix", "INTIME", run=run, session="S2", private=True, question="INTIME ?", how="to_check")
    office.reply(anna, "vecu", "dit", run=run, session="S2")
    id = send(office, coach)
    assert "INTIME" in words(of_digest(office, coach, id))
    office.reply(anna, "poste", "INTIME", run=run, session="S2", question="INTIME ?", version=2, **about)
    made = of_digest(office, coach, id)
    assert made is not None and "INTIME" not in words(made) and "« dit »" in words(made)
    assert "1 réponse à lire" in words(made)


def test_the_digest_itself_counts_nothing_that_became_private(office: Office, coach: int, anna: int) -> None:
    send(office, coach, "2026-10-26")
    run = office.run(anna, "parcours")
    office.reply(anna, "poste", "…", run=run)
    office.reply(anna, "poste", "…", run=run, version=2, private=True)
    assert office.do(digest.send, coach, "2026-11-02", office.now) == "nothing_new"
    office.reply(anna, "poste", "…", run=run, version=3)
    assert office.do(digest.send, coach, "2026-11-09", office.now) is None


def test_only_her_own_digest_and_only_those_she_still_accompanies(office: Office, coach: int, anna: int) -> None:
    other = office.join("coach", "Marc", OTHER)
    office.reply(anna, "a", "…")
    id = send(office, coach)
    assert of_digest(office, other, id) is None and of_digest(office, coach, id + 1) is None
    theirs = update(t.enrolments).where(t.enrolments.c.coach_id == coach)
    office.db.write_now(lambda conn: conn.execute(theirs.values(coach_id=other)))
    made = of_digest(office, coach, id)
    assert made is not None and made.sheets == ()


# --- in Telegram -----------------------------------------------------------------------------


def test_the_digest_leads_to_the_sheets_when_there_is_a_page(office: Office, coach: int, anna: int) -> None:
    office.heard(COACH)
    office.reply(anna, "a", "…")
    send(office, coach)
    assert "reply_markup" not in office.heard(COACH)[0].params
    office.house = replace(office.house, page="https://marge.example")
    office.reply(anna, "b", "…")
    id = send(office, coach, "2026-11-09")
    rows = office.heard(COACH)[0].params["reply_markup"]["inline_keyboard"]
    assert [[(button["text"], button["url"]) for button in row] for row in rows] == [
        [("Lire les fiches (PDF)", f"https://marge.example/espace/syntheses/{id}.pdf")],
        [("Ouvrir mon espace", "https://marge.example/espace")],
    ]


def test_excerpts_are_each_sealed_under_their_author(office: Office, coach: int, anna: int) -> None:
    paul = office.join("participant", "Paul", PAUL, coach)
    office.heard(COACH)
    run = office.run(anna, "parcours")
    office.reply(anna, "etudes", "MOTS d'Anna <b> " + "x" * 300, run=run)
    office.reply(anna, "experiences[0].poste", "MOTS plus courts", run=run)
    office.reply(anna, "experiences[0].appris", ["MOTS"], run=run)
    office.reply(anna, "fil", "INTIME", run=run, private=True)
    office.reply(anna, "experiences[0].crise", "oui", run=run)
    office.reply(paul, "etudes", "INTIME", run=office.run(paul, "parcours"), private=True)
    office.reply(paul, "journal", "INTIME", how="journal")
    send(office, coach)
    assert len(office.heard(COACH)) == 1
    office.house = replace(office.house, excerpts=True)
    office.db.write_now(lambda conn: conn.execute(update(t.replies).values(digest_id=None)))
    send(office, coach, "2026-11-09")
    first, *others = office.heard(COACH)
    assert first.owner == coach and "MOTS" not in first.text
    assert [sent.owner for sent in others] == [anna]
    assert others[0].text.count("« ") == 2 and "MOTS d'Anna &lt;b&gt;" in others[0].text
    assert "…" in others[0].text and others[0].params["protect_content"] and "INTIME" not in others[0].text


def test_ten_people_at_most_have_excerpts(office: Office, coach: int) -> None:
    office.house = replace(office.house, excerpts=True)
    for n in range(13):
        person = office.invite("participant", f"P{n}", coach).id
        office.reply(person, "etudes", f"mot {n}", run=office.run(person, "parcours"))
    office.heard(COACH)
    send(office, coach)
    assert len(office.heard(COACH)) == 11


def test_erasing_somebody_takes_their_excerpts_out_of_the_queue(office: Office, coach: int, anna: int) -> None:
    office.house = replace(office.house, excerpts=True)
    office.reply(anna, "etudes", "MOTS", run=office.run(anna, "parcours"))
    office.heard(COACH)
    send(office, coach)
    office.press(ANNA, "c:erase:1")
    office.press(ANNA, "c:erase:oui")
    left = office.heard(COACH)
    assert "Votre synthèse" in left[0].text and all("MOTS" not in sent.text for sent in left)


# --- on the page -----------------------------------------------------------------------------


def test_the_brief_on_the_page_leads_to_each_source(office: Office, coach: int, anna: int) -> None:
    office.do(appointments.put, anna, "S2", AT, None, office.now)
    run = office.run(anna, "sens-du-travail", session="S2")
    id = office.reply(anna, "moment_sens", "<script>alert(1)</script>", run=run, session="S2", question="Racontez")
    office.reply(anna, "apports", ["utilite"], run=run, session="S2", private=True, question="INTIME")
    with espace(office) as site:
        seen = site.of(coach).get(f"/espace/personnes/{anna}/fiche")
        assert seen.status == 200 and "Ses mots" in seen.text and "INTIME" not in seen.html
        assert f'href="/espace/personnes/{anna}/reponses?reponse={id}#r{id}"' in seen.html
        assert "<script>alert" not in seen.html and "**" not in seen.text
        file = site.of(coach).get(f"/espace/personnes/{anna}/fiche.pdf")
        assert (file.status, file.headers["content-type"]) == (200, "application/pdf") and pages(file.body) == 1


def test_without_an_appointment_the_page_says_what_to_do(office: Office, coach: int, anna: int) -> None:
    with espace(office) as site:
        seen = site.of(coach).get(f"/espace/personnes/{anna}/fiche")
        assert seen.status == 200 and "Aucun rendez-vous à préparer" in seen.text
        assert pages(site.of(coach).get(f"/espace/personnes/{anna}/fiche.pdf").body) == 1


def test_the_digests_on_the_page_are_her_own(office: Office, coach: int, anna: int) -> None:
    other = office.join("coach", "Marc", OTHER)
    office.reply(anna, "a", "…")
    id = send(office, coach)
    with espace(office) as site:
        seen = site.of(coach).get("/espace/syntheses")
        assert f'href="/espace/syntheses/{id}.pdf"' in seen.html and "réponse" not in seen.text.split("Synthèses")[-1]
        file = site.of(coach).get(f"/espace/syntheses/{id}.pdf")
        assert file.status == 200 and file.body.startswith(b"%PDF") and pages(file.body) == 1
        assert "Pas encore de synthèse" in site.of(other).get("/espace/syntheses").text
        for path in (f"syntheses/{id}.pdf", f"personnes/{anna}/fiche", f"personnes/{anna}/fiche.pdf"):
            assert site.of(other).get(f"/espace/{path}").status == 404
            assert site.of(anna).get(f"/espace/{path}").status == 404
        for path in ("0.pdf", "x.pdf", "-1.pdf", f"{10**30}.pdf"):
            assert site.of(coach).get(f"/espace/syntheses/{path}").status == 404


def test_many_digests_are_listed_twenty_at_a_time(office: Office, coach: int, anna: int) -> None:
    ids = []
    for n in range(23):
        office.reply(anna, f"k{n}", "…")
        ids.append(send(office, coach, f"p{n}"))
    with espace(office) as site:
        first = site.of(coach).get("/espace/syntheses")
        assert len(re.findall(r"syntheses/\d+\.pdf", first.html)) == 20
        older = re.search(r'href="(/espace/syntheses\?avant=\d+)"', first.html)
        assert older is not None
        assert re.findall(r"syntheses/(\d+)\.pdf", site.of(coach).get(older[1]).html) == [str(id) for id in ids[2::-1]]


def test_a_long_digest_comes_in_parts(office: Office, coach: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booklets, "PART", 2)
    for n in range(5):
        person = office.join("participant", f"P{n}", 910 + n, coach)
        office.reply(person, "journal", "des mots", how="journal", question="")
    which = send(office, coach)
    with espace(office) as page:
        browser = page.of(coach)
        address = f"/espace/syntheses/{which}.pdf"
        assert "partie 3 sur 3" in browser.get(address).text
        assert browser.get(f"{address}?partie=3").body.startswith(b"%PDF")
        assert [browser.get(f"{address}?partie={n}").status for n in ("0", "4")] == [404, 404]
    found = [office.do(booklets.of_digest, coach, which, office.now, part) for part in (1, 2, 3)]
    assert [len(one.sheets) for one in found] == [2, 2, 1]
    assert len({sheet.name for one in found for sheet in one.sheets}) == 5
