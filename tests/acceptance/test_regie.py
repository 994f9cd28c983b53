"""An admin's afternoon in Chromium, through the demonstration: a text corrected, published and undone; a push followed.

Played with JavaScript and without it. Every page that is met is read by axe, on a screen and on a phone.
"""

from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.store import audit, publications
from bot.web.routes import ADMIN_ROUTES
from tests.acceptance.test_espace import Desk, desk, enter, hold

OLD = "Qu'en gardez-vous, que vous pourriez refaire ailleurs ?"
NEW = "Qu'en gardez-vous, que vous referiez ailleurs ?"


@pytest.mark.browser
@pytest.mark.xdist_group("heavy")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_an_admins_afternoon(tmp_path: Path, scripts: bool) -> None:
    async with desk(tmp_path, scripts) as room:
        await come_in(room)
        await look_around(room)
        await publish(room)
        await undo(room)
        await gather(room)
        await relink(room)


async def come_in(room: Desk) -> None:
    await enter(room, "Dominique, administration")
    await room.page.wait_for_url("**/espace/regie")
    await room.read()


async def look_around(room: Desk) -> None:
    """Every page there is, from the table of routes; on a phone too, nothing overflows."""
    places = {"{version}": "1", "{person}": str(room.house.heroine), "/fichier": "/fichier?fichier=decks/besoins.yml"}
    for route in ADMIN_ROUTES:
        path = route.path
        for name, value in places.items():
            path = path.replace(name, value)
        if route.method == "GET" and "{" not in path:
            await hold(room, path)


async def publish(room: Desk) -> None:
    """A text is corrected, read over beside what it was, published; served to whoever begins from then on."""
    await room.see("/regie/contenus", "Contenus")
    await room.page.get_by_label("Chercher un mot").fill("refaire ailleurs")
    await room.press("Chercher")
    await room.page.get_by_role("link", name="Une compétence, une scène").click()
    await room.read()
    field = room.page.get_by_role("group", name="appris_fiche").get_by_role("textbox", name="Texte")
    await expect(field).to_have_value(OLD)
    await field.fill(NEW)
    await room.press("Enregistrer la correction")
    await room.told("La correction est enregistrée")
    await room.page.get_by_role("link", name="Voir ce qui change, puis publier").click()
    await expect(room.page.get_by_role("article")).to_contain_text("Question fiches.appris_fiche, le texte")
    await expect(room.page.locator("ins").first).to_be_visible()
    await room.read()
    await room.page.get_by_label("En un mot, ce que cela change").fill("Une question plus courte")
    await room.press("Publier")
    await room.told("C’est publié.")
    await room.read()
    assert await served(room, NEW)


async def undo(room: Desk) -> None:
    await room.see("/regie/versions", "Toutes les versions")
    await expect(room.page.get_by_role("main")).to_contain_text("Une question plus courte")
    await room.page.get_by_role("link", name="Version 1", exact=True).click()
    await room.read()
    await room.press("Publier de nouveau la version 1")
    await room.told("Cette version est de nouveau publiée.")
    assert await served(room, OLD)
    entries = await room.house.app.db.read(audit.newest, 9, None, "publish")
    assert [entry.about["origin"] for entry in entries] == ["retour", "page", "dossier"]


async def served(room: Desk, text: str) -> bool:
    newest = await room.house.app.db.read(publications.newest)
    assert newest is not None
    return text in newest.files["flows/fiche-preuve.yml"]


async def gather(room: Desk) -> None:
    """A cohort is formed; a list is read over, mended, and invites."""
    await room.see("/regie/cohortes", "Cohortes")
    await room.page.get_by_label("Son nom").fill("été")
    await room.press("Former")
    await room.told("la cohorte est ouverte")
    await room.see("/regie/invitations", "Inviter")
    await room.page.get_by_label("La liste").fill("prénom;coach\nZoé;Personne\n")
    await room.press("Relire la liste")
    await expect(room.page.get_by_role("alert")).to_contain_text("ligne 2, coach")
    room.complaints[:] = [each for each in room.complaints if "422" not in each]  # a refusal, as the browser tells it
    await room.read()
    await room.page.get_by_label("La liste").fill("prénom;cohorte\nZoé;été\nMax;\n")
    await room.press("Relire à nouveau")
    await expect(room.page.get_by_text("La liste convient")).to_be_visible()
    await room.read()
    await room.press("Inviter 2 personnes")
    await expect(room.page.get_by_role("heading", level=1)).to_contain_text("Les liens sont prêts")
    await room.read()


async def relink(room: Desk) -> None:
    """Somebody lost their account: a new link, and a line in the journal."""
    await room.see("/regie/personnes?etat=invited", "Personnes")
    await room.page.get_by_role("link", name="Zoé").click()
    await room.read()
    await room.press("Faire un nouveau lien")
    await expect(room.page.get_by_role("heading", level=1)).to_contain_text("Le lien est prêt")
    await room.see("/regie/journal", "Journal")
    await expect(room.page.get_by_role("main")).to_contain_text("a donné un nouveau lien à Zoé")
