"""A coach's Monday morning in Chromium, through the demonstration: from the chat to the page, and back to the chat.

Played with JavaScript and without it. Every page that is met is also read by axe (WCAG 2.2, levels A and AA).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from sqlalchemy import select

from bot.demo import PARIS, Rehearsal, cohort, rehearsal, seed
from bot.store import tables as t
from bot.web.routes import ROUTES
from tests.acceptance.people import ARGUMENTS, PATIENCE, barred, chromium, plain, until

NOW = datetime(2027, 2, 1, 10, tzinfo=PARIS)
"""A Monday: the digest came at eight."""

WORDS = "Merci Claire. Cette phrase sur la charge trop lourde, gardons-la pour jeudi."
SCREENS = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@dataclass
class Desk:
    """Anne's chat and her page, each in a browser of its own; the page may be without JavaScript."""

    house: Rehearsal
    chat: Page
    page: Page
    scripts: bool
    complaints: list[str] = field(default_factory=list)

    async def see(self, path: str, title: str) -> None:
        """Opens a page of hers; with scripts, nothing in it shuts anybody out."""
        await self.page.goto(self.house.app.house.page + "/espace" + path)
        await expect(self.page.get_by_role("heading", level=1)).to_contain_text(title)
        await self.read()

    async def read(self) -> None:
        if self.scripts:
            found = await barred(self.page)
            assert not found, f"{self.page.url}\n{found}"

    async def press(self, name: str, within: str = "main") -> None:
        await self.page.locator(within).get_by_role("button", name=name, exact=True).first.click()

    async def told(self, words: str) -> None:
        await expect(self.page.locator("#told")).to_contain_text(words)
        await self.house.quiet()

    def heard(self, name: str) -> list[dict[str, Any]]:
        """What the bot said to somebody, the files by their captions."""
        accounts = self.house.telegram.world.accounts.values()
        who = next(one.user_id for one in accounts if one.first_name == name)
        return [message for message in self.house.telegram.history(who) if message["by_bot"]]

    def hears(self, name: str, words: str) -> bool:
        return any(words in plain(str(m.get("text") or m.get("caption") or "")) for m in self.heard(name))


@asynccontextmanager
async def desk(folder: Path, scripts: bool, now: datetime = NOW, people: Sequence[str] = ()) -> AsyncIterator[Desk]:
    """`people`: the participants who are there, by their first names; without any, the whole cohort."""
    words = cohort()
    there = [about for about in words["participants"] if not people or about["prenom"] in people]
    async with rehearsal(folder, 0, asyncio.Event()) as house, async_playwright() as playwright:
        await seed(house, {**words, "participants": there}, now)
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        complaints: list[str] = []
        chat = await _page(await _context(browser, "wide", True), complaints)
        await chat.goto(house.url)
        page = await _page(await _context(browser, "wide", scripts), complaints)
        yield Desk(house, chat, page, scripts, complaints)
        await browser.close()
        assert complaints == []


async def beside(room: Desk, scripts: bool) -> Desk:
    """Somebody at the same house, whose browser shares nothing with the first."""
    browser = room.chat.context.browser
    assert browser is not None
    page = await _page(await _context(browser, "wide", scripts), room.complaints)
    return replace(room, page=page, scripts=scripts)


async def _context(browser: Browser, screen: str, scripts: bool) -> BrowserContext:
    size: Any = SCREENS[screen]
    context = await browser.new_context(viewport=size, locale="fr-FR", java_script_enabled=scripts)
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    return context


async def _page(context: BrowserContext, complaints: list[str]) -> Page:
    page = await context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


@pytest.mark.browser
@pytest.mark.xdist_group("heavy")
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_a_monday_morning(tmp_path: Path, scripts: bool) -> None:
    async with desk(tmp_path, scripts) as anne:
        await come_in(anne)
        await look_around(anne)
        await prepare(anne)
        await answer(anne)
        await spot(anne)
        await move(anne)
        await set_in_motion(anne)
        await keep_for_oneself(anne)
        await leave(anne)


async def come_in(anne: Desk) -> None:
    """The link that comes opens the page, once."""
    link = await enter(anne, "Anne, coach")
    await expect(anne.page.get_by_role("heading", level=1)).to_contain_text("lundi 1er février")
    second = await anne.page.context.browser.new_page()  # type: ignore[union-attr]
    await second.goto(link)
    await second.get_by_role("button", name="Ouvrir mon espace").click()
    await expect(second.get_by_role("alert")).to_contain_text("Ce lien ne sert plus")
    await second.close()


