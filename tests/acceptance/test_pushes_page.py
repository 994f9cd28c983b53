"""An admin prepares a push in Chromium, watches it leave, holds it back: with JavaScript, and without it.

Each page is read by axe (WCAG 2.2, levels A and AA), on a desk and on a phone, where nothing goes over the edge.
"""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from bot.admin.occurrences import around
from bot.store import tables as t
from bot.store.database import Database
from bot.store.vault import Vault
from tests.acceptance.desk_screen import Desk, desk
from tests.bot import push_house as house
from tests.bot.desk_office import Office
from tests.bot.push_house import book, change, join, plan, tick

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)


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
    with desk(office, admin, screen, scripts, "/regie") as dominique:
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
