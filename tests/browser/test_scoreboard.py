"""A finished run joins the scoreboard in a real browser: its row, its marks, its way back."""

import pytest
from playwright.sync_api import Page, expect

from resnet_core.scoreboard import joined_runs, leave_scoreboard, list_entries
from tests.browser.conftest import FinishedRuns, OpenPage

_LEGENDS = ".js-plotly-plot :is(.legendtext, .legend2text)"


@pytest.fixture(autouse=True)
def _empty_board(finished_runs: FinishedRuns):
    yield
    for run_id in finished_runs.run_ids:
        leave_scoreboard(run_id)


def _cells(page: Page, table: int) -> list[str]:
    """Text of the cells of a table, which is drawn on a canvas, as screen readers get it."""
    cells = page.get_by_test_id("stDataFrame").nth(table).locator("[role=gridcell]")
    return cells.all_text_contents()


def test_finished_run_joins_with_one_click(
    open_page: OpenPage, finished_runs: FinishedRuns
) -> None:
    page = open_page("/scoreboard")
    expect(page.locator(_LEGENDS, has_text="He et al. 2015, table 6")).to_be_visible()
    expect(page.locator(_LEGENDS, has_text="yours")).to_have_count(0)
    page.get_by_role("button", name="Put on the board").first.click()
    expect(page.locator(_LEGENDS, has_text="residual, yours")).to_be_visible()
    expect(page.locator(_LEGENDS, has_text="plain, yours")).to_be_visible()
    (joined,) = joined_runs()
    assert joined in finished_runs.run_ids

    page.get_by_role("tab", name="Results").click()
    mine = [entry for entry in list_entries() if entry.origin == "run"]
    page.get_by_test_id("stDataFrame").nth(1).scroll_into_view_if_needed()
    expect(page.get_by_test_id("stDataFrame").nth(1).get_by_text("ResNet-8")).to_be_attached()
    shown = _cells(page, 1)
    for entry in mine:
        start = shown.index(entry.title)
        data, test_error = shown[start + 1 : start + 3]
        assert (data, float(test_error)) == (entry.data_title, round(100 * entry.test_error, 2))
    assert not {entry.title for entry in mine} & set(_cells(page, 0))

    page.get_by_role("button", name="Take off the board").click()
    expect(page.get_by_role("button", name="Take off the board")).to_have_count(0)
    assert joined_runs() == ()


def test_figures_bring_the_plotting_library_once(open_page: OpenPage) -> None:
    page = open_page("/")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{page.url.rstrip('/')}/scoreboard")
    expect(page.locator(_LEGENDS).first).to_be_visible()
    page.get_by_role("tab", name="Layer responses").click()
    expect(page.locator(".js-plotly-plot .xtitle", has_text="3x3 layer")).to_be_visible()
    libraries = [url for url in fetched if "plotly" in url.rsplit("/", 1)[-1].lower()]
    assert len(libraries) == 1 and "/api/plotly.min.js" in libraries[0]


def test_files_of_a_shipped_net_can_be_had(open_page: OpenPage) -> None:
    page = open_page("/scoreboard")
    page.get_by_role("tab", name="Results").click()
    with page.expect_download() as card:
        page.get_by_role("button", name="Card").click()
    assert card.value.suggested_filename.endswith(".json")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_layer_responses_are_drawn_in_either_order(open_page: OpenPage, theme: str) -> None:
    page = open_page("/scoreboard", color_scheme=theme)
    page.get_by_role("tab", name="Layer responses").click()
    title = page.locator(".js-plotly-plot .xtitle")
    expect(title.filter(has_text="from the picture on")).to_be_visible()
    page.get_by_role("radio", name="size").click()
    expect(title.filter(has_text="largest response first")).to_be_visible()
