"""The page run for real: maps before any click, and sentences where something cannot be."""

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.ui.where_it_looks.drawing import is_exact
from pages.ui.where_it_looks.over_training import thinned
from resnet_core.asking import untrained_card
from resnet_core.checkpoints import save_checkpoint
from resnet_core.explain import Attribution, MethodSettings, StepMap, Target, list_methods
from resnet_core.figures.map_pictures import MapStyle
from resnet_core.models import build_model
from resnet_core.runs.status import run_dir
from tests.pages.components import components
from tests.pages.conftest import OpenPage
from tests.pages.tile_sheets import press_tile, sent_bytes, settle, tile_picture, tile_rows

pytestmark = pytest.mark.usefixtures("no_shipped_nets")
PAGE = "where_it_looks"
GRID = "look_grid"


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return settle(at.run())


def texts(at: AppTest) -> str:
    return " ".join(element.value for element in [*at.caption, *at.warning, *at.error, *at.info])


def test_page_shows_maps_of_a_real_net_before_any_click(
    open_page: OpenPage, saved_run: str
) -> None:
    at = settle(open_page(PAGE))
    (row,) = tile_rows(at, GRID)
    assert "Residual, step 12" in row["title"]
    assert [caption for _, _, caption in row["tiles"]] == [
        "What the net sees",
        "Grad-CAM",
        "Layer-CAM",
        "Guided Grad-CAM",
        "Integrated gradients",
    ]
    assert any(note.startswith("says ") for note in row["notes"])
    seen, cam = tile_picture(row, 0).astype(int), tile_picture(row, 1).astype(int)
    assert np.abs(seen - cam).mean() > 2
    assert [header.value for header in at.header] == ["Grad\\-CAM at stage3\\.0"], (
        "the first, large"
    )


def test_page_shows_an_untrained_net_where_there_is_no_other(open_page: OpenPage) -> None:
    at = settle(open_page(PAGE))
    (row,) = tile_rows(at, GRID)
    assert row["title"] == "ResNet-20, untrained"


def test_page_opens_through_the_navigation(enter: OpenPage) -> None:
    assert tile_rows(settle(enter(PAGE)), GRID)


def test_page_says_that_a_map_of_one_cell_is_flat_and_what_to_take(open_page: OpenPage) -> None:
    at = open_page(PAGE)
    at.selectbox(key="probed_architecture").set_value("resnet18")
    settle(at.run())
    (layers,) = [m for m in at.multiselect if m.label.startswith("Layers")]
    assert layers.value == ["stage2.1"], "the deepest that tells places apart"
    layers.set_value(["stage4.1", "stage2.1"])
    settle(at.run())
    (warning,) = at.warning
    assert "one flat cell" in warning.value
    assert "take stage2" in warning.value
    first, second = tile_rows(at, GRID)
    assert first["tiles"][1][2] == "Grad-CAM, flat"
    assert second["tiles"][1][2] == "Grad-CAM"


def test_page_explains_one_class_against_another(open_page: OpenPage) -> None:
    at = open_page(PAGE)
    at.selectbox(key="look_target").set_value("one class against another").run()
    at.selectbox(key="look_class").set_value("star")
    at.selectbox(key="look_against").set_value("dots")
    settle(at.run())
    (row,) = tile_rows(at, GRID)
    assert "evidence for star against dots" in row["notes"]


def test_page_asks_about_classes_that_both_nets_know(open_page: OpenPage, home: Path) -> None:
    (home / "imported").mkdir()
    names = ("blob", "ring", *(f"other {number}" for number in range(8)))
    net_card = replace(untrained_card("resnet8"), name="brought", class_names=names)
    weights = build_model(net_card.model, seed=5).state_dict()
    save_checkpoint(home / "imported", net_card, weights)
    save_checkpoint(
        home / "imported", replace(untrained_card("resnet8"), name="also brought"), weights
    )
    at = settle(open_page(PAGE))
    at.toggle(key="probed_compare").set_value(True)
    settle(at.run())
    assert "share no two classes" in texts(at), "one class in common leaves no choice"
    assert len(tile_rows(at, GRID)) == 2, "each net explains what it predicts"
    assert not at.error


