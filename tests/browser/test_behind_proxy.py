"""The lab under a prefix of somebody's host, whether or not the server hears of the prefix."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from benchmarks.server import Lab
from tests.browser.conftest import FinishedRuns, OpenPage
from tests.browser.live import CHART, measures, wait_for
from tests.browser.net_pages import settle
from tests.browser.proxy import serving_under


@pytest.fixture(scope="module")
def prefixed_lab(lab: Lab) -> Iterator[Lab]:
    """A second server over the same home, which is told the prefix."""
    server = Lab(lab.home, options=["--server.baseUrlPath=lab"])
    try:
        server.start("lab/")
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["prefix kept", "prefix stripped"])
def address(request: pytest.FixtureRequest, lab: Lab) -> Iterator[str]:
    """Where the browser finds the lab."""
    is_kept = request.param == "prefix kept"
    port = request.getfixturevalue("prefixed_lab").port if is_kept else lab.port
    with serving_under("/lab", port, keep_prefix=is_kept) as url:
        yield url


def _missing(page: Page) -> list[str]:
    missing: list[str] = []

    def note(answer: Response) -> None:
        # Streamlit looks for its own root by asking for it below the page's address first.
        if answer.status >= 400 and "_stcore/" not in answer.url:
            missing.append(f"{answer.status} {answer.url}")

    page.on("response", note)
    return missing


def _come_to_rest(page: Page) -> None:
    """Waits for a page's pictures: the server has them no more when its visitor has left."""
    settle(page)
    page.wait_for_function("() => [...document.images].every(picture => picture.complete)")


def test_everything_is_found_under_a_prefix(
    open_page: OpenPage, finished_runs: FinishedRuns, address: str, tmp_path: Path
) -> None:
    page = open_page(f"{address}/")
    missing = _missing(page)
    expect(page.get_by_role("heading", level=1, name="ResNet Lab")).to_be_visible()
    _come_to_rest(page)
    page.get_by_test_id("stSidebarNavItems").get_by_role("link", name="Runs").click()
    page.wait_for_url(f"{address}/runs")
    wait_for(lambda: measures(page).get("points", "0") != "0", "curves", page)
    expect(page.locator(f"{CHART} .rl-loss .main-svg").first).to_be_visible()

    page.get_by_role("button", name="Actions").first.click()
    page.get_by_role("menuitem", name="Download").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download CSV").click()
    assert Path(waiting.value.path()).read_text().startswith("arm,")
    assert missing == []


def test_deep_link_and_picture_are_found_under_a_prefix(
    open_page: OpenPage, finished_runs: FinishedRuns, address: str
) -> None:
    page = open_page(f"{address}/train?run={finished_runs.run_ids[0]}")
    missing = _missing(page)
    wait_for(lambda: measures(page).get("points", "0") != "0", "curves", page)
    _come_to_rest(page)
    page.get_by_test_id("stSidebarNavItems").get_by_role("link", name="Home").click()
    page.wait_for_url(f"{address}/")
    logo = page.get_by_test_id("stSidebarLogo")
    expect(logo).to_be_visible()
    assert logo.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 0
    assert missing == []
