"""The Chromium that tests and benchmarks drive: where it is, and how it is started."""

import shutil
from pathlib import Path

from playwright.sync_api import Playwright

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find_chromium(playwright: Playwright) -> str | None:
    """Path of the machine's own Chromium, else of Playwright's; `None` where there is neither."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None
