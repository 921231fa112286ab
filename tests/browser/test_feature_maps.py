"""Feature maps as a visitor uses it: pressed down to a channel, compared, scrubbed, paged."""

import pytest
from playwright.sync_api import expect

from benchmarks.server import Lab
from resnet_core.runs.status import read_status
from tests.browser.conftest import OpenPage, StartRun
from tests.browser.net_pages import (
    MAX_BYTES,
    choose,
    count_bytes,
    grid,
    rows,
    settle,
    wait_for_steps,
    write_run,
)

_CHANCE_MS = 240_000
"""Thirty random maps are scored, each with 84 pictures through the net."""


@pytest.fixture(scope="module")
def run_id(lab: Lab) -> str:
    """A run with three saved steps of a residual and a plain net in the server's home."""
    return write_run(lab, "Scrubbed")


def test_feature_maps_are_pressed_down_to_a_channel_that_comes_into_view(
    open_page: OpenPage, run_id: str
) -> None:
    page = open_page("/feature_maps")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_selector("[data-testid=tiles]")
    settle(page)
    choose(page, "Net", "Scrubbed: Residual")
    page.get_by_role("button", name="channel").last.click()
    heading = page.get_by_role("heading", name="of stage3.0")
    expect(heading).to_be_in_viewport()
    page.get_by_role("button", name="stage2.0, channel").first.click()
    page.get_by_text("What its receptive field saw there").wait_for()
    expect(page.get_by_role("heading", name="of stage2.0")).to_have_count(1)
    settle(page)
    page.get_by_role("button", name="stage1.0").first.click()
    page.get_by_text("Press a layer on the left").wait_for()
    page.get_by_text("First filters").first.click()
    settle(page)
    assert page.get_by_label("filter 0").count() == 1


def test_feature_maps_of_twins_are_scrubbed_side_by_side(open_page: OpenPage, run_id: str) -> None:
    page = open_page("/feature_maps")
    page.wait_for_selector("[data-testid=tiles]")
    settle(page)
    choose(page, "Net", "Scrubbed: Residual")
    page.get_by_text("Compare two nets").click()
    settle(page)
    choose(page, "Second net", "Scrubbed: Plain")
    page.get_by_text("Parts of a block").click()
    settle(page)
    residual, plain_net = rows(page, 1), rows(page, 2)
    assert len(residual) == 3
    assert residual[2]["notes"][1].startswith("cosine of x and F(x)")
    assert [row["title"][:4] for row in plain_net] == ["F(x)"]
    page.get_by_text("Over training").first.click()
    settle(page)
    last = rows(page, 1)[0]
    page.locator("input[aria-label=Step]").first.press("Home")
    title = page.locator("[data-testid=tiles]").nth(1).locator(".rl-title").first
    expect(title).to_have_text("step 0")
    assert rows(page, 1)[0]["sheet"] != last["sheet"]


def test_feature_maps_of_a_wide_net_page_smoothly_and_stay_small(open_page: OpenPage) -> None:
    page = open_page("/feature_maps")
    page.wait_for_selector("[data-testid=tiles]")
    settle(page)
    choose(page, "Net", "never trained")
    counted = count_bytes(page)
    choose(page, "Architecture", "ResNet-50")
    page.get_by_role("button", name="stage4.2").first.click()
    page.get_by_text("one flat cell").wait_for()
    settle(page)
    first = rows(page, page.locator("[data-testid=tiles]").count() - 1)[0]["sheet"]
    page.get_by_label("Page of 32").fill("32")
    page.keyboard.press("Enter")
    settle(page)
    assert rows(page, page.locator("[data-testid=tiles]").count() - 1)[0]["sheet"] != first
    assert 0 < sum(counted) < MAX_BYTES


def test_a_run_in_progress_is_looked_into_and_goes_on(
    open_page: OpenPage, start_endless: StartRun
) -> None:
    run_id = start_endless("Going on")
    wait_for_steps(run_id, 50)
    page = open_page("/feature_maps")
    page.wait_for_selector("[data-testid=tiles]")
    settle(page)
    choose(page, "Net", "Going on: Residual")
    page.get_by_text("Over training").first.click()
    page.get_by_text("saved steps").wait_for()
    settle(page)
    before = read_status(run_id)
    page.get_by_role("link", name="Where it looks").first.click()
    page.get_by_text("Is it faithful?").first.click()
    page.get_by_text("random maps Grad-CAM beats").wait_for(timeout=_CHANCE_MS)
    assert "Going on" in grid(page)[0]["title"]
    wait_for_steps(run_id, before.step + 50)
    assert read_status(run_id).phase == "training"
