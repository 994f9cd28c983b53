"""An admin prepares a push in Chromium, watches it leave, holds it back: with JavaScript, and without it.

Each page is read by axe (WCAG 2.2, levels A and AA), on a desk and on a phone, where nothing goes over the edge.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

from bot.admin.occurrences import around
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.acceptance.people import ARGUMENTS, PATIENCE, chromium
from tests.bot import push_house as house
from tests.bot.desk_office import Office
from tests.bot.push_house import book, change, join, plan, tick
from tests.bot.web_office import espace

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
STANDARD = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
SCREENS = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 420, "height": 900}}


@dataclass
class Desk:
    page: Page
    root: str
    scripts: bool

    def see(self, path: str, title: str) -> None:
        self.page.goto(self.root + path)
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(title)
        self.read()

    def read(self) -> None:
        """Nothing shuts anybody out, nothing goes over the edge of the screen."""
        if self.scripts:
            found = Axe().run(self.page, options=STANDARD)
            assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
            over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert over == 0, (self.page.url, over)

    def press(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name).first.click()


@contextmanager
def desk(office: Office, admin: int, screen: str, scripts: bool) -> Iterator[Desk]:
    size: Any = SCREENS[screen]
    complaints: list[str] = []
    with espace(office) as served, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        context = browser.new_context(viewport=size, locale="fr-FR", java_script_enabled=scripts)
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        root = f"http://127.0.0.1:{served.port}"
        name, _, token = served.of(admin).cookie.partition("=")
        context.add_cookies([{"name": name, "value": token, "url": root}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield Desk(page, f"{root}/espace/regie", scripts)
        browser.close()
    assert complaints == []


@pytest.fixture
def office(database: Database, vault: Vault) -> Office:
    made = house.office(database, vault, MONDAY)
    for n, name in enumerate(["Claire", "Yanis", "نور", "Anne-Laure"]):
        book(made, join(made, name, 801 + n), "S1", MONDAY + timedelta(days=3 + n))
    change(made, t.enrolments, join(made, "Paul", 809), state="paused")
    return made


@pytest.mark.browser
@pytest.mark.xdist_group("heavy")
@pytest.mark.parametrize(("screen", "scripts"), [("wide", True), ("phone", True), ("wide", False)])
def test_a_push_from_the_page(office: Office, screen: str, scripts: bool) -> None:
    admin = office.join("admin", "Dominique", house.ADMIN)
    with desk(office, admin, screen, scripts) as dominique:
        page = dominique.page
        dominique.see("/envois", "Envois")
        dominique.see("/envois/nouveau", "Préparer un envoi")
        dominique.press("Voir l’aperçu")
        expect(page.get_by_role("alert")).to_contain_text("à qui envoyer")
        page.select_option("#cohorte", "*")
        page.fill("#texte", "Bonjour <b>à tous</b>.\n\nÀ jeudi.")
        dominique.press("Voir l’aperçu")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Aperçu")
        expect(page.locator(".bubble")).to_contain_text("Bonjour <b>à tous</b>.")
        expect(page.locator("main")).to_contain_text("en pause (1) : Paul")
        dominique.read()
        dominique.press("M’envoyer un essai")
        expect(page.locator(".told").first).to_contain_text("L’essai part")
        assert len(office.heard(house.ADMIN)) == 1
        dominique.press("Envoyer à 4 personnes")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Envoi n° 1")
        dominique.read()
        leaves(office, dominique)
        held_back(office, dominique)
        dominique.see("/calendrier", "Calendrier")
        page.get_by_role("link", name="mercredi 4 novembre").click()
        expect(page.locator("main")).to_contain_text("Rappel")
        dominique.read()


def leaves(office: Office, dominique: Desk) -> None:
    """The page follows by itself; without scripts, once it is loaded again."""
    far = dominique.page.locator("#progress")
    expect(far).to_contain_text("0 sur 4")
    tick(office)
    for chat in range(801, 805):
        office.heard(chat)
    if not dominique.scripts:
        dominique.page.reload()
    expect(far).to_contain_text("4 sur 4")
    expect(far).to_contain_text("Terminé")
    dominique.page.reload()
    expect(dominique.page.locator("main")).to_contain_text("Claire")


def held_back(office: Office, dominique: Desk) -> None:
    push = plan(office, {"text": "Bientôt"}, rule=around("J-2 18:00"))
    dominique.see(f"/envois/{push}", f"Envoi n° {push}")
    dominique.press("Suspendre")
    expect(dominique.page.locator("#told")).to_contain_text("suspendu")
    dominique.press("Reprendre")
    expect(dominique.page.locator("#told")).to_contain_text("repris")
    dominique.press("Arrêter l’envoi")
    expect(dominique.page.locator("#told")).to_contain_text("Plus rien ne part")
    expect(dominique.page.locator("#progress")).to_contain_text("Arrêté")
    dominique.read()
