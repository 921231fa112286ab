"""From a net's answer to a net of one's own classes, in a real browser with a real worker."""

import re

import pytest
from playwright.sync_api import expect

from benchmarks.server import Lab
from tests.browser.conftest import OpenPage
from tests.browser.live import WORKER_PATIENCE_S
from tests.browser.net_pages import settle
from tests.teaching.test_command import save_shades

pytestmark = pytest.mark.timeout(600)


def test_a_folder_becomes_a_net_that_classifies(lab: Lab, open_page: OpenPage) -> None:
    folder = save_shades(lab.home / "shades", {"<b>dark": 20, "light": 20})
    page = open_page(
        "/classify?classify_net=kept/resnet20-synthetic&classify_tab=teach-your-own-classes"
    )
    page.set_default_timeout(1000 * WORKER_PATIENCE_S)  # the net is loaded beside busy cores
    page.get_by_text("On those the new net is measured").wait_for()
    settle(page)  # what is typed while the page still runs may be lost
    path = page.get_by_role("textbox", name="Folder or file of pictures on this machine")
    path.fill(str(folder))
    path.press("Enter")
    expect(page.get_by_text("2 classes: <b>dark, light")).to_be_visible()
    page.get_by_role("button", name="Teach it", exact=True).click()
    page.wait_for_url(re.compile("/train.*run="), timeout=1000 * WORKER_PATIENCE_S)
    said = page.get_by_text("pictures that were held out, drawn at random")
    expect(said).to_be_visible(timeout=1000 * WORKER_PATIENCE_S)
    page.get_by_role("link", name="Classify with the new net").click()
    expect(page.get_by_text(re.compile(r"^(<b>dark|light), [\d.]+\s?% sure$"))).to_be_visible()
