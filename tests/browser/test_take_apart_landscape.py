"""A person looks at a landscape that grows finer, stops it, and goes on from a link."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.live import WORKER_PATIENCE_S

_QUIET = "apart_view=landscape&land_net=untrained&land_architecture=resnet20&land_beside=off"
_PLACES = """() => {
  const plots = [...document.querySelectorAll('[data-testid=figure] .js-plotly-plot')];
  const contours = plots.flatMap((plot) => plot.data).filter((trace) => trace.type === 'contour');
  return contours.length ? contours[0].x.length : 0;
}"""


def places(page: Page) -> int:
    """Places along alpha in the figure on the screen."""
    return page.evaluate(_PLACES)


def test_landscape_shows_the_coarse_grid_and_keeps_it_when_it_is_stopped(
    open_page: OpenPage,
) -> None:
    page = open_page(f"/take_apart?{_QUIET}&land_pictures=64")
    page.wait_for_function(f"({_PLACES})() >= 5", timeout=WORKER_PATIENCE_S * 1000)
    stop = page.get_by_test_id("stMain").get_by_role("button", name="Stop")
    expect(page.get_by_text(re.compile(r"Measuring \d+ x \d+ places"))).to_be_visible()
    shown = places(page)
    stop.click()
    expect(page.get_by_text("Stopped.")).to_be_visible()
    page.wait_for_function(f"({_PLACES})() >= {shown}")  # what was measured is not taken away
    page.get_by_role("button", name="Start again").click()
    page.wait_for_function(f"({_PLACES})() > {shown}", timeout=WORKER_PATIENCE_S * 1000)
    page.get_by_role("radio", name="Wrong answers").click()
    page.wait_for_url(re.compile("land_quantity=error"))
    page.get_by_role("radio", name="One block").click()
    page.go_back()
    expect(page.get_by_role("radio", name="Wrong answers")).to_be_checked()
