"""A finished run joins the scoreboard in a real browser: its row, its marks, its way back."""

import re

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


def test_it_opens_on_a_sentence_and_a_figure_on_the_first_screen(open_page: OpenPage) -> None:
    page = open_page("/scoreboard")
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.get_by_text("layers the plain net is right on")).to_be_in_viewport()
    expect(page.locator(_LEGENDS, has_text="plain")).to_be_in_viewport()
    expect(page.locator(".js-plotly-plot .xtitle").first).to_be_in_viewport()


def test_every_view_is_a_link_and_back_restores_it(open_page: OpenPage) -> None:
    page = open_page("/scoreboard?view=published")
    expect(page.locator(_LEGENDS, has_text="He et al. 2015, table 6")).to_be_visible()
    page.get_by_role("radio", name="All results").click()
    expect(page).to_have_url(re.compile("view=all-results"))
    expect(page.get_by_test_id("stDataFrame")).to_have_count(2)
    page.go_back()
    expect(page.get_by_text("error is lowest at 110 layers")).to_be_visible()
    page.reload()
    expect(page.get_by_role("radio", name="Published")).to_be_checked()


def test_finished_run_joins_with_one_click(
    open_page: OpenPage, finished_runs: FinishedRuns
) -> None:
    page = open_page("/scoreboard?view=all-results")
    expect(page.get_by_test_id("stDataFrame")).to_have_count(2)
    page.get_by_role("button", name="Put on the board").first.click()
    expect(page.get_by_role("button", name="Take off the board")).to_have_count(1)
    (joined,) = joined_runs()
    assert joined in finished_runs.run_ids

    mine = [entry for entry in list_entries() if entry.origin == "run"]
    page.get_by_test_id("stDataFrame").nth(1).scroll_into_view_if_needed()
    assert not {entry.title for entry in mine} & set(_cells(page, 0))
    page.get_by_role("radio", name="Depth, equal budgets").click()
    page.get_by_role("combobox", name="Pictures and budget").click()
    page.get_by_role("option", name="yours").click()
    expect(page.get_by_text("says nothing of depth")).to_be_visible()

    page.get_by_role("button", name="Take off the board").click()
    expect(page.get_by_role("button", name="Take off the board")).to_have_count(0)
    assert joined_runs() == ()


def test_figures_bring_the_plotting_library_once(open_page: OpenPage) -> None:
    page = open_page("/")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{page.url.rstrip('/')}/scoreboard")
    expect(page.locator(_LEGENDS).first).to_be_visible()
    page.get_by_role("radio", name="Layer responses").click()
    expect(page.locator(".js-plotly-plot .xtitle", has_text="3x3 layer")).to_be_visible()
    libraries = [url for url in fetched if "plotly" in url.rsplit("/", 1)[-1].lower()]
    assert len(libraries) == 1 and "/api/plotly.min.js" in libraries[0]


def test_files_of_a_shipped_net_can_be_had(open_page: OpenPage) -> None:
    page = open_page("/scoreboard?view=all-results")
    with page.expect_download() as card:
        page.get_by_role("button", name="Card").click()
    assert card.value.suggested_filename.endswith(".json")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_layer_responses_are_drawn_in_either_order(open_page: OpenPage, theme: str) -> None:
    page = open_page("/scoreboard?view=layer-responses", color_scheme=theme)
    title = page.locator(".js-plotly-plot .xtitle")
    expect(title.filter(has_text="from the picture on")).to_be_visible()
    page.get_by_role("radio", name="size").click()
    expect(title.filter(has_text="largest response first")).to_be_visible()
