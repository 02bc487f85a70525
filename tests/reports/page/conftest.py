import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NEEDED = "ROBUSTAUDIT_NEEDS_BROWSER"
"""Set where the tests in a browser are not to be skipped: a machine without one then fails them."""

_PATIENCE = 300  # seconds, where something hangs

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        (pytest.fail if os.environ.get(NEEDED) else pytest.skip)(
            "there is no Chromium: apt-get install chromium"
        )
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"], timeout=_PATIENCE * 1000
        )
        yield made
        made.close()


class Opened:
    """Pages of files, with what they print and ask for on the way."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.contexts: list[BrowserContext] = []
        self.printed: list[str] = []
        self.asked: list[str] = []

    def __call__(self, path: Path, **options: object) -> Page:
        context = self._browser.new_context(**options)
        context.set_default_timeout(_PATIENCE * 1000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self.printed.append(message.text))
        page.on("pageerror", lambda error: self.printed.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(path.as_uri())
        return page

    def unfolded(self, path: Path, *, scheme: str, width: int) -> Page:
        """A page with all its details open, and without its policy, which forbids the script of Axe."""
        page = self(path, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        return page


def violations(page: Page) -> list[tuple[str, str]]:
    """The rules of Axe that a page breaks, each with the first element that does."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    made = Opened(browser)
    yield made
    for context in made.contexts:
        context.close()