def test_page_compares_two_nets_on_the_same_picture(open_page: OpenPage, saved_run: str) -> None:
    at = open_page(PAGE)
    at.toggle(key="probed_compare").set_value(True).run()
    settle(at)
    first, second = tile_rows(at, GRID)
    assert "Residual" in first["title"]
    assert "Plain" in second["title"]
    seen = [tile_picture(row, 0).astype(int) for row in (first, second)]
    assert np.abs(seen[0] - seen[1]).mean() < 10, "the same but for the sheet's compression"


def test_page_shows_any_saved_step_of_a_run(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    before = tile_rows(at, GRID)[0]
    (steps,) = [slider for slider in at.select_slider if slider.label == "Saved step"]
    steps.set_value(0)
    settle(at.run())
    after = tile_rows(at, GRID)[0]
    assert "step 0" in after["title"]
    assert after["sheet"] != before["sheet"]


def test_page_takes_a_person_s_own_photograph(open_page: OpenPage) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (90, 160, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    at = open_page(PAGE)
    at.segmented_control(key="probed_origin").set_value("My own").run()
    assert not components(at, "look"), "no picture yet"
    at.file_uploader[0].upload("../<b>photo</b>.png", buffer.getvalue(), "image/png")
    settle(at.run())
    (row,) = tile_rows(at, GRID)
    assert row["tiles"][0][2] == "What the net sees"
    at.file_uploader[0].upload("bad.png", b"no picture at all", "image/png")
    settle(at.run())
    assert "bad" in texts(at)
    assert tile_rows(at, GRID), "the last good picture stays"


@pytest.mark.parametrize("form", ["map", "contours", "picture"])
def test_page_draws_maps_in_every_form(open_page: OpenPage, form: str) -> None:
    at = settle(open_page(PAGE))
    at.segmented_control(key="look_form").set_value(form)
    settle(at.run())
    (row,) = tile_rows(at, GRID)
    assert tile_picture(row, 1).shape == (256, 256, 3)


def test_page_offers_every_method_and_survives_none(open_page: OpenPage) -> None:
    at = settle(open_page(PAGE))
    methods = at.multiselect(key="look_methods")
    methods.set_value([])
    at.run()
    assert "at least one layer and one method" in texts(at)
    quick = [method.name for method in list_methods() if method.name != "occlusion"]
    at.multiselect(key="look_methods").set_value(quick)
    settle(at.run())
    (row,) = tile_rows(at, GRID)
    assert len(row["tiles"]) == 1 + len(quick)
    assert len(row["sheet"]) < 400_000


def test_page_says_that_a_checkpoint_is_gone(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    for path in (run_dir(saved_run) / "checkpoints").glob("0-*.safetensors"):
        path.write_bytes(b"damaged")
    (steps,) = [slider for slider in at.select_slider if slider.label == "Saved step"]
    steps.set_value(4)
    at.run()
    assert not at.exception
    assert "is not the file that its card describes" in texts(at).replace("\\", "")


def test_page_scores_maps_and_compares_them_with_chance(
    open_page: OpenPage, saved_run: str
) -> None:
    at = settle(open_page(PAGE))
    at.multiselect(key="look_methods").set_value(["grad-cam", "saliency"])
    at.segmented_control(key="look_view").set_value("Is it faithful?")
    settle(at.run())
    (row,) = tile_rows(at, "look_scores")
    captions = [caption for _, _, caption in row["tiles"]]
    assert [caption.partition(":")[0] for caption in captions] == ["Grad-CAM", "Saliency"]
    told = " ".join(element.value for element in at.markdown)
    for title in ("Grad\\-CAM", "Saliency"):
        assert f"random maps {title} beats" in told
    for caption in captions:
        deletion, insertion, road = (float(n) for n in re.findall(r"[-+]?\d\.\d\d", caption))
        assert 0 <= deletion <= 1
        assert 0 <= insertion <= 1
        assert -0.5 <= road <= 0.5
    for kind in ("Insertion", "ROAD, weakest first"):
        at.segmented_control(key="look_curves").set_value(kind)
        settle(at.run())


def test_page_lets_the_net_forget_when_asked(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    at.multiselect(key="look_methods").set_value(["grad-cam"])
    at.segmented_control(key="look_view").set_value("Is it faithful?")
    settle(at.run())
    press(at, "Let the net forget, block by block")
    (row,) = tile_rows(at, "look_sanity")
    parts = [caption.partition(" ")[0] for _, _, caption in row["tiles"]]
    assert parts == ["trained", "classifier", "stage3.0", "stage2.0", "stage1.0", "stem"]
    assert row["tiles"][0][2] == "trained net +1.00"


def test_page_shows_the_map_at_every_saved_step(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    at.toggle(key="probed_compare").set_value(True).run()
    at.segmented_control(key="look_view").set_value("Over training")
    settle(at.run())
    residual, plain_net = tile_rows(at, "look_steps")
    for row in (residual, plain_net):
        steps = [caption.partition(":")[0] for _, _, caption in row["tiles"]]
        assert steps == ["step 0", "step 4", "step 12"]
    assert [button.label for button in at.get("download_button")].count("Animation (GIF)") == 2  # pyright: ignore[reportAttributeAccessIssue] - a Block in the stubs


def test_page_says_that_an_untrained_net_has_no_steps(open_page: OpenPage) -> None:
    at = settle(open_page(PAGE))
    at.segmented_control(key="look_view").set_value("Over training")
    settle(at.run())
    assert "without the steps" in texts(at)


def test_page_shows_a_map_large_with_its_files(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    name = tile_rows(at, GRID)[0]["tiles"][1][0]
    press_tile(at, GRID, name)
    assert at.header[0].value.replace("\\", "") == "Grad-CAM at stage3.0"
    labels = [button.label for button in at.get("download_button")]  # pyright: ignore[reportAttributeAccessIssue] - a Block in the stubs
    assert labels == ["Picture (PNG)", "Map (NPY)", "Map (CSV)", "Manifest (JSON)"]


def test_page_sends_little_for_a_full_grid(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    at.toggle(key="probed_compare").set_value(True).run()
    (layers,) = [m for m in at.multiselect if m.label.startswith("Layers")]
    layers.set_value(["stage3.0", "stage2.0", "stage1.0", "stem"])
    methods = [method.name for method in list_methods() if method.name != "occlusion"]
    at.multiselect(key="look_methods").set_value(methods)
    settle(at.run())
    assert len(tile_rows(at, GRID)) == 8
    assert sent_bytes(at) < 1_500_000


def test_long_strips_keep_both_ends() -> None:
    steps = tuple(
        StepMap(step=step, card=untrained_card("resnet8"), attribution=_pixel_map(8))
        for step in range(100)
    )
    assert thinned(steps[:16]) == steps[:16]
    shown = [kept.step for kept in thinned(steps)]
    assert (len(shown), shown[0], shown[-1]) == (16, 0, 99)


def test_only_maps_whose_cells_can_be_counted_are_drawn_exactly() -> None:
    alone = MapStyle(form="map")
    assert is_exact(alone, [_pixel_map(8), _pixel_map(64)])
    assert not is_exact(alone, [_pixel_map(8), _pixel_map(224)])
    assert not is_exact(MapStyle(form="overlay"), [_pixel_map(8)])


def _pixel_map(side: int) -> Attribution:
    return Attribution(
        values=np.zeros((side, side), np.float32),
        channels=np.zeros((1, side, side), np.float32),
        method="saliency",
        layer=None,
        target=Target(class_index=0),
        is_signed=False,
        score=0.0,
        logits=np.zeros(10, np.float32),
        image_size_px=side,
        settings=MethodSettings(),
        time_s=0.0,
    )
