"""The page run for real: the net at a glance before any click, then down to a channel."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import OpenPage
from tests.pages.tile_sheets import press_tile, sent_bytes, settle, tile_rows

pytestmark = pytest.mark.usefixtures("no_shipped_nets")
PAGE = "feature_maps"
GLANCE = "maps_glance"


def texts(at: AppTest) -> str:
    return " ".join(e.value for e in [*at.caption, *at.error, *at.info, *at.markdown, *at.text])


def layer_row(at: AppTest) -> dict:
    return tile_rows(at, "maps_layer_")[0]


def show(at: AppTest, view: str) -> AppTest:
    at.segmented_control(key="maps_view").set_value(view)
    return settle(at.run())


def test_page_shows_the_whole_net_before_any_click(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    rows = tile_rows(at, GLANCE)
    assert [row["title"] for row in rows] == ["stem", "stage1.0", "stage2.0", "stage3.0"]
    assert [row["notes"][0] for row in rows] == ["32x32", "32x32", "16x16", "8x8"]
    assert rows[1]["notes"][1:] == ["4 channels", "sees 7 px"]
    assert layer_row(at)["title"].startswith("stage3.0")
    assert sent_bytes(at) < 1_500_000


def test_page_opens_through_the_navigation(enter: OpenPage) -> None:
    at = settle(enter(PAGE))
    assert len(tile_rows(at, GLANCE)) == 10
    assert sent_bytes(at) < 1_500_000


def test_page_opens_a_layer_and_a_channel_with_what_excites_it(
    open_page: OpenPage, saved_run: str
) -> None:
    at = settle(open_page(PAGE))
    press_tile(at, GLANCE, "stage2.0")
    assert layer_row(at)["title"].startswith("stage2.0")
    assert "Press a layer" in texts(at)
    press_tile(at, GLANCE, "stage1.0/2")
    assert "Channel 2 of stage1" in at.header[0].value
    whole, crops = tile_rows(at, "maps_strongest")
    assert len(whole["tiles"]) == len(crops["tiles"]) == 9
    assert crops["notes"] == ["7 px a side, cut at the borders"]
    assert "What excites it most among" in texts(at)
    assert "of its places are not above zero" in texts(at)
    assert "CSV" in [button.label for button in at.get("download_button")]  # pyright: ignore[reportAttributeAccessIssue] - a Block in the stubs


def test_page_opens_a_channel_of_the_layer_that_is_open_at_first(
    open_page: OpenPage, saved_run: str
) -> None:
    at = settle(open_page(PAGE))
    at.toggle(key="probed_compare").set_value(True).run()
    press_tile(settle(at), "maps_layer_", "1")
    headings = [heading.value.replace("\\", "") for heading in at.header]
    assert [heading.partition(", Tiny")[0] for heading in headings] == [
        "Channel 1 of stage3.0"
    ] * 2, "in both nets"


@pytest.mark.parametrize("order", ["variance", "selectivity", "number"])
def test_page_sorts_channels(open_page: OpenPage, saved_run: str, order: str) -> None:
    at = settle(open_page(PAGE))
    at.selectbox(key="maps_order").set_value(order)
    settle(at.run())
    labels = [label for _, label, _ in layer_row(at)["tiles"]]
    values = [float(label.rpartition(" ")[2]) for label in labels]
    assert values == sorted(values, reverse=order != "number")


def test_page_turns_pages_of_a_layer_with_many_channels(open_page: OpenPage) -> None:
    at = open_page(PAGE)
    at.selectbox(key="probed_architecture").set_value("resnet50")
    settle(at.run())
    assert layer_row(at)["title"].startswith("stage2.3"), "the deepest that tells places apart"
    press_tile(at, GLANCE, "stage4.2")
    assert "one flat cell" in texts(at)
    first = layer_row(at)
    assert first["notes"][:2] == ["1x1", "2048 channels"]
    assert len(first["tiles"]) == 64
    (page,) = [number for number in at.number_input if number.label == "Page of 32"]
    page.set_value(2)
    settle(at.run())
    second = layer_row(at)
    names = {name for name, _, _ in first["tiles"]} & {name for name, _, _ in second["tiles"]}
    assert not names
    assert sent_bytes(at) < 1_500_000


def test_page_shows_the_parts_of_a_block_in_both_twins(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    at.toggle(key="probed_compare").set_value(True).run()
    show(at, "Parts of a block")
    residual, plain = tile_rows(at, "maps_block_0"), tile_rows(at, "maps_block_1")
    assert [row["title"][:4] for row in residual] == ["x, o", "F(x)", "x + "]
    assert any("cosine" in note for note in residual[2]["notes"])
    assert len(plain) == 1
    assert "F(x)" in plain[0]["title"]


def test_page_shows_a_layer_at_every_saved_step(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    show(at, "Over training")
    titles = [row["title"] for row in tile_rows(at, "maps_learning_all")]
    assert titles == ["step 0", "step 4", "step 12"]
    (last,) = tile_rows(at, "maps_learning_one")
    assert last["title"] == "step 12"
    at.select_slider(key=f"maps_learning_step_{saved_run}_0").set_value(0)
    settle(at.run())
    (first,) = tile_rows(at, "maps_learning_one")
    assert first["title"] == "step 0"
    assert first["sheet"] != last["sheet"]


def test_page_shows_twins_learning(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    at.toggle(key="probed_compare").set_value(True).run()
    show(at, "Over training")
    keys = [slider.key for slider in at.select_slider if slider.label == "Step"]
    assert keys == [f"maps_learning_step_{saved_run}_{arm}" for arm in (0, 1)]


def test_page_shows_two_steps_of_one_net_side_by_side(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    at.toggle(key="probed_compare").set_value(True).run()
    at.selectbox(key="probed_other_net").set_value(f"run/{saved_run}/0").run()
    at.select_slider(key=f"probed_other_step_{saved_run}_0").set_value(0)
    settle(at.run())
    titles = [row["title"] for row in tile_rows(at, "maps_layer_")]
    assert titles == ["stage3.0, Tiny: Residual, step 12"]
    show(at, "Over training")
    assert len(tile_rows(at, "maps_learning_all")) == 3


def test_page_compares_nets_of_different_depth(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    at.selectbox(key="probed_net").set_value("untrained").run()
    at.selectbox(key="probed_architecture").set_value("resnet32").run()
    at.toggle(key="probed_compare").set_value(True).run()
    at.selectbox(key="probed_other_net").set_value(f"run/{saved_run}/0")
    settle(at.run())
    assert not at.error
    shown = [e.proto.json for e in at.get("bidi_component") if "maps-layer" in e.proto.id]
    assert ["stage3.4," in shown[0], "stage3.0, Tiny" in shown[1]] == [True, True]
    show(at, "Parts of a block")
    assert len(tile_rows(at, "maps_block_1")) == 3
    assert not at.error


def test_page_says_that_an_untrained_net_has_no_steps(open_page: OpenPage) -> None:
    at = show(settle(open_page(PAGE)), "Over training")
    assert "without the steps" in at.info[0].value


def test_page_shows_the_first_filters(open_page: OpenPage) -> None:
    at = show(settle(open_page(PAGE)), "First filters")
    (row,) = tile_rows(at, "maps_filters")
    assert (row["width"], row["height"], len(row["tiles"])) == (3, 3, 16)
