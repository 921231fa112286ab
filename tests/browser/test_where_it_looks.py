"""Where it looks as a visitor uses it: uploaded, chosen, compared, scrubbed, scored, saved."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.server import Lab
from tests.browser.conftest import OpenPage
from tests.browser.net_pages import (
    MAX_BYTES,
    add,
    choose,
    count_bytes,
    download,
    grid,
    settle,
    unfold,
    write_run,
)

_CHANCE_MS = 240_000
"""Thirty random maps are scored, each with 84 pictures through the net."""


@pytest.fixture(scope="module")
def run_id(lab: Lab) -> str:
    """A run with three saved steps of a residual and a plain net in the server's home."""
    return write_run(lab, "Tiny")


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """A camera's JPEG: 1600 x 1200 px, on its side by EXIF, a bright disc on a dark ground."""
    rows, columns = np.mgrid[:1200, :1600]
    disc = (rows - 500) ** 2 + (columns - 900) ** 2 < 300**2
    pixels = np.stack([rows / 10 + 100 * disc, columns / 16, 60 + 120 * disc], axis=2)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "holiday <b>photo.jpg"
    Image.fromarray(pixels.astype(np.uint8)).save(path, exif=exif, quality=90)
    return path


def test_upload_layers_methods_classes_twins_and_files(
    open_page: OpenPage, run_id: str, photograph: Path
) -> None:
    page = open_page("/where_it_looks")
    page.wait_for_selector("[data-testid=tiles]")
    settle(page)
    choose(page, "Net", "Tiny: Residual")
    assert len(grid(page)[0]["captions"]) == 5, "maps before any click"

    page.get_by_text("My own").first.click()
    settle(page)
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(photograph)
    settle(page)
    assert "labelled" not in " ".join(grid(page)[0]["notes"])

    page.get_by_text("As it came, 1200 x 1600 px", exact=True).wait_for()
    page.get_by_text("A net of photographs was chosen for your picture").wait_for()
    choose(page, "Net", "Tiny: Residual")
    unfold(page, "Methods and layers")
    add(page, "Layers, the deepest first", "stage1.0")
    add(page, "Methods", "Occlusion")
    choose(page, "Evidence for", "one class against another")
    first, second = grid(page)
    assert first["notes"][0] == "stage3.0"
    assert second["notes"][0] == "stage1.0"
    assert "Occlusion" in first["captions"]
    assert any(note.startswith("evidence for ring against") for note in first["notes"])

    page.get_by_text("Compare two nets").click()
    settle(page)
    choose(page, "Second net", "Tiny: Plain")
    titles = [row["title"] for row in grid(page)]
    assert [title.partition(",")[0] for title in titles] == ["Tiny: Residual"] * 2 + [
        "Tiny: Plain"
    ] * 2

    page.get_by_role(
        "button", name="Grad-CAM at stage3.0, Tiny: Plain, step 12", exact=True
    ).click()
    settle(page)
    page.get_by_role("heading", name="Grad-CAM at stage3.0").wait_for()
    manifest = json.loads(download(page, "Manifest (JSON)"))
    assert manifest["net"]["architecture"] == "plain8"
    assert manifest["target"]["class_name"] == "ring"
    assert manifest["picture"]["name"] == photograph.name
    values = np.load(io.BytesIO(download(page, "Map (NPY)")))
    assert values.shape == (1, 8, 8)
    assert values.max() == pytest.approx(manifest["map"]["largest"])
    assert Image.open(io.BytesIO(download(page, "Picture (PNG)"))).size == (512, 512)
    assert page.locator("b", has_text="photo").count() == 0, "a file's name is no markup"


def test_steps_are_scrubbed_and_seen_as_a_strip(open_page: OpenPage, run_id: str) -> None:
    page = open_page("/where_it_looks")
    page.wait_for_selector("[data-testid=tiles]")
    settle(page)
    choose(page, "Net", "Tiny: Residual")
    last = grid(page)[0]
    page.get_by_role("slider", name="Saved step").press("Home")
    settle(page)
    first = grid(page)[0]
    assert first["title"].endswith("step 0")
    assert first["sheet"] != last["sheet"]

    page.get_by_text("Over training").first.click()
    settle(page)
    page.get_by_role("button", name="Animation (GIF)").wait_for()
    captions = next(row["captions"] for row in grid(page))
    assert [caption.partition(":")[0] for caption in captions] == ["step 0", "step 4", "step 12"]
    assert download(page, "Animation (GIF)").startswith(b"GIF89a")


def test_maps_are_scored(open_page: OpenPage, run_id: str) -> None:
    page = open_page("/where_it_looks")
    page.wait_for_selector("[data-testid=tiles]")
    settle(page)
    choose(page, "Net", "Tiny: Residual")
    page.get_by_text("Is it faithful?").first.click()
    page.get_by_text("random maps Grad-CAM beats").wait_for(timeout=_CHANCE_MS)
    settle(page)
    page.locator("[data-testid=figure] .main-svg").first.wait_for()
    numbers = list(csv.DictReader(io.StringIO(download(page, "CSV").decode())))
    methods = {row["method"] for row in numbers}
    assert methods >= {"Grad-CAM", "Chance, 8 x 8 cells, number 0"}
    assert {row["curve"].partition(",")[0] for row in numbers} == {"Deletion", "Insertion", "ROAD"}
    assert all(0 <= float(row["probability"]) <= 1 for row in numbers)


def test_a_full_grid_of_a_wide_net_stays_small(open_page: OpenPage, photograph: Path) -> None:
    page = open_page("/where_it_looks")
    page.wait_for_selector("[data-testid=tiles]")
    settle(page)
    choose(page, "Net", "never trained")
    choose(page, "Architecture", "ResNet-50")
    unfold(page, "Methods and layers")
    page.get_by_text("take stage2.3 (4x4)").wait_for()
    page.get_by_text("My own").first.click()
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(photograph)
    settle(page)
    choose(page, "Net", "never trained")
    unfold(page, "Methods and layers")
    counted = count_bytes(page)
    for layer in ("stem", "stage1.0", "stage4.2"):
        add(page, "Layers, the deepest first", layer)
    assert len(grid(page)) == 4
    page.get_by_role("button", name="Grad-CAM at stage1.0").first.click()
    page.get_by_role("heading", name="Grad-CAM at stage1.0").wait_for()
    settle(page)
    assert 0 < sum(counted) < MAX_BYTES


def test_a_view_is_a_link_on_the_first_screen_and_back_undoes_a_change(
    open_page: OpenPage, run_id: str
) -> None:
    page = open_page(f"/where_it_looks?probed_net=run/{run_id}/1&look_methods=grad-cam,saliency")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_selector("[data-testid=tiles]")
    settle(page)
    assert grid(page)[0]["title"].startswith("Tiny: Plain")
    assert grid(page)[0]["captions"][1:] == ["Grad-CAM", "Saliency"]
    box = page.locator("[data-testid=tiles]").last.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800, "maps stand on the first screen"

    page.get_by_role("slider", name="Saved step").press("Home")
    settle(page)
    assert grid(page)[0]["title"].endswith("step 0")
    page.reload()
    page.wait_for_selector("[data-testid=tiles]")
    settle(page)
    assert grid(page)[0]["title"].endswith("step 0"), "a reload finds the view again"
    page.go_back()
    settle(page)
    assert grid(page)[0]["title"].endswith("step 12")
