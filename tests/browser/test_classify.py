"""A person's own pictures in a real browser: files good and bad, the camera, the clipboard."""

import base64
import csv
import io
import re
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from resnet_core.runs.launcher import kill_run
from resnet_core.runs.status import read_status, run_dir
from resnet_core.runs.store import connect_read_only
from tests.browser.conftest import OpenPage, StartRun
from tests.browser.live import PATIENCE_S, wait_for
from tests.browser.net_pages import settle
from tests.importing.conftest import akamaster_like, saved
from tests.importing.villains import Canary

BARS = "[data-testid=class-bars]"
CHOOSER = ".st-key-classify_files input[type=file]"
HOSTILE = ("<img src=sung onerror=document.title='sung'>.png", "![](http://example.com/x.png).png")
EVIDENCE = re.compile(r"^What speaks for .+ \(")
"""Above a map; the words at the foot of the page say something like it."""
STEPS = 40
_TAKE_PHOTO = """() => {
  const buttons = [...document.querySelectorAll('[data-testid=stCameraInput] button')];
  buttons.find((button) => button.innerText === 'Take Photo')?.click();
  return buttons.some((button) => button.innerText === 'Clear photo');
}"""
"""Presses unless a photograph is there; says whether one was there before."""


def picture(size_px: tuple[int, int] = (64, 48), kind: str = "PNG", **options: object) -> bytes:
    """Soft shapes of many colours."""
    coarse = np.random.default_rng(1).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    image = Image.fromarray(coarse).resize(size_px, Image.Resampling.BILINEAR)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def photograph(size_px: tuple[int, int] = (4000, 3000)) -> bytes:
    """A JPEG as a phone held upright writes it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x0110] = "A phone"
    return picture(size_px, "JPEG", quality=90, exif=exif)


def payload(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def open_classify(open_page: OpenPage, **options: object) -> Page:
    page = open_page("/classify", **options)
    page.get_by_text("What speaks for airplane").wait_for()
    return page


def upload(page: Page, *files: FilePayload) -> None:
    page.locator(CHOOSER).set_input_files(list(files))


def answered(page: Page, name: str) -> None:
    """Waits until a picture's answer is on the screen."""
    expect(page.get_by_text(f"{name}: ")).to_be_visible()
    expect(page.locator(BARS)).to_have_count(1)
    expect(page.get_by_text(EVIDENCE)).to_be_visible()


def test_examples_are_answered_before_and_after_a_click(open_page: OpenPage) -> None:
    page = open_classify(open_page)
    expect(page.locator(BARS)).to_contain_text("airplane")
    page.get_by_role("button", name="Example: ship").click()
    expect(page.get_by_text("What speaks for ship")).to_be_visible()


def test_photograph_is_turned_upright_and_answered(open_page: OpenPage) -> None:
    page = open_classify(open_page)
    upload(page, payload("holiday.jpg", photograph()))
    answered(page, "holiday.jpg")
    expect(page.get_by_text("JPEG, 3000 x 4000 px (turned upright by EXIF")).to_be_visible()
    page.get_by_text("Beside a second net").click()
    expect(page.get_by_text(EVIDENCE)).to_have_count(2)
    expect(page.locator(BARS)).to_have_count(2)


def test_photograph_of_40_megapixels_is_answered(open_page: OpenPage) -> None:
    page = open_classify(open_page)
    upload(page, payload("poster.jpg", photograph((8000, 5000))))
    answered(page, "poster.jpg")
    expect(page.get_by_text("JPEG, 5000 x 8000 px")).to_be_visible()


def test_twenty_files_of_which_three_are_broken(open_page: OpenPage) -> None:
    broken = {3: b"no picture", 8: photograph((640, 480))[:9000], 15: b""}
    page = open_classify(open_page)
    content = picture()
    upload(page, *(payload(f"{i:02}.png", broken.get(i, content)) for i in range(20)))
    expect(page.get_by_text("17 of 20 pictures classified, 3 refused")).to_be_visible()
    settle(page)  # the example's answer, with buttons of the same names, goes last
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    rows = list(csv.DictReader(download.value.path().read_text().splitlines()))
    refused = {row["file"]: row["error"] for row in rows if row["ok"] == "no"}
    assert sorted(refused) == ["03.png", "08.png", "15.png"]
    assert all(name in sentence for name, sentence in refused.items())
    assert len(rows) == 20


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_name_is_text(open_page: OpenPage, name: str) -> None:
    page = open_classify(open_page)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    upload(page, payload(name, picture()))
    answered(page, name)
    upload(page, payload(name, b"no picture"))
    expect(page.get_by_text("1 of 2 pictures classified, 1 refused")).to_be_visible()
    assert page.title() == "Classify · ResNet Lab"
    assert not [url for url in requests if "sung" in url or "example.com" in url]


