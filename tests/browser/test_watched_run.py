"""A loop in a program of its own is followed from page to page while it goes, and to its end."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from benchmarks.server import Lab
from tests.browser.conftest import OpenPage
from tests.browser.live import CHART, arm_steps, wait_for, wait_for_phase

_NOT_OFFERED = re.compile("Pause|Resume|Fork")


@pytest.fixture
def loop(lab: Lab) -> Iterator[subprocess.Popen[str]]:
    """Somebody's program, beside the server; it goes until its standard input ends."""
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.browser.watched_loop"],
        env={**os.environ, "RESNET_LAB_HOME": str(lab.home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:  # which closes its input and waits
        yield program


def _grows(page: Page) -> None:
    page.wait_for_selector(CHART)
    before = arm_steps(page)
    wait_for(lambda: arm_steps(page)[0] >= before[0] + 2, "growth", page)


def _step_of(flow: Page) -> int:
    said = flow.get_by_test_id("stAlert").filter(has_text="Gradient norm at step").text_content()
    match = re.search(r"step\s([\d,]*\d)", said or "")
    assert match is not None, said
    return int(match[1].replace(",", ""))


def test_watched_run_is_live_on_three_pages_and_ends_marked(
    open_page: OpenPage, loop: subprocess.Popen[str]
) -> None:
    assert loop.stdin is not None and loop.stdout is not None
    run_id = loop.stdout.readline().strip()
    page = open_page(f"/train?run={run_id}")
    wait_for_phase(page, "training")
    _grows(page)
    expect(page.get_by_role("button", name=_NOT_OFFERED)).to_have_count(0)

    listed = open_page("/runs")
    expect(listed.get_by_text("Watched in a program of its own").first).to_be_visible()
    expect(listed.get_by_role("button", name=_NOT_OFFERED)).to_have_count(0)

    flow = open_page(f"/gradient_flow?view=while-training&runs={run_id}")
    before = _step_of(flow)
    wait_for(lambda: _step_of(flow) > before, "a later step", flow)

    loop.stdin.close()
    wait_for_phase(page, "finished")
    expect(listed.get_by_text("Finished").first).to_be_visible()