async def enter(room: Desk, who: str) -> str:
    """`/espace` in a column of the chat page, then the button of what comes, then the page; the link that was used."""
    column = room.chat.get_by_role("region", name=who)
    messages = column.locator(".message").filter(has_text="Ce lien ouvre votre espace une seule fois")
    before = await messages.count()  # links that are spent
    await column.get_by_role("textbox").fill("/espace")
    await column.get_by_role("button", name="Envoyer").click()
    opening = messages.nth(before).get_by_role("button", name="Ouvrir mon espace ↗")
    async with room.chat.context.expect_page() as opened:
        await opening.click()
    door = await opened.value
    await door.wait_for_url("**/espace/entrer/*")
    link = door.url
    await door.close()
    await room.page.goto(link)
    await room.read()
    await room.press("Ouvrir mon espace")
    return link


async def hold(room: Desk, path: str) -> None:
    """A page shuts nobody out, and on a phone nothing of it overflows."""
    await room.page.goto(room.house.app.house.page + "/espace" + path)
    await room.read()
    await room.page.set_viewport_size(SCREENS["phone"])  # type: ignore[arg-type]
    if room.scripts:
        width = await room.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, (path, width)
        await room.read()
    await room.page.set_viewport_size(SCREENS["wide"])  # type: ignore[arg-type]


async def look_around(anne: Desk) -> None:
    """Today, then every other page there is, from the table of routes; on a phone too, nothing overflows."""
    await anne.read()
    await expect(anne.page.get_by_role("region", name="Prochaines séances")).to_contain_text("Claire")
    await expect(anne.page.get_by_role("region", name="Réponses à lire")).to_contain_text("Claire")
    claire = str(anne.house.heroine)
    for route in ROUTES:
        unheld = {"{reply}", "{digest}", "{format}"} & set(_parts(route.path))
        if route.method == "GET" and not unheld and ".pdf" not in route.path:
            path = route.path.replace("{person}", claire).replace("{session}", "S2").replace("{document}", "livret")
            await hold(anne, path)


def _parts(path: str) -> list[str]:
    return [part.removesuffix(".pdf").removesuffix(".ics") for part in path.split("/")]


async def prepare(anne: Desk) -> None:
    """The brief of the next session, each line with its source; the sheets of the week in PDF."""
    await anne.see("", "Aujourd")
    await anne.page.get_by_role("link", name="Préparer la séance avec Claire").first.click()
    await expect(anne.page.get_by_role("main")).to_contain_text("charge trop lourde")
    source = anne.page.get_by_role("main").locator("a[href*='#r']").first
    await source.click()
    await expect(anne.page.locator("article:target")).to_be_visible()
    await anne.see("/syntheses", "Synthèses")
    link = await anne.page.get_by_role("main").locator("a[href$='.pdf']").first.get_attribute("href")
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in await anne.page.context.cookies())
    got = await anne.page.request.get(f"{anne.house.app.house.page}{link}", headers={"Cookie": cookies})
    assert got.headers["content-type"] == "application/pdf" and (await got.body()).startswith(b"%PDF")


async def answer(anne: Desk) -> None:
    """An answer is kept for the session; another gets a few words, which reach Claire in the chat with her own."""
    await anne.see(f"/personnes/{anne.house.heroine}/reponses?q=charge", "Claire")
    card = anne.page.locator("article.reply").filter(has_text="charge trop lourde").first
    await card.get_by_role("button", name="À aborder en séance").click()
    await anne.told("La réponse est à aborder en séance")
    await expect(card.get_by_role("button", name="À aborder en séance")).to_have_attribute("aria-pressed", "true")
    await card.get_by_text("Répondre à Claire", exact=True).click()
    await card.get_by_role("textbox").fill(WORDS)
    await card.get_by_role("button", name="Envoyer à Claire").click()
    await anne.told("Votre message part maintenant")

    async def arrived() -> bool:
        return anne.hears("Claire", WORDS) and anne.hears("Claire", "charge trop lourde")

    await until(arrived)
    await anne.read()


