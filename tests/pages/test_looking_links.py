"""Views of Where it looks and Feature maps are links: what was chosen stands in the address."""

import io
from urllib.parse import parse_qs

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from resnet_core.asking import untrained_card
from resnet_core.asking.photographs import knows_photographs, net_of_photographs
from tests.pages.conftest import OpenPage
from tests.pages.saved_runs import write_saved_run
from tests.pages.tile_sheets import press_tile, settle, tile_rows

GRID = "look_grid"


def _sentences(at: AppTest) -> str:
    return " ".join(element.value.replace("\\", "") for element in [*at.info, *at.caption])


def _go(at: AppTest, **address: str) -> AppTest:
    """What a link, Back or Forward bring to a page that is open."""
    at.query_params.clear()
    for name, word in address.items():
        at.query_params[name] = word
    return settle(at.run())


@pytest.mark.usefixtures("no_shipped_nets")
def test_a_link_restores_net_step_picture_layer_methods_tab_and_map(
    open_page: OpenPage, saved_run: str
) -> None:
    at = settle(open_page("where_it_looks"))
    at.selectbox(key="probed_net").set_value(f"run/{saved_run}/1").run()
    at.select_slider(key=f"probed_step_{saved_run}_1").set_value(4).run()
    press_tile(settle(at), "probed_synthetic_tiles", "7")
    at.multiselect(key="look_layers_plain8_32_blocks").set_value(["stage1.0", "stem"])
    at.multiselect(key="look_methods").set_value(["grad-cam++", "saliency"])
    settle(at.run())
    row = tile_rows(at, GRID)[1]
    press_tile(at, GRID, row["tiles"][1][0])
    heading = at.header[0].value
    address = {name: at.query_params[name] for name in at.query_params}

    again = settle(open_page("where_it_looks", **address))
    assert again.header[0].value == heading
    assert heading.replace("\\", "") == "Grad-CAM++ at stem"
    assert tile_rows(again, GRID)[1] == row
    assert not again.info

    _go(again)
    assert "Residual, step 12" in tile_rows(again, GRID)[0]["title"]
    assert again.header[0].value.replace("\\", "").startswith("Grad-CAM at"), "the first map"


@pytest.mark.usefixtures("no_shipped_nets")
def test_a_link_to_a_run_shows_its_nets_wherever_one_comes_from(
    open_page: OpenPage, saved_run: str
) -> None:
    runs = (saved_run, write_saved_run("Another"))
    at = settle(open_page("feature_maps"))
    usual = str(at.selectbox(key="probed_net").value)
    linked = next(run for run in runs if run not in usual)
    _go(at, probed_net="untrained")
    _go(at, run=linked)
    assert at.selectbox(key="probed_net").value == f"run/{linked}/0"
    at.selectbox(key="probed_net").set_value("untrained")
    settle(at.run())
    assert at.selectbox(key="probed_net").value == "untrained", "who chooses another is obeyed"


@pytest.mark.usefixtures("no_shipped_nets")
def test_ways_on_from_a_block_show_the_same_net_and_picture(
    enter: OpenPage, saved_run: str
) -> None:
    same = {"probed_net": f"run/{saved_run}/1", "probed_synthetic_number": "7"}
    at = settle(enter("take_apart", **same))
    ways = {link.label: parse_qs(link.query_string) for link in at.page_link if link.query_string}
    for label in ("All channels as loaded", "Other maps"):
        assert {name: ways[label][name] for name in same} == {n: [w] for n, w in same.items()}


@pytest.mark.usefixtures("no_shipped_nets")
def test_back_undoes_a_layer_and_a_channel(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page("feature_maps"))
    press_tile(at, "maps_glance", "stage1.0/2")
    assert at.query_params["maps_layer"] == "stage1.0"
    assert at.query_params["maps_channel"] == "2"

    again = settle(open_page("feature_maps", maps_layer="stage1.0", maps_channel="2"))
    assert again.header[0].value == at.header[0].value

    _go(again, maps_layer="stage1.0")
    assert not again.header
    _go(again)
    assert tile_rows(again, "maps_layer_")[0]["title"].startswith("stage3.0")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("probed_net", "kept/never-was"),
        ("probed_net", "run/20200101-000000-none-0000/0"),
        ("probed_synthetic_number", "99999"),
        ("run", "20200101-000000-none-0000"),
    ],
)
@pytest.mark.usefixtures("no_shipped_nets")
def test_what_is_not_there_gets_one_sentence(open_page: OpenPage, name: str, word: str) -> None:
    at = settle(open_page("where_it_looks", **{name: word}))
    assert len(at.info) == 1
    assert word in _sentences(at)
    assert tile_rows(at, GRID), "what is there instead is shown"


