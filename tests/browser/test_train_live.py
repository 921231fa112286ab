"""A person trains nets in a real browser: start, watch, pause, leave, come back, stop, resume."""

import re

from playwright.sync_api import Page, expect

from benchmarks.server import Lab
from resnet_core.runs.status import list_runs, read_status
from tests.browser.conftest import OpenPage, StartRun
from tests.browser.live import (
    CHART,
    arm_steps,
    drawn_steps,
    kill_worker,
    measures,
    wait_for,
    wait_for_growth,
    wait_for_phase,
)


def _press(page: Page, label: str | re.Pattern[str]) -> None:
    page.get_by_role("button", name=label).click()


def _follow(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebarNavItems").get_by_role("link", name=title).click()


def _run_in_address(page: Page) -> str:
    match = re.search(r"[?&]run=([^&]+)", page.url)
    assert match is not None, page.url
    return match[1]


def test_demo_is_started_paused_stepped_resumed_left_found_and_stopped(open_page: OpenPage) -> None:
    page = open_page()
    _press(page, "Start the demo")
    page.wait_for_url("**/train?run=*")
    page.wait_for_selector(f"{CHART}.rl-is-replay", state="detached")  # Home's own
    wait_for_growth(page)
    run_id = _run_in_address(page)
    # Two lines an arm; Plotly leaves out the circles until the first evaluation.
    assert page.locator(f"{CHART} .rl-loss .scatterlayer .trace").count() >= 4
    expect(page.locator(f"{CHART} .rl-flow .heatmaplayer .hm")).to_have_count(2)

    _press(page, "Pause")
    wait_for_phase(page, "paused")
    wait_for(lambda: arm_steps(page) == [read_status(run_id).step] * 2, "the last steps", page)
    paused_at = arm_steps(page)
    page.wait_for_timeout(2500)
    assert arm_steps(page) == paused_at

    _press(page, "Step one batch")
    wait_for(lambda: arm_steps(page) == [step + 1 for step in paused_at], "one step", page)
    assert set(drawn_steps(page).values()) == {paused_at[0] + 1}

    _press(page, "Resume")
    wait_for_phase(page, "training")
    wait_for_growth(page)

    page.reload()
    wait_for_growth(page)
    assert _run_in_address(page) == run_id

    _follow(page, "Runs")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    _follow(page, "Train")
    expect(page.get_by_role("heading", name="Train")).to_be_visible()
    wait_for_growth(page)
    assert _run_in_address(page) == run_id

    second_tab = open_page("/train")
    wait_for_growth(second_tab)
    assert _run_in_address(second_tab) == run_id

    _press(page, "Stop")
    wait_for_phase(page, "stopped")
    wait_for_phase(second_tab, "stopped")
    assert [status.run_id for status in list_runs()].count(run_id) == 1


def test_killed_worker_is_told_and_resumed(open_page: OpenPage, start_endless: StartRun) -> None:
    run_id = start_endless("Killed worker")
    page = open_page(f"/train?run={run_id}")
    wait_for_growth(page, by=5)
    kill_worker(run_id)
    wait_for_phase(page, "interrupted")
    expect(page.locator(f"{CHART} .rl-message")).to_contain_text("Training stopped unexpectedly")
    _press(page, re.compile("Resume from step|Start again"))
    wait_for_phase(page, "training")
    wait_for_growth(page)


def test_killed_server_leaves_the_run_and_finds_it_again(
    open_page: OpenPage, start_endless: StartRun, lab: Lab
) -> None:
    run_id = start_endless("Killed server")
    page = open_page(f"/train?run={run_id}")
    wait_for_growth(page)
    lab.kill()
    step = read_status(run_id).step
    wait_for(lambda: read_status(run_id).step > step, "training without a server", page)
    lab.start()
    wait_for_growth(page, by=5)
    assert _run_in_address(page) == run_id
    fresh = open_page("/train")
    wait_for_growth(fresh)
    assert _run_in_address(fresh) == run_id
    _press(fresh, "Stop")
    wait_for_phase(page, "stopped")


def test_chart_costs_few_bytes_and_keeps_its_zoom(
    open_page: OpenPage, start_endless: StartRun
) -> None:
    run_id = start_endless("Zoom")
    page = open_page(f"/train?run={run_id}")
    wait_for_growth(page, by=10)
    zoomed = _zoom_with_the_mouse(page)
    wait_for_growth(page, by=10)
    assert _x_range(page) == zoomed
    # The answer after a drawing that took long holds the steps of that rest as well.
    wait_for(lambda: int(measures(page)["bytes"]) < 20_000, "a usual answer", page)


def _zoom_with_the_mouse(page: Page) -> list[float]:
    box = page.locator(f"{CHART} .rl-loss").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.7 * box["height"], steps=5)
    page.mouse.up()
    plot = f"document.querySelector('{CHART} .rl-loss')"
    is_zoomed = f"() => {plot}._fullLayout.xaxis.autorange === false"
    wait_for(lambda: page.evaluate(is_zoomed), "the zoom", page)
    return _x_range(page)


def _x_range(page: Page) -> list[float]:
    plot = f"document.querySelector('{CHART} .rl-loss')"
    return page.evaluate(f"() => {plot}._fullLayout.xaxis.range.slice()")
