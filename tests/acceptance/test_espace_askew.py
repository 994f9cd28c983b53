"""What goes wrong on a coach's page, in Chromium: refused dates, two tabs, a session that ended, names made to hurt.

Each page is read by axe (WCAG 2.2, levels A and AA), on a desk and on a phone, where nothing goes over the edge.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from bot.desk import appointments, signin
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from bot.web.routes import ROUTES
from tests.acceptance.desk_screen import desk
from tests.bot.desk_office import Office

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
ANNE, CLAIRE = 701, 801
NAMES = ("W" * 200, "محمد عبد الله بن سعيد", "👩‍🚀🎉 Zoë 🏳️‍🌈", "\u202egnp.exe", "<b>Bob</b><script>alert(1)</script>")
WORDS = "Trois phrases écrites un lundi soir, et qui ne se récrivent pas."


@pytest.fixture
def office(database: Database, vault: Vault) -> Office:
    office = Office(database, vault, NOW)
    office.ines = office.join("coach", "Anne", ANNE)
    return office


def joined(office: Office, name: str, chat: int) -> int:
    """Somebody whose name is whatever Telegram let them have."""
    person = office.join("participant", "Claire", chat, office.ines)

    def rename(conn: Any) -> None:
        office.vault.ready(conn, [person], office.now)
        sealed = office.vault.seal_text(person, "people.name", name)
        conn.execute(update(t.people).where(t.people.c.id == person).values(name=sealed))

    office.db.write_now(rename)
    return person


@pytest.mark.browser
@pytest.mark.xdist_group("heavy")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_refusal_is_seen_and_nothing_typed_is_lost(office: Office, scripts: bool) -> None:
    claire = joined(office, "Claire", CLAIRE)
    office.do(appointments.put, claire, "S1", NOW + timedelta(days=3), None, NOW, by=office.ines)
    reply = office.reply(claire, "journal", "Une réponse", how="journal", question="")
    with desk(office, office.ines, "phone", scripts) as anne:
        page, main = anne.page, anne.page.locator("main")
        anne.see(f"/personnes/{claire}/rendez-vous/S1", "Claire")
        page.get_by_label("Date", exact=True).fill("2039-01-01")
        anne.press("Voir ce qui changera")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("Date", exact=True)).to_have_value("2039-01-01")
        anne.read()
        office.do(appointments.put, claire, "S1", NOW + timedelta(days=5), None, NOW, by=office.ines)  # another tab
        page.get_by_label("Date", exact=True).fill("2026-11-12")
        anne.press("Voir ce qui changera")
        expect(page.get_by_role("alert")).to_contain_text("Anne")
        expect(page.get_by_label("Date", exact=True)).to_have_value("2026-11-12")
        anne.read()
        anne.see(f"/personnes/{claire}/reponses", "Claire")
        page.get_by_text("Répondre à Claire", exact=True).click()
        page.locator(f"#m{reply}").fill(WORDS)
        office.db.write_now(signin.end, office.ines, NOW)
        anne.press("Envoyer à Claire")
        expect(main).to_contain_text("Votre espace s’est fermé entre-temps")
        expect(page.get_by_label("Ce que vous aviez écrit, à copier")).to_have_value(WORDS)
        anne.read()


@pytest.mark.browser
@pytest.mark.xdist_group("heavy")
@pytest.mark.parametrize("screen", ["wide", "phone"])
def test_names_made_to_hurt_break_no_page(office: Office, screen: str) -> None:
    people = [joined(office, name, CLAIRE + n) for n, name in enumerate(NAMES)]
    for person in people:
        office.do(appointments.put, person, "S1", NOW + timedelta(days=3), None, NOW, place="W" * 300)
    own = ("", "/personnes", "/agenda")
    about = [r.path for r in ROUTES if r.method == "GET" and r.about and r.path.count("{") == 1 and "." not in r.path]
    with desk(office, office.ines, screen, True) as anne:
        for path in (*own, *(path.replace("{person}", str(people[0])) for path in about)):
            anne.page.goto(anne.root + path)
            expect(anne.page.get_by_role("heading", level=1)).to_be_visible()
            anne.read()
        for person in people[1:]:
            anne.see(f"/personnes/{person}", "")


@pytest.mark.browser
@pytest.mark.xdist_group("heavy")
def test_answers_on_paper_keep_their_state_and_lose_what_cannot_be_pressed(office: Office) -> None:
    """Dark as the screen may be, ink is dark and paper is not."""
    claire = joined(office, "Claire", CLAIRE)
    office.reply(claire, "journal", "Une réponse", how="journal", question="", review="a_aborder")
    with desk(office, office.ines, "wide", True) as anne:
        anne.page.emulate_media(media="print", color_scheme="dark")
        anne.see(f"/personnes/{claire}/reponses", "Claire")
        card = anne.page.locator("article.reply")
        expect(card.get_by_text("Cette réponse est")).to_be_visible()
        expect(card.get_by_text("à aborder", exact=True)).to_be_visible()
        expect(card.get_by_role("button")).to_have_count(0)
        expect(card.get_by_text("Répondre à Claire", exact=True)).to_be_hidden()
        assert anne.page.locator("body").evaluate("node => getComputedStyle(node).color") == "rgb(0, 0, 0)"
        shade = card.locator(".hush").first.evaluate("node => getComputedStyle(node).color")
        assert shade == "rgb(92, 104, 112)"
