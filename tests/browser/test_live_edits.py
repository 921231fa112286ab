"""A person cuts skips in a net that trains, sees it on the curves at once, and puts them back."""

import time

import pytest
from playwright.sync_api import Page, expect

from resnet_core.edits import read_edits
from resnet_core.runs.status import list_runs, read_status
from tests.browser.conftest import OpenPage, StartRun
from tests.browser.live import CHART, arm_steps, wait_for, wait_for_growth

_AT_ONCE_S = 3.0
"""Within this time a press is to be seen on the curves of a machine that does nothing else."""
_BUSY = 4
"""How many times as long it may take here, where both nets train on the same cores."""


def _press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()


def _choose(page: Page, box: str, option: str) -> None:
    page.get_by_role("combobox", name=box).click()
    page.get_by_role("option", name=option, exact=True).click()


def _wait_for_marks(page: Page, count: int) -> None:
    lines = page.locator(f"{CHART} .rl-loss .shapelayer path")
    wait_for(lambda: lines.count() == count, f"{count} marks", page)


@pytest.mark.alone
def test_skips_are_cut_marked_and_put_back(open_page: OpenPage, start_endless: StartRun) -> None:
    run_id = start_endless("Endless")
    page = open_page(f"/train?run={run_id}")
    wait_for_growth(page)
    _press(page, "Reach into a net")
    _choose(page, "Where", "Stage 2")
    expect(page.get_by_text("Cuts the skips of stage 2: 1 of the net's 3 blocks")).to_be_visible()
    pressed_at = time.monotonic()
    _press(page, "Cut the skips")
    _wait_for_marks(page, 1)
    assert time.monotonic() - pressed_at < _BUSY * _AT_ONCE_S
    (edit,) = read_edits(run_id)
    assert (edit.arm, edit.blocks, edit.after) == ("Residual", "stage2", 0)
    assert edit.step is not None
    assert 0 < edit.step <= read_status(run_id).step
    label = page.locator(f"{CHART} .rl-loss .annotation-text")
    expect(label).to_contain_text("Residual: skips of stage 2 cut")
    # Two arms on one colour scale, and the mark across both.
    expect(page.locator(f"{CHART} .rl-flow .shapelayer path")).to_have_count(2)

    expect(page.get_by_text(f"Step {edit.step:,} · Residual")).to_be_visible()
    # Two changes before one step share a mark.
    made_at = edit.step
    wait_for(lambda: min(arm_steps(page)) > made_at, "the first step with it", page)
    _press(page, "Put it back")
    _wait_for_marks(page, 2)
    assert [edit.after for edit in read_edits(run_id)] == [0, 1]
    expect(page.get_by_role("button", name="Put it back")).to_have_count(0)


def test_fork_goes_on_from_the_step_before_with_its_parent_beside_it(
    open_page: OpenPage, start_endless: StartRun
) -> None:
    parent = start_endless("Parent")
    page = open_page(f"/train?run={parent}")
    wait_for_growth(page, by=20)
    step = page.get_by_label("After step")
    expect(step).to_have_count(0)
    page.locator(f"{CHART} .rl-flow .nsewdrag").first.click()  # any of its cells is a step
    expect(step).to_be_in_viewport()
    assert 0 < int(step.input_value()) <= read_status(parent).step
    step.fill("12")
    step.press("Enter")
    expect(page.get_by_text("step 12 at once").or_(page.get_by_text("replays"))).to_be_visible()
    expect(page.get_by_text("gives up its turn")).to_be_visible()
    _press(page, "Fork here")
    page.wait_for_url(lambda url: "/train?run=" in url and parent not in url)
    (child,) = [status for status in list_runs() if status.parent == parent]
    assert child.fork_step == 12
    expect(page.get_by_role("link", name="A fork from step 12 of Parent")).to_be_visible()
    wait_for(lambda: read_status(child.run_id).step > 15, "the fork", page)
    wait_for(lambda: min(arm_steps(page)) > 15, "the fork's own steps", page)
    title = page.locator(f"{CHART} .rl-loss .gtitle")
    expect(title).to_contain_text("parent (dotted)")
    assert read_status(parent).phase == "paused"

    page = open_page("/runs")
    expect(page.get_by_text("from step 12 of Parent").first).to_be_visible()