@pytest.mark.parametrize(
    "address",
    [
        {"maps_layer": "never-was"},
        {"maps_layer": "stage1.0", "maps_channel": "never-was"},
        {"maps_layer": "stage1.0", "maps_channel": "99999"},
    ],
)
@pytest.mark.usefixtures("no_shipped_nets")
def test_a_layer_or_a_channel_that_is_not_there_is_said(
    open_page: OpenPage, address: dict[str, str]
) -> None:
    at = settle(open_page("feature_maps", **address))
    *_, wanted = address.values()
    assert wanted in _sentences(at)
    assert tile_rows(at, "maps_layer_"), "what is there instead is shown"


@pytest.mark.usefixtures("no_shipped_nets")
def test_too_many_layers_in_a_link_are_cut(open_page: OpenPage) -> None:
    layers = "stem,stem,stage1.0,stage1.1,stage2.0,stage2.1"
    at = settle(open_page("where_it_looks", look_layers_resnet20_32_blocks=layers))
    assert len(tile_rows(at, GRID)) == 4


def test_a_person_s_picture_chooses_a_net_of_photographs(open_page: OpenPage) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.full((40, 40, 3), 90, np.uint8)).save(buffer, "PNG")
    at = settle(open_page("where_it_looks", probed_net="kept/resnet20-synthetic"))
    assert not at.warning, "one of its own test pictures"
    at.segmented_control(key="probed_origin").set_value("My own").run()
    at.file_uploader[0].upload("grey.png", buffer.getvalue(), "image/png")
    settle(at.run())
    assert "CIFAR-10" in tile_rows(at, GRID)[0]["title"]
    assert "A net of photographs was chosen" in _sentences(at)
    assert at.query_params["probed_net"] == at.selectbox(key="probed_net").value
    (strange,) = at.warning
    assert "Unlike 95" in strange.value
    assert "its answer may mean nothing" in strange.value

    at.selectbox(key="probed_net").set_value("kept/resnet20-synthetic")
    settle(at.run())
    assert "Synthetic" in tile_rows(at, GRID)[0]["title"], "who insists is obeyed"
    assert "no photographs" in _sentences(at)


def test_nets_of_drawn_figures_and_gray_pictures_know_no_photographs() -> None:
    drawn = untrained_card("resnet8")
    assert not knows_photographs(drawn)
    assert net_of_photographs([drawn]) is None


def test_layers_stay_chosen_when_more_of_them_are_offered(
    open_page: OpenPage, saved_run: str
) -> None:
    at = settle(open_page("where_it_looks", probed_net=f"run/{saved_run}/1"))
    key = "look_layers_plain8_32_blocks"
    at.multiselect(key=key).set_value(["stage1.0", "stem"])
    settle(at.run())
    at.toggle(key="look_every").set_value(True)
    settle(at.run())
    assert at.multiselect(key=key).value == ["stage1.0", "stem"]
    at.multiselect(key=key).set_value(["stage1.0", "stage2.0.conv1"])
    settle(at.run())
    at.toggle(key="look_every").set_value(False)
    settle(at.run())
    assert at.multiselect(key=key).value == ["stage1.0"], "what is offered no more is left out"


@pytest.mark.parametrize(
    ("page", "view", "tiles"),
    [("where_it_looks", "look_view", "look_steps"), ("feature_maps", "maps_view", "maps_learning")],
)
def test_over_training_shows_the_shipped_nets_before_any_run(
    open_page: OpenPage, page: str, view: str, tiles: str
) -> None:
    at = settle(open_page(page, probed_net="kept/resnet20-synthetic", **{view: "over-training"}))
    assert "two nets that ship with the lab" in _sentences(at)
    assert tile_rows(at, tiles)
    told = " ".join(element.value.replace("\\", "") for element in at.markdown)
    assert "ResNet-56 narrow" in told
    assert "Plain-56 narrow" in told
