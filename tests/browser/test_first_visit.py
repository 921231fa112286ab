"""What a first visit costs and whether everybody can use the page, for every page of the lab."""

from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from benchmarks.arrival import cumulative_shift, measure_arrival
from benchmarks.server import Lab
from pages.ui.shell.site_map import entries
from tests.browser.axe import find_violations
from tests.browser.conftest import FinishedRuns
from tests.browser.live import PATIENCE_S

pytestmark = pytest.mark.timeout(900)

MOST_BYTES = 3_000_000
MOST_SHIFT = 0.1
_PAGES = ["", *(entry.name for entry in entries()[1:])]


@pytest.fixture(params=["light", "dark"])
def visitor(browser: Browser, request: pytest.FixtureRequest):
    """A browser that was never here, in either theme."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=request.param
    )
    context.set_default_timeout(4000 * PATIENCE_S)
    yield context
    context.close()


@pytest.mark.usefixtures("finished_runs")
@pytest.mark.parametrize("name", _PAGES)
def test_first_visit_is_light_still_and_open_to_everybody(
    lab: Lab, visitor: BrowserContext, name: str
) -> None:
    page, arrival = measure_arrival(visitor, urljoin(lab.url, f"/{name}"))
    assert arrival.console_errors == ()
    assert 500_000 < arrival.transferred_bytes <= MOST_BYTES
    assert arrival.layout_shift <= MOST_SHIFT
    violations = find_violations(page)
    assert [found for found in violations if not found.is_streamlits] == []


def test_live_view_of_a_run_is_open_to_everybody(
    lab: Lab, visitor: BrowserContext, finished_runs: FinishedRuns
) -> None:
    page, arrival = measure_arrival(
        visitor, urljoin(lab.url, f"/train?run={finished_runs.run_ids[0]}")
    )
    assert arrival.console_errors == ()
    assert arrival.transferred_bytes <= MOST_BYTES
    violations = find_violations(page)
    assert [found for found in violations if not found.is_streamlits] == []


def _side_bar_px(page: Page) -> float:
    return page.evaluate(
        "() => document.querySelector('[data-testid=stMain]').getBoundingClientRect().x"
    )


@pytest.mark.parametrize("visitor", ["light"], indirect=True)
def test_side_bar_that_was_closed_leaves_no_gap(lab: Lab, visitor: BrowserContext) -> None:
    address = urljoin(lab.url, "/runs")
    page, _ = measure_arrival(visitor, address)
    assert _side_bar_px(page) == 230
    page.get_by_test_id("stSidebarHeader").hover()
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
    again, arrival = measure_arrival(visitor, address)
    assert _side_bar_px(again) == 0
    assert arrival.layout_shift <= MOST_SHIFT


@pytest.mark.parametrize("visitor", ["light"], indirect=True)
def test_maps_are_one_stop_of_the_tab_key(lab: Lab, visitor: BrowserContext) -> None:
    page, _ = measure_arrival(visitor, urljoin(lab.url, "/feature_maps"))
    tiles = page.get_by_test_id("tiles").last.locator("button.rl-tile")
    stops = "buttons => buttons.filter(button => button.tabIndex === 0).length"
    expect(tiles.nth(4)).to_be_visible()
    assert page.get_by_test_id("tiles").last.locator("button").evaluate_all(stops) == 1
    tiles.nth(1).focus()
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(2)).to_be_focused()
    page.keyboard.press("End")
    expect(tiles.last).to_be_focused()
    assert page.get_by_test_id("tiles").last.locator("button").evaluate_all(stops) == 1


@pytest.mark.parametrize("visitor", ["light"], indirect=True)
def test_figure_has_words_and_its_tools_below_it(lab: Lab, visitor: BrowserContext) -> None:
    page, _ = measure_arrival(visitor, urljoin(lab.url, "/scoreboard"))
    figure = page.get_by_test_id("figure").first
    drawn = figure.get_by_role("figure")
    words = "Error over depth: CIFAR-10 (JPEG copy), 9 epochs"
    expect(drawn).to_have_attribute("aria-label", words)
    assert "lowest" in (figure.locator(".rl-plot-twin").text_content() or "")
    expect(page.locator(".modebar-btn")).to_have_count(0)
    below = figure.get_by_role("button", name="PNG").bounding_box()
    above = drawn.bounding_box()
    assert below and above and below["y"] >= above["y"] + above["height"] - 1


@pytest.mark.parametrize("visitor", ["light"], indirect=True)
def test_curves_have_words_and_tools_that_look_closer_and_save(
    lab: Lab, visitor: BrowserContext
) -> None:
    page, _ = measure_arrival(visitor, lab.url)
    place = page.locator(".rl-is-replay .rl-place").first
    plot = place.get_by_role("figure")
    expect(plot).to_have_attribute("aria-label", "Loss: training (line), validation (marks)")
    expect(place.locator(".rl-plot-twin")).to_contain_text("at step 320, lowest")
    expect(page.locator(".modebar-btn")).to_have_count(0)
    width = "plot => plot._fullLayout.xaxis.range[1] - plot._fullLayout.xaxis.range[0]"
    whole = plot.evaluate(width)
    place.get_by_role("button", name="Look closer").click()
    assert plot.evaluate(width) == pytest.approx(whole / 2)
    place.get_by_role("button", name="Whole").click()
    assert plot.evaluate(width) == pytest.approx(whole)
    with page.expect_download() as saved:
        place.get_by_role("button", name="SVG").click()
    drawing = saved.value.path().read_text()
    assert saved.value.suggested_filename == "resnet-lab-loss.svg"
    assert "Demo: residual against plain" in drawing
    assert "ResNet Lab" in drawing
    assert drawing.count("Loss: training (line)") == 1


def test_shifts_are_added_up_as_browsers_do() -> None:
    def shifts(*pairs: tuple[float, float]) -> list[dict[str, float]]:
        return [{"at_ms": at_ms, "value": value} for at_ms, value in pairs]

    assert cumulative_shift(shifts()) == 0
    assert cumulative_shift(shifts((900, 0.5), (0, 0.25))) == 0.75
    assert cumulative_shift(shifts((0, 0.25), (1001, 0.5), (3000, 0.125))) == 0.5
    # Five seconds after the first a new session begins, however close the shifts are.
    assert cumulative_shift(shifts(*((900.0 * step, 1.0) for step in range(8)))) == 6