async def spot(anne: Desk) -> None:
    """A skill seen in the same answer is proposed under a name of hers, and stands on Claire's page of skills."""
    await anne.see(f"/personnes/{anne.house.heroine}/reponses?q=charge", "Claire")
    card = anne.page.locator("article.reply").filter(has_text="charge trop lourde").first
    await card.get_by_text("Compétence repérée", exact=True).click()
    await card.get_by_role("combobox").fill("Poser une limite à temps")
    await card.get_by_label("une manière d’être").check()
    await anne.read()
    await card.get_by_role("button", name="Proposer cette compétence").click()
    await anne.told("La compétence est proposée")
    await expect(anne.page.get_by_role("main")).to_contain_text("charge trop lourde")
    await anne.read()


async def move(anne: Desk) -> None:
    """The next session is moved: what it changes is read first; Claire hears the new date, with its file."""
    who = anne.house.heroine
    await anne.see(f"/personnes/{who}/rendez-vous/S2", "Claire")
    day = (NOW + timedelta(days=9)).date()
    await anne.page.get_by_label("Date", exact=True).fill(day.isoformat())
    await anne.page.get_by_label("Heure", exact=True).fill("16:00")
    await anne.press("Voir ce qui changera")
    await expect(anne.page.get_by_role("main")).to_contain_text("mercredi 10 février à 16 h")
    await anne.read()
    before = len(anne.heard("Claire"))
    assert not anne.hears("Claire", "mercredi 10 février")
    await anne.page.locator("main form[method=post] button.main").first.click()
    await anne.told("est")

    async def arrived() -> bool:
        return len(anne.heard("Claire")) > before

    await until(arrived)
    [notice] = anne.heard("Claire")[before:]
    assert "mercredi 10 février à 16 h" in plain(notice["caption"]) and notice["document"]["file_name"].endswith(".ics")
    hers = select(t.enrolments.c.id).where(t.enrolments.c.person_id == who).scalar_subquery()
    a = t.appointments.c
    moved = select(a.at).where(a.enrolment_id == hers, a.session == "S2", a.revision == 2)
    at = await anne.house.app.db.read(lambda conn: conn.execute(moved).scalar_one())
    assert at == datetime(2027, 2, 10, 16, tzinfo=PARIS)


async def set_in_motion(anne: Desk) -> None:
    """A question of Anne's own waits for the open one; what is to come is there to read, with its reason."""
    await anne.see(f"/personnes/{anne.house.heroine}/actions", "Claire")
    await anne.page.get_by_label("Votre question").fill("Et la cour avec un arbre, où est-elle ?")
    await anne.press("Envoyer cette question")
    await anne.told("Votre question part maintenant")
    await anne.see(f"/personnes/{anne.house.heroine}/suivi", "Claire")
    past = anne.page.get_by_role("region", name="Ce qui est parti")
    await expect(past).to_contain_text("Anne a préparé une question")


async def keep_for_oneself(anne: Desk) -> None:
    await anne.see(f"/personnes/{anne.house.heroine}/notes", "Claire")
    await anne.page.get_by_label("Une note pour vous").fill("Regarder la frise ensemble.")
    await anne.press("Garder cette note")
    await anne.told("La note est gardée")
    await expect(anne.page.get_by_role("article")).to_contain_text("Regarder la frise ensemble.")


async def leave(anne: Desk) -> None:
    await anne.press("Fermer la session", "header.top")
    await expect(anne.page.get_by_role("status")).to_contain_text("Votre session est fermée")
    await anne.page.goto(anne.house.app.house.page + "/espace")
    await expect(anne.page.get_by_role("heading", level=1)).to_contain_text("Votre espace est fermé")
    assert not any(WORDS in str(message) for message in anne.heard("Anne"))


@pytest.mark.browser
@pytest.mark.xdist_group("heavy")
async def test_the_page_is_worked_with_the_keyboard_alone(tmp_path: Path) -> None:
    """Past the links of the frame, to the first answer, marked as read without a mouse; the focus is always seen."""
    async with desk(tmp_path, True) as anne:
        await come_in(anne)
        await anne.see(f"/personnes/{anne.house.heroine}/reponses", "Claire")
        await anne.page.keyboard.press("Tab")
        await expect(anne.page.locator(":focus")).to_have_text("Aller au contenu")
        await anne.page.keyboard.press("Enter")
        for _ in range(60):
            await anne.page.keyboard.press("Tab")
            outline = await anne.page.locator(":focus").evaluate("node => getComputedStyle(node).outlineStyle")
            assert outline != "none"
            if plain(await anne.page.locator(":focus").inner_text()) == "Marquer comme lue":
                break
        await anne.page.keyboard.press("Enter")
        await anne.told("La réponse est marquée comme lue")
        await expect(anne.page.locator(":focus")).to_have_text("Marquer comme lue")
