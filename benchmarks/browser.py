"""The real server over a home folder, and a headless Chromium that visits it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.server import Lab
from tests.browser.chromium import FLAGS, find_chromium

_PATIENCE_MS = 120_000


@contextmanager
def visiting(home: Path) -> Iterator[tuple[Lab, Page]]:
    """Serves a home folder and opens a browser; gives the server and an empty page."""
    lab = Lab(home)
    lab.start()
    try:
        with sync_playwright() as playwright:
            found = find_chromium(playwright)
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(_PATIENCE_MS)
            yield lab, page
            browser.close()
    finally:
        lab.stop()
