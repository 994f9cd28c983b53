"""A sensitive question in Chromium, through the demonstration: from the chat to a page of one's own, and back.

With JavaScript and without it; each page is read by axe (WCAG 2.2, levels A and AA), on a desk and on a phone.
"""

import asyncio
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from playwright.async_api import Page, async_playwright, expect
from sqlalchemy import Connection, select

from bot.conversation import answering, modules
from bot.conversation.house import House
from bot.demo import cohort, rehearsal, seed
from bot.store import tables as t
from bot.store.case import drawn_id
from bot.store.cases import by_person, kept
from bot.store.saving import Turned, save
from bot.store.vault import Vault
from tests.acceptance.people import ARGUMENTS, PATIENCE, Person, barred, chromium
from tests.acceptance.test_espace import NOW, SCREENS

SECRET = "Un carnet bleu, que personne ne montrait."


def _begin(conn: Connection, vault: Vault, house: House, name: str, now: Any) -> int:
    """A module whose first question is answered on the page, before whatever waited."""
    people = conn.execute(select(t.enrolments.c.person_id)).scalars().all()
    cases = by_person(conn, vault, people, now).values()
    case = next(one for one in cases if one.person and one.person.name == name)
    modules.plan(house, case, "heritages-milieu", mode="interrompre", again=True)
    answering.go_on(house, case, answering.Source())
    save(conn, vault, [Turned(case, f"t{drawn_id()}", case.take())], now)
    assert case.person is not None
    return case.person.id


def _newest(conn: Connection, vault: Vault, person: int, now: Any) -> tuple[str, Any, bool]:
    vault.ready(conn, [person], now)
    mine = select(t.replies).join(t.enrolments).where(t.enrolments.c.person_id == person)
    row = conn.execute(mine.order_by(t.replies.c.id.desc())).first()
    assert row is not None
    return row.key, kept(vault, person, row.value).value, row.private


async def read(page: Page, scripts: bool, shot: Path) -> None:
    """Nobody is shut out, nothing overflows on a phone, and nothing comes from anywhere else."""
    for name, size in SCREENS.items():
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        await page.screenshot(path=shot.with_name(f"{shot.stem}-{name}.png"), full_page=True)
        if scripts:
            wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, name
            found = await barred(page)
            assert not found, found


@pytest.mark.browser
@pytest.mark.xdist_group("heavy")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_an_answer_on_a_page_of_ones_own(tmp_path: Path, scripts: bool) -> None:
    async with rehearsal(tmp_path, 0, asyncio.Event()) as house, async_playwright() as playwright:
        await seed(house, cohort(), NOW)
        words = cohort()["participants"][0]
        app = house.app
        who = await app.db.write(_begin, app.vault, app.house, words["prenom"], app.clock.now())
        await house.quiet()
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        expect.set_options(timeout=PATIENCE)
        chat = await browser.new_page(viewport=SCREENS["wide"], locale="fr-FR")  # type: ignore[arg-type]
        await chat.goto(house.url)
        claire = Person(house, chat, words["prenom"], words["role"])
        await claire.sees("Qui lira cela")
        await claire.press("Répondre sur la page")
        async with chat.context.expect_page() as opened:
            await claire.column.get_by_role("button", name="Ouvrir la page ↗").last.click()
        address = (await opened.value).url
        await (await opened.value).close()

        foreign: list[str] = []
        context = await browser.new_context(java_script_enabled=scripts, locale="fr-FR")
        page = await context.new_page()
        page.on(
            "request", lambda asked: foreign.append(asked.url) if not asked.url.startswith(app.house.page) else None
        )
        await page.goto(address)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Le milieu où vous avez grandi")
        await read(page, scripts, tmp_path / "form.png")
        await page.get_by_role("textbox").fill(SECRET)
        await page.get_by_role("checkbox", name="Garder cette réponse pour moi").check()
        await page.get_by_role("button", name="Garder ma réponse").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("C’est gardé")
        await read(page, scripts, tmp_path / "done.png")
        await page.goto(address)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Ce lien ne sert plus")
        await read(page, scripts, tmp_path / "spent.png")
        await house.quiet()
        assert await app.db.read(_newest, app.vault, who, app.clock.now()) == ("milieu", SECRET, True)
        assert any("arrivée par la page" in said for said in claire.heard())
        assert not any("carnet bleu" in said for said in claire.heard())
        await take_everything_away(claire, page, scripts, tmp_path)
        assert foreign == []
        await browser.close()


async def take_everything_away(claire: Person, page: Page, scripts: bool, folder: Path) -> None:
    """`/mesdonnees` in the chat; its link gives one file, which a person's own tools open."""
    await claire.say("/mesdonnees")
    async with claire.page.context.expect_page() as opened:
        await claire.column.get_by_role("button", name="Recevoir mes données ↗").last.click()
    door = await opened.value
    await page.goto(door.url)
    await door.close()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Vos données")
    await read(page, scripts, folder / "takeaway.png")
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Recevoir le fichier").click()
    await (await coming.value).save_as(folder / "mes-donnees.zip")
    with ZipFile(folder / "mes-donnees.zip") as archive:
        assert archive.testzip() is None
        assert SECRET in archive.read("mes-donnees.json").decode()
