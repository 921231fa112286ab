"""The real server over a home folder, and a headless Chromium that visits it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.server import Lab
from tests.browser.chromium import FLAGS, find_chromium

_PATIENCE_MS = 120_000


@contextmanager
def browsing(home: Path) -> Iterator[tuple[Lab, Browser]]:
    """Serves a home folder and starts a browser; gives both."""
    lab = Lab(home)
    lab.start()
    try:
        with sync_playwright() as playwright:
            found = find_chromium(playwright)
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
            yield lab, browser
            browser.close()
    finally:
        lab.stop()


@contextmanager
def visiting(home: Path) -> Iterator[tuple[Lab, Page]]:
    """Serves a home folder and opens a browser; gives the server and an empty page."""
    with browsing(home) as (lab, browser):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(_PATIENCE_MS)
        yield lab, page
