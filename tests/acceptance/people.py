"""People at the chat page, in a real browser: what they write, press, send and correct. Knows no programme.

Each act waits until the page's request was answered and until the house has said all that it had to say.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.async_playwright import Axe
from axe_playwright_python.base import AxeResults
from playwright.async_api import FilePayload, Locator, Page, Response, async_playwright, expect

from bot.demo import Rehearsal

PARIS = ZoneInfo("Europe/Paris")
PATIENCE = 30_000
"""Milliseconds the page is waited for, on a machine that does other things too."""

AXE = Axe()
STANDARD = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
            "resultTypes": ["violations"]}  # fmt: skip
"""What a page is held to. Without `resultTypes` axe also describes, element by element, all that is right."""

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def chromium() -> str:
    """The browser's path. Without one: a failure in continuous integration, a skip that says so elsewhere."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    if os.environ.get("CI") == "true":
        pytest.fail("no Chromium on this machine: the page was not tried")
    pytest.skip("NO CHROMIUM ON THIS MACHINE: the page was not tried (Debian: apt-get install chromium)")


async def barred(page: Page) -> str:
    """What shuts somebody out of the page as it now stands, by axe; "" when nothing does. Axe is laid in once."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.axe_script)
    found = AxeResults(await page.evaluate("options => axe.run(document, options)", STANDARD))
    return str(found.generate_report()) if found.violations_count else ""


@asynccontextmanager
async def browsing(url: str) -> AsyncIterator[Page]:
    """The page open on a desk; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR")
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page = await context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(url)
        yield page
        await browser.close()
    assert complaints == []


@dataclass
class Clock:
    """The clock at the top of the page."""

    house: Rehearsal
    page: Page

    async def press(self, label: str) -> None:
        """One of its buttons."""
        async with acting(self.house, self.page, "clock"):
            await self.page.get_by_role("button", name=label, exact=True).click()


@dataclass
class Person:
    """One column of the page, and the chat behind it."""

    house: Rehearsal
    page: Page
    name: str
    label: str

    @property
    def column(self) -> Locator:
        return self.page.get_by_role("region", name=f"{self.name}, {self.label}")

    @property
    def log(self) -> Locator:
        return self.column.get_by_role("log")

    @property
    def chat(self) -> int:
        return next(one.user_id for one in self.house.telegram.world.accounts.values() if one.first_name == self.name)

    def heard(self) -> list[str]:
        """All that the bot said to them, as it stands now."""
        return [plain(_words(message)) for message in self.house.telegram.history(self.chat) if message["by_bot"]]

    async def sees(self, words: str) -> None:
        """Waits until these words stand in the conversation."""
        await expect(self.log.get_by_text(words).last).to_be_visible()

    async def say(self, words: str) -> None:
        async with acting(self.house, self.page, "say"):
            await self.column.get_by_role("textbox").fill(words)
            await self.column.get_by_role("button", name="Envoyer").click()

    async def press(self, label: str) -> None:
        """The newest button that begins with these words."""
        async with acting(self.house, self.page, "press"):
            await self._button(label).click()

    def offered(self, label: str) -> list[str]:
        """The buttons that begin with these words under the newest message that has one."""
        for message in reversed(self.house.telegram.history(self.chat)):
            if found := [text for text in _buttons(message).values() if text.startswith(label)]:
                return found
        return []

    def _button(self, label: str) -> Locator:
        for message in reversed(self.house.telegram.history(self.chat)):
            named = [data for data, text in _buttons(message).items() if text == label]
            named += [data for data, text in _buttons(message).items() if text.startswith(f"{label} ·")]
            if named:
                return self.log.locator(f'[data-message="{message["message_id"]}"] button[data-press="{named[0]}"]')
        raise AssertionError(f"no button « {label} » for {self.name}, who last heard: {self.heard()[-1:]}")

    async def speak(self, sound: bytes) -> None:
        """Sends a voice message, chosen as a file."""
        async with acting(self.house, self.page, "upload"):
            file = FilePayload(name="vocal.ogg", mimeType="audio/ogg", buffer=sound)
            await self.column.locator("input[data-kind=voice]").set_input_files(file)

    async def correct(self, said: str, meant: str) -> None:
        """Edits one of their own messages, as Telegram lets them."""
        bubble = self.log.locator(".message.mine").filter(has_text=said)
        await bubble.hover()
        await bubble.get_by_role("button", name="Modifier").click()
        await expect(self.column.get_by_role("textbox")).to_have_value(said)
        async with acting(self.house, self.page, "edit"):
            await self.column.get_by_role("textbox").fill(meant)
            await self.column.get_by_role("button", name="Envoyer").click()


@asynccontextmanager
async def acting(house: Rehearsal, page: Page, act: str) -> AsyncIterator[None]:
    def ours(answer: Response) -> bool:  # the page also reads the clock by itself
        return answer.url.endswith(f"/standin/{act}") and answer.request.method == "POST"

    async with page.expect_response(ours) as answer:
        yield
    assert (await answer.value).ok, f"{act}: {await (await answer.value).text()}"
    await house.quiet()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Looks again and again until it holds; an AssertionError when it does not within half a minute."""
    async with asyncio.timeout(PATIENCE / 1000):
        while not await holds():
            await asyncio.sleep(0.05)


def plain(words: str) -> str:
    """With the apostrophes and spaces of a keyboard."""
    return words.replace("’", "'").replace("\u202f", " ").replace("\xa0", " ")


def _words(message: dict[str, Any]) -> str:
    return str(message.get("text") or message.get("caption") or "")


def _buttons(message: dict[str, Any]) -> dict[str, str]:
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    return {cell.get("callback_data", ""): plain(cell["text"]) for row in rows for cell in row}
