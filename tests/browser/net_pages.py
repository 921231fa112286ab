"""What the tests of both pages that look inside nets share: waiting, choosing, reading tiles."""

import itertools
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page

from benchmarks.server import Lab
from resnet_core.runs.status import read_status
from tests.browser.live import WORKER_PATIENCE_S
from tests.pages.saved_runs import write_saved_run

MAX_BYTES = 1_500_000
"""Most that a page may send to the browser for one view."""


_LOOK_MS = 50
_CALM_LOOKS = 12
_UNANSWERED_LOOKS = 200
"""The server may drop what a fragment asks for, and then nothing answers it."""
_IS_CALM = """([number, enough, enoughUnanswered]) => {
  const isBusy = document.querySelector("[data-testid=stStatusWidget], [data-stale=true]")
    || [...document.querySelectorAll("button")].some(b => b.innerText.trim() === "Stop")
    || [...document.querySelectorAll(".rl-caption")].some(c => c.textContent.endsWith(" ..."));
  const before = window.labCalm?.number === number ? window.labCalm.looks : 0;
  window.labCalm = { number, looks: isBusy ? 0 : before + 1 };
  const { isAsked, isRunning } = window.labTalk;
  return window.labCalm.looks >= (isAsked || isRunning ? enoughUnanswered : enough);
}"""
_numbers = itertools.count()


def settle(page: Page) -> None:
    """Waits until the server has answered, and no script nor job has run for some looks in a row.

    A press is sent a moment later: what is calm once need not be over.  On a busy machine the
    browser looks less often, and so waits longer.
    """
    arguments = [next(_numbers), _CALM_LOOKS, _UNANSWERED_LOOKS]
    page.wait_for_function(_IS_CALM, arg=arguments, polling=_LOOK_MS)


def choose(page: Page, box: str, option: str) -> None:
    """Picks an option of the labelled select box; typing brings it into a long list's view."""
    field = page.get_by_role("combobox", name=box).first
    field.click()
    field.fill(option)
    page.get_by_role("option", name=option).first.click()
    settle(page)


def add(page: Page, box: str, option: str) -> None:
    """Adds an option of the labelled box of several."""
    field = page.get_by_role("combobox", name=box)
    field.click()
    field.fill(option)
    page.get_by_role("option", name=option).first.click()
    page.keyboard.press("Escape")
    settle(page)


def unfold(page: Page, title: str) -> None:
    """Opens a fold of rare knobs, unless it is open."""
    fold = page.locator("[data-testid=stExpander] details", has_text=title).first
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
        settle(page)


def rows(page: Page, place: int) -> list[dict]:
    """What the tiles number `place` show: title, notes, captions, and bytes sent for them."""
    return (
        page.locator("[data-testid=tiles]")
        .nth(place)
        .evaluate(
            """root => [...root.querySelectorAll('.rl-row')].map(row => ({
            title: row.querySelector('.rl-title')?.textContent ?? '',
            notes: [...row.querySelectorAll('.rl-note')].map(note => note.textContent),
            captions: [...row.querySelectorAll('.rl-caption')].map(text => text.textContent),
            sheet: row.querySelector('.rl-picture').style.backgroundImage,
        }))"""
        )
    )


def grid(page: Page) -> list[dict]:
    """The grid of maps, which stands below the strip of pictures."""
    return rows(page, page.locator("[data-testid=tiles]").count() - 1)


def write_run(lab: Lab, name: str) -> str:
    """Writes a run with three saved steps of a residual and a plain net into the server's home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_HOME", str(lab.home))
        return write_saved_run(name)


def wait_for_steps(run_id: str, step: int) -> None:
    """Waits until a run has gone that far."""
    deadline = time.monotonic() + WORKER_PATIENCE_S
    while read_status(run_id).step < step:
        assert time.monotonic() < deadline, read_status(run_id)
        time.sleep(0.2)


def count_bytes(page: Page) -> list[int]:
    """Counts what the server sends from now on, websocket and files."""
    total = [0]
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on(
        "Network.webSocketFrameReceived",
        lambda event: total.append(len(event["response"]["payloadData"]) * 3 // 4),
    )
    session.on("Network.dataReceived", lambda event: total.append(event["dataLength"]))
    return total


def download(page: Page, label: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label).click()
    return Path(waiting.value.path()).read_bytes()
