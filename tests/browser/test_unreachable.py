"""What the live chart says when its server is silent, refuses, or lacks what it is asked for."""

import shutil

import pytest
from playwright.sync_api import Page, expect

from resnet_core.runs.status import run_dir
from resnet_core.runs.store import STORE_NAME
from tests.browser.conftest import FinishedRuns, OpenPage
from tests.browser.live import CHART, measures, wait_for
from tests.browser.net_pages import settle

_GAP = f"{CHART} .rl-empty"
_METRICS = "**/api/runs/*/metrics?*"


def _visit(page: Page, run_id: str) -> None:
    page.goto(f"{page.url.split('?')[0].rstrip('/')}/train?run={run_id}")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda route: route.abort(), "The server does not answer; the run itself goes on."),
        (
            lambda route: route.fulfill(status=502, body="<h1>x</h1>", content_type="text/html"),
            "The server answered with error 502; the run itself goes on.",
        ),
    ],
    ids=["silence", "a proxy's page"],
)
def test_unreachable_server_is_told_where_the_curves_would_be(
    open_page: OpenPage, finished_runs: FinishedRuns, answer, sentence: str
) -> None:
    page = open_page("/")
    page.route(_METRICS, answer)
    _visit(page, finished_runs.run_ids[0])
    gap = page.locator(_GAP)
    expect(gap).to_contain_text(sentence)
    expect(gap).not_to_contain_text("first curve")
    expect(page.locator(CHART).get_by_text(sentence)).to_have_count(1)

    page.unroute(_METRICS)  # the server is back
    wait_for(lambda: measures(page).get("points", "0") != "0", "curves", page)
    expect(gap).to_be_hidden()


def test_damaged_store_is_told_where_the_curves_would_be(
    open_page: OpenPage, finished_runs: FinishedRuns
) -> None:
    run_id = finished_runs.run_ids[0]
    for file in run_dir(run_id).glob(f"{STORE_NAME}*"):
        file.unlink()
    (run_dir(run_id) / STORE_NAME).write_bytes(b"not a database" * 100)
    page = open_page(f"/train?run={run_id}")
    expect(page.locator(_GAP)).to_contain_text("cannot be read")


def test_run_deleted_under_its_page_is_told_above_its_curves(
    open_page: OpenPage, finished_runs: FinishedRuns
) -> None:
    run_id = finished_runs.run_ids[0]
    page = open_page(f"/train?run={run_id}")
    wait_for(lambda: measures(page).get("points", "0") != "0", "curves", page)
    settle(page)  # a page that is being made, or is made anew, says it in place of the curves
    page.route("**/api/news/**", lambda route: route.abort())
    shutil.rmtree(run_dir(run_id))
    expect(page.locator(f"{CHART} .rl-message.rl-problem")).to_contain_text(run_id)


def test_missing_library_is_told_and_fetched_again(
    open_page: OpenPage, finished_runs: FinishedRuns
) -> None:
    page = open_page("/")
    page.route("**/plotly.min.js?*", lambda route: route.abort())
    _visit(page, finished_runs.run_ids[0])
    gap = page.locator(_GAP)
    expect(gap).to_contain_text("plotting library did not load")
    page.wait_for_timeout(2_000)  # answers go on, and none of them takes the sentence away
    expect(gap).to_be_visible()
    page.unroute("**/plotly.min.js?*")
    expect(page.locator(f"{CHART} .rl-loss .main-svg").first).to_be_visible()
    expect(gap).to_be_hidden()
