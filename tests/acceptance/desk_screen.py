"""The page on the store of an Office, in Chromium, signed in: read by axe, and never wider than its screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

from tests.acceptance.people import ARGUMENTS, PATIENCE, STANDARD, chromium
from tests.bot.desk_office import Office
from tests.bot.web_office import espace

SCREENS = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 900}}


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
def desk(office: Office, who: int, screen: str, scripts: bool, home: str = "") -> Iterator[Desk]:
    """The desk of `who`; paths are under their `home`."""
    size: Any = SCREENS[screen]
    complaints: list[str] = []
    with espace(office) as served, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        context = browser.new_context(viewport=size, locale="fr-FR", java_script_enabled=scripts)
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        root = f"http://127.0.0.1:{served.port}"
        name, _, token = served.of(who).cookie.partition("=")
        context.add_cookies([{"name": name, "value": token, "url": root}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield Desk(page, f"{root}/espace{home}", scripts)
        browser.close()
    assert complaints == []