def test_refusal_names_the_file_as_text(open_page: OpenPage) -> None:
    page = open_classify(open_page)
    upload(page, payload(HOSTILE[0], b"<svg onload=alert(1)>"))
    expect(page.get_by_role("alert").get_by_text(f"'{HOSTILE[0]}'")).to_be_visible()
    assert page.title() == "Classify · ResNet Lab"


def test_camera_takes_a_photograph(open_page: OpenPage) -> None:
    page = open_classify(open_page, permissions=["camera"])
    page.get_by_role("radio", name="Camera").click()
    page.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
    # Streamlit begins the video anew when it learns its width; a press meanwhile takes nothing.
    wait_for(lambda: page.evaluate(_TAKE_PHOTO), "a photograph", page)
    answered(page, "camera photograph")


@pytest.mark.parametrize("event", ["paste", "drop"])
def test_picture_is_pasted_or_dropped_anywhere(open_page: OpenPage, event: str) -> None:
    page = open_classify(open_page)
    expect(page.get_by_text("Or drop them anywhere on this page")).to_be_visible()  # it listens
    page.evaluate(
        """([event, content]) => {
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            const basket = new DataTransfer();
            basket.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
            const options = { bubbles: true, cancelable: true };
            document.querySelector("h1").dispatchEvent(event === "paste"
                ? new ClipboardEvent("paste", { ...options, clipboardData: basket })
                : new DragEvent("drop", { ...options, dataTransfer: basket }));
        }""",
        [event, base64.b64encode(picture()).decode()],
    )
    answered(page, "pasted.png")


@pytest.mark.alone
def test_training_goes_on_undisturbed(open_page: OpenPage, start_endless: StartRun) -> None:
    run_id = start_endless("Disturbed")
    page = open_classify(open_page)
    for number in range(3):
        wait_for(lambda: read_status(run_id).step > 0, "the first step", page)
        before, started = read_status(run_id).step, time.monotonic()
        upload(page, payload(f"{number}.jpg", photograph((1600 + number, 1200))))
        answered(page, f"{number}.jpg")
        assert time.monotonic() - started < PATIENCE_S
        wait_for(lambda before=before: read_status(run_id).step > before, "more steps", page)
        page.reload()
        page.get_by_text(EVIDENCE).wait_for()
    assert losses(run_id, page) == losses(start_endless("Quiet"), page)


def losses(run_id: str, page: Page) -> list[tuple[int, int, float]]:
    """Arm, step and loss of the first steps, when there are so many; ends the run."""
    wait_for(lambda: read_status(run_id).step >= STEPS, "enough steps", page)
    kill_run(run_id)
    connection = connect_read_only(run_dir(run_id))
    assert connection is not None
    with closing(connection):
        query = "SELECT arm, start, loss FROM curves WHERE width = 1 AND start < ? ORDER BY 1, 2"
        rows = connection.execute(query, (STEPS,)).fetchall()
    assert len(rows) == 2 * STEPS
    return rows


def test_weights_are_brought_and_hostile_ones_refused(open_page: OpenPage, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    page = open_classify(open_page)
    page.get_by_role("tab", name="Bring or export nets").click()
    chooser = page.locator(".st-key-classify_weights input[type=file]")
    evil = saved({"state_dict": akamaster_like(), "more": [Canary(canary)]})
    chooser.set_input_files(payload("evil.th", evil))
    expect(page.get_by_label("Call it")).to_have_value("evil")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("could run code when read; nothing was run")).to_be_visible()
    assert not canary.exists()

    chooser.set_input_files(payload("resnet20 mine.th", saved(akamaster_like())))
    expect(page.get_by_label("Call it")).to_have_value("resnet20-mine")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("is chosen above now")).to_be_visible()
    page.get_by_role("tab", name="Your pictures").click()
    expect(page.get_by_text("not calibrated: measure it")).to_be_visible()
    expect(page.get_by_text("Nothing was measured that tells strange pictures")).to_be_visible()
    expect(page.locator(BARS)).to_be_visible()
