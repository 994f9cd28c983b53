"""An admin's pages: cohorts, people, links, the team, the journal; each change leaves its row, in the same stroke."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.admin import ledger
from bot.store import audit
from bot.store import tables as t
from bot.store.audit import By, Entry
from bot.store.database import Database
from bot.store.vault import Vault
from bot.web.routes import ADMIN_ROUTES
from tests.bot.desk_office import LIBRARY, Office
from tests.bot.web_office import Browser, Espace, espace

ROOT = Path(__file__).parents[2]
UNCHANGING = {"/regie/sortir", "/regie/invitations/lecture"}
"""Forms that change nothing of the house: a session closed, a list that is only read."""

FILLED: dict[str, dict[str, str]] = {
    "/regie/personnes/{person}/cohorte": {"cohorte": "été"},
    "/regie/personnes/{person}/lien": {},
    "/regie/personnes/{person}/retrait": {},
    "/regie/personnes/{person}/effacement": {},
    "/regie/equipe": {"prenom": "Marc", "role": "coach"},
    "/regie/cohortes": {"nom": "automne"},
    "/regie/cohortes/nom": {"ancien": "été", "nouveau": "juillet"},
    "/regie/cohortes/cloture": {"nom": "été"},
    "/regie/invitations": {"prenom": "Zoé", "cohorte": "été"},
    "/regie/invitations/liste": {"liste": "prénom\nZoé\nMax\n"},
}
"""What is typed in each form that changes something, about somebody who was invited and never came in."""


@pytest.fixture
def page(database: Database, vault: Vault, now: Any) -> Iterator[Espace]:
    office = Office(database, vault, now)
    office.nadia = office.join("admin", "Nadia", 703)  # type: ignore[attr-defined]
    office.ines = office.join("coach", "Anne", 701)
    office.claire = office.join("participant", "Claire", 801, office.ines, cohort="été")  # type: ignore[attr-defined]
    office.paul = office.invite("participant", "Paul", office.ines).id  # type: ignore[attr-defined]
    with espace(office) as served:
        yield served


@pytest.fixture
def nadia(page: Espace) -> Browser:
    return page.of(page.office.nadia)  # type: ignore[attr-defined]


def entries(page: Espace) -> list[Entry]:
    return [entry for entry in page.office.db.read_now(audit.newest, 100) if entry.by.door == "page"]


def flat(text: str) -> str:
    return text.replace("’", "'")


def codes(html: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"start=([\w-]{22})", html)))


# --- every form ------------------------------------------------------------------------------


def forms() -> list[str]:
    return [route.path for route in ADMIN_ROUTES if route.method == "POST"]


@pytest.mark.parametrize("path", sorted({*FILLED, *UNCHANGING}))
def test_a_change_leaves_its_row_and_a_form_that_changes_nothing_leaves_none(
    page: Espace, nadia: Browser, path: str
) -> None:
    people: Any = page.office
    marks = nadia.get("/espace/regie").form("sortir")
    typed = {**FILLED.get(path, {"liste": "prénom\nZoé\n"}), "coach": str(people.ines)}
    if path.endswith("/liste"):
        read = nadia.post("/espace/regie/invitations/lecture", {**marks, **typed, "form": "une-autre-marque"})
        typed["lu"] = read.form("/lecture")["lu"]
    seen = nadia.post("/espace" + path.replace("{person}", str(people.paul)), {**marks, **typed})
    assert seen.status in (200, 303), seen.text[:400]
    found = entries(page)
    if path in UNCHANGING:
        assert found == []
        return
    assert found and all(entry.by == By(people.nadia, "admin", "page") for entry in found)
    again = nadia.post("/espace" + path.replace("{person}", str(people.paul)), {**marks, **typed})
    assert again.status == 303 and "dit=already" in again.headers["location"]
    assert nadia.follow(again).status in (200, 404) and entries(page) == found


def test_every_form_of_an_admin_is_one_of_the_two() -> None:
    ours = [path for path in forms() if re.match(r"/regie/(sortir|personnes|equipe|cohortes|invitations)\b", path)]
    assert sorted(ours) == sorted([*FILLED, *UNCHANGING])


@pytest.mark.parametrize("path", sorted(FILLED))
def test_what_is_refused_changes_nothing_and_leaves_no_row(page: Espace, nadia: Browser, path: str) -> None:
    marks = nadia.get("/espace/regie").form("sortir")
    count = select(func.count()).select_from(t.people)
    before = page.office.db.read_now(lambda conn: conn.execute(count).scalar_one())
    typed = {"nom": "*", "ancien": "nulle", "cohorte": "nulle", "prenom": " ", "liste": "rien", "coach": "999"}
    seen = nadia.post("/espace" + path.replace("{person}", "999"), {**marks, **typed})
    assert seen.status in (404, 422) and entries(page) == []
    assert page.office.db.read_now(lambda conn: conn.execute(count).scalar_one()) == before


# --- the journal -----------------------------------------------------------------------------


def noted() -> set[str]:
    """Every action that the code writes down."""
    found: set[str] = set()
    for file in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if (
                isinstance(called, ast.Attribute)
                and called.attr == "note"
                and getattr(called.value, "id", "") == "audit"
            ):
                action = node.args[2]  # type: ignore[attr-defined]
                assert isinstance(action, ast.Constant), (file, action.lineno)
                found.add(action.value)
    return found


def test_every_action_that_is_written_down_has_its_sentence() -> None:
    missing = {action for action in noted() if ledger.PHRASE + action not in LIBRARY.phrases}
    assert not missing and {"invite", "cohort_put", "publish"} <= noted()


def test_the_journal_says_who_did_what(page: Espace, nadia: Browser) -> None:
    office: Any = page.office
    nadia.submit(nadia.get(f"/espace/regie/personnes/{office.claire}"), "/cohorte", cohorte="")
    nadia.submit(nadia.get(f"/espace/regie/personnes/{office.claire}"), "/lien")
    nadia.submit(nadia.get(f"/espace/regie/personnes/{office.paul}"), "/effacement")
    office.db.write_now(audit.note, audit.OPERATOR, "nouveau", {"n": 3}, office.now)
    office.db.write_now(audit.note, audit.OPERATOR, "cohort_close", {"autre": 3}, office.now)
    text = nadia.get("/espace/regie/journal").text
    for words in (
        f"Nadia a retiré Claire (n° {office.claire}) de la cohorte « été ». sur la page",
        f"a donné un nouveau lien à Claire (n° {office.claire}), qui peut déplacer son espace",
        f"a retiré n° {office.paul}, qui n'avait jamais ouvert son lien (participant).",
        "Le terminal a fait « nouveau ». au terminal", "Le terminal a fait « cohort_close »",
        "a invité Nadia (n° 1) dans l'équipe : administration.", "a formé la cohorte « été »",
    ):  # fmt: skip
        assert words in flat(text), words


def test_the_journal_is_leafed_through_to_its_first_row(page: Espace, nadia: Browser) -> None:
    for n in range(120):
        page.office.db.write_now(audit.note, audit.OPERATOR, "cohort_create", {"cohort": f"c{n}"}, page.office.now)
    total = len(page.office.db.read_now(audit.newest, 1000))
    path, rows = "/espace/regie/journal", 0
    for _ in range(9):
        seen = nadia.get(path)
        rows += seen.html.count("<li><span")
        following = re.search(r'href="([^"]+)" rel="next"', seen.html)
        if following is None:
            break
        path = following[1]
    assert rows == total and nadia.get("/espace/regie/journal?avant=0").status == 404


# --- cohorts ---------------------------------------------------------------------------------


def test_a_cohort_is_formed_renamed_closed_and_opened_again(page: Espace, nadia: Browser) -> None:
    marks = nadia.get("/espace/regie/cohortes").form("sortir")
    said = nadia.follow(nadia.post("/espace/regie/cohortes", {**marks, "nom": "hiver <b>"}))
    assert "hiver &lt;b&gt;" in said.html and "<b>" not in said.html
    said = nadia.follow(nadia.post("/espace/regie/cohortes", {**marks, "form": "autre-marque-1", "nom": "automne"}))
    assert "C'est fait, la cohorte est ouverte." in flat(said.text) and "automne ouverte personne" in said.text
    said = nadia.follow(nadia.post("/espace/regie/cohortes/cloture", {**said.form("sortir"), "nom": "été"}))
    assert "été close depuis le" in said.text and "1 personne dont 1 en cours" in said.text
    person = nadia.get(f"/espace/regie/personnes/{page.office.paul}")  # type: ignore[attr-defined]
    assert 'value="automne"' in person.html and 'value="été"' not in person.html
    said = nadia.follow(nadia.post("/espace/regie/cohortes", {**said.form("sortir"), "nom": "été"}))
    assert "été ouverte" in said.text
    seen = nadia.post("/espace/regie/cohortes", {**said.form("sortir"), "nom": "ÉTÉ"})
    assert seen.status == 422 and "porte déjà ce nom" in seen.text


# --- people ----------------------------------------------------------------------------------


def test_the_roster_is_sifted_and_leafed_through(page: Espace, nadia: Browser) -> None:
    seen = nadia.get("/espace/regie/personnes")
    assert "Claire n° 3 Anne été Accompagné en cours non" in seen.text
    assert "Paul n° 4 Anne aucune cohorte Accompagné lien pas encore ouvert lien en attente jusqu'au" in flat(seen.text)
    assert "Paul" not in nadia.get("/espace/regie/personnes?cohorte=%C3%A9t%C3%A9").text
    assert "Claire" not in nadia.get("/espace/regie/personnes?etat=invited&coach=&format=accompagne").text
    assert "Personne ne répond" in nadia.get("/espace/regie/personnes?etat=ended").text
    for n in range(60):
        page.office.invite("participant", f"Max {n}", page.office.ines, cohort="a&b")
    seen = nadia.get("/espace/regie/personnes?cohorte=a%26b")
    following = re.search(r'href="([^"]+)" rel="next"', seen.html)
    assert following and "cohorte=a%26b&amp;page=2" in following[1]
    seen = nadia.get(following[1].replace("&amp;", "&"))
    assert seen.html.count('data-label="Coach"') == 10 and "60 personnes" in seen.text
    for odd in ("page=9", "page=99999999999999999", "coach=x", "etat=%00", "cohorte=%27--", "format=%3Cb%3E"):
        assert nadia.get(f"/espace/regie/personnes?{odd}").status in (200, 404)


def test_a_new_link_says_what_it_does_and_the_older_ones_open_nothing(page: Espace, nadia: Browser) -> None:
    office: Any = page.office
    here = f"/espace/regie/personnes/{office.claire}"
    assert "L'ancien compte perd l'accès" in flat(nadia.get(here).text)
    first = nadia.submit(nadia.get(here), "/lien")
    assert "l'ancien compte Telegram de cette personne n'aura plus accès" in flat(first.text)
    second = nadia.submit(nadia.get(here), "/lien")
    [old], [new] = codes(first.html), codes(second.html)
    assert "n'ouvre rien" in flat(office.say(899, f"/start {old}")[0].text)
    office.say(703, f"/start {new}")  # an admin who opens it by mistake takes nobody's place
    assert office.say(801, "Toujours là ?") != []
    moved = office.say(899, f"/start {new}")
    assert any("relié à ce compte" in flat(each.text) for each in moved)
    assert "C'est votre propre espace" in flat(nadia.get(f"/espace/regie/personnes/{office.nadia}").text)


def test_a_link_is_taken_back(page: Espace, nadia: Browser) -> None:
    office: Any = page.office
    here = f"/espace/regie/personnes/{office.paul}"
    [code] = codes(nadia.submit(nadia.get(here), "/lien").html)
    said = nadia.submit(nadia.get(here), "/retrait")
    assert "n'ouvre plus rien" in flat(said.text) and "/retrait" not in said.html
    assert "n'ouvre rien" in flat(office.say(899, f"/start {code}")[0].text)


def test_only_who_never_came_in_is_taken_away(page: Espace, nadia: Browser) -> None:
    office: Any = page.office
    assert "/effacement" not in nadia.get(f"/espace/regie/personnes/{office.claire}").html
    marks = nadia.get("/espace/regie").form("sortir")
    seen = nadia.post(f"/espace/regie/personnes/{office.claire}/effacement", marks)
    assert seen.status == 422 and "déjà entrée" in seen.text
    said = nadia.submit(nadia.get(f"/espace/regie/personnes/{office.paul}"), "/effacement")
    assert "il n'en reste rien" in flat(said.text) and "Paul" not in said.text
    assert nadia.get(f"/espace/regie/personnes/{office.paul}").status == 404
    assert (
        office.db.read_now(lambda conn: conn.execute(select(t.people.c.id).where(t.people.c.id == office.paul)).all())
        == []
    )


def test_a_coach_and_a_referent_are_invited(page: Espace, nadia: Browser) -> None:
    office: Any = page.office
    seen = nadia.submit(nadia.get("/espace/regie/equipe"), "/regie/equipe", prenom="Marc", role="coach")
    [code] = codes(seen.html)
    assert "rejoindre Marge, comme coach" in seen.text
    assert "Bonjour Marc" in office.say(899, f"/start {code}")[0].text
    seen = nadia.submit(nadia.get("/espace/regie/equipe"), "/regie/equipe", prenom="Marc", role="coach")
    assert seen.status == 422 and "figure déjà" in seen.text
    team = nadia.get("/espace/regie/equipe").text
    assert "Marc n° 5 coach en place personne" in team and "Anne n° 2 coach en place 2 personnes" in team
    assert "Hybride fermé personne" in team


# --- a list ----------------------------------------------------------------------------------


def test_a_list_is_reread_then_everybody_is_invited(page: Espace, nadia: Browser) -> None:
    office: Any = page.office
    text = "prénom;cohorte\r\n=Zoé;hiver\r\nMax;\r\n"
    seen = nadia.get("/espace/regie/invitations")
    seen = nadia.submit(seen, "/lecture", liste=text, coach=str(office.ines), cohorte="été")
    assert "2 personnes seraient invitées" in seen.text and "hiver : 1 personne (nouvelle" in seen.text
    assert "Inviter 2 personnes" in seen.text and "=Zoé;hiver" in seen.html
    form = {**seen.form("/lecture"), "liste": text, "coach": str(office.ines), "cohorte": "été"}
    done = nadia.post("/espace/regie/invitations/liste", form)
    assert done.status == 200 and "&#39;=Zoé;https://t.me/" in done.html
    first, second = codes(done.html)
    assert "Bonjour =Zoé" in office.say(898, f"/start {first}")[0].text
    assert "Bonjour Max" in office.say(899, f"/start {second}")[0].text


def test_what_was_not_read_aloud_is_not_done(page: Espace, nadia: Browser) -> None:
    typed = {"liste": "prénom\nZoé\n", "coach": str(page.office.ines), "fuseau": "Europe/Paris", "cohorte": ""}
    for other in ({"liste": "prénom\nZoé\nMax\n"}, {"cohorte": "été"}, {"lu": ""}):
        seen = nadia.submit(nadia.get("/espace/regie/invitations"), "/lecture", **typed)
        said = nadia.post("/espace/regie/invitations/liste", {**seen.form("/lecture"), **typed, **other})
        assert said.status == 422 and "a changé depuis la lecture" in said.text and entries(page) == []


def test_a_wrong_list_is_told_line_by_line_and_given_back(page: Espace, nadia: Browser) -> None:
    office: Any = page.office
    seen = nadia.get("/espace/regie/invitations")
    seen = nadia.submit(seen, "/lecture", liste="prénom;coach\nZoé;Bob\n;\n;Anne\nClaire;\n", coach=str(office.ines))
    assert seen.status == 422 and "3 lignes sont à revoir" in seen.text
    assert (
        "ligne 2, coach : personne de ce nom" in seen.text
        and "ligne 5, prénom : une personne de ce prénom" in seen.text
    )
    assert "Zoé;Bob" in seen.html and "Inviter 1" not in seen.text


def test_without_a_coach_nobody_can_be_invited_yet(database: Database, vault: Vault, now: Any) -> None:
    office = Office(database, vault, now)
    who = office.join("admin", "Nadia", 703)
    with espace(office) as page:
        browser = page.of(who)
        assert "Inviter un ou une coach" in browser.get("/espace/regie/invitations").text
        assert "Personne n'est encore inscrit" in flat(browser.get("/espace/regie/personnes").text)
        assert "pas encore de cohorte" in browser.get("/espace/regie/cohortes").text


# --- state -----------------------------------------------------------------------------------


def test_the_first_page_says_what_to_do(page: Espace, nadia: Browser) -> None:
    office: Any = page.office
    office.db.write_now(
        lambda conn: conn.execute(update(t.people).where(t.people.c.id == office.claire).values(reachable=False))
    )
    text = flat(nadia.get("/espace/regie").text)
    assert f"Personnes injoignables 1 (n° {office.claire}) Les voir Leur coach peut les joindre autrement." in text
    assert "Tables à jour, version" in text and "Claire" not in text


def test_what_is_refused_leads_back_to_the_desk(page: Espace, nadia: Browser) -> None:
    seen = nadia.get("/espace/regie/rien")
    assert seen.status == 404 and 'href="/espace/regie">Revenir' in seen.html
