"""Nets of others on the pages: small ones that a server's owner named, torchvision's by name."""

import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from pages.ui.choosing.other_nets import load_other_net
from resnet_core.others import listed_request
from resnet_core.others.brought_weights import MOST_WEIGHTS_KEPT, keep_weights, list_brought_weights
from tests.pages.components import shown_figure
from tests.pages.conftest import OpenPage
from tests.pages.other_nets import BUILDING_MAY_END, VALUE, build_adding
from tests.pages.tile_sheets import settle, tile_rows

PATIENCE_S = 240.0

pytestmark = pytest.mark.usefixtures("no_shipped_nets", "owners_nets")


@pytest.fixture
def owners_nets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESNET_LAB_PLUGINS", VALUE)


def said(at: AppTest) -> str:
    elements = [*at.caption, *at.info, *at.error, *at.markdown, *at.warning]
    return " ".join(element.value for element in elements).replace("\\", "").replace("**", "")


def test_maps_show_where_a_net_of_others_looks(open_page: OpenPage) -> None:
    at = settle(open_page("where_it_looks", probed_net="others", probed_module="adding"))
    (row,) = tile_rows(at, "look_grid")
    assert row["title"] == "adding, untrained" and len(row["tiles"]) == 5
    assert any(note.startswith("says class ") for note in row["notes"])
    assert "untrained" in said(at) and "mean nothing" in said(at)
    layers = next(box for box in at.multiselect if box.label.startswith("Layers"))
    assert "stem.2  (ReLU, 16x16, 8 channels)" in layers.options


def test_faithfulness_is_measured_and_forgetting_is_not_offered(open_page: OpenPage) -> None:
    query = {"probed_net": "others", "probed_module": "adding", "look_methods": "grad-cam"}
    at = settle(open_page("where_it_looks", look_view="Is it faithful?", **query))
    (row,) = tile_rows(at, "look_scores")
    assert "deletion" in row["tiles"][0][2] and "ROAD" in row["tiles"][0][2]
    assert "Of nets of others nobody told which blocks may forget" in said(at)


def test_feature_maps_show_every_layer_and_one_channel(open_page: OpenPage) -> None:
    at = settle(
        open_page(
            "feature_maps",
            probed_net="others",
            probed_module="adding",
            maps_layer="stem.2",
            maps_channel="3",
        )
    )
    assert [row["title"] for row in tile_rows(at, "maps_glance")][:3] == [
        "stem.0",
        "stem.1",
        "stem.2",
    ]
    assert any("Channel 3 of stem" in header.value for header in at.header)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("straight", "nothing goes around a layer"), ("tokens", "but what it adds are tokens")],
)
def test_net_without_sums_of_maps_gets_a_sentence(
    open_page: OpenPage, name: str, sentence: str
) -> None:
    query = {"probed_net": "others", "probed_module": name}
    at = settle(open_page("feature_maps", maps_view="Parts of a block", **query))
    assert sentence in said(at)


def test_sums_of_a_net_are_shown_in_maps(open_page: OpenPage) -> None:
    query = {"probed_net": "others", "probed_module": "adding"}
    at = settle(open_page("feature_maps", maps_view="Parts of a block", **query))
    rows = tile_rows(at, "maps_sum_tiles")
    assert [row["title"].partition(",")[0] for row in rows] == [
        "x",
        "F(x)",
        "x + F(x)",
    ]


@pytest.mark.parametrize("page", ["feature_maps", "where_it_looks"])
def test_net_of_tokens_says_what_is_missing(open_page: OpenPage, page: str) -> None:
    at = settle(open_page(page, probed_net="others", probed_module="tokens"))
    assert "tokens has no maps to look at" in said(at) and not at.error


def test_classify_answers_and_says_what_is_not_for_nets_of_others(open_page: OpenPage) -> None:
    at = settle(open_page("classify", classify_net="others", classify_module="adding"))
    assert "sure" in said(at) and "mean nothing" in said(at)
    assert "not calibrated." in said(at), "where it could be is not for nets of others"
    at.session_state["classify_tab"] = "On a labelled set"
    assert "it is not measured on sets" in said(at.run())


def test_classify_shows_a_net_of_tokens_without_a_map(open_page: OpenPage) -> None:
    at = settle(open_page("classify", classify_net="others", classify_module="tokens"))
    assert "sure" in said(at) and not at.error
    assert any("no feature maps and no CAM" in caption.value for caption in at.caption)


@pytest.mark.parametrize(
    ("name", "sentence", "has_anatomy"),
    [
        ("adding", "adds a skip to a branch in one place", True),
        ("straight", "nothing goes around a layer", False),
        ("tokens", "sums of tokens without height and width", True),
    ],
)
def test_gradient_flow_shows_layers_and_skip_anatomy(
    open_page: OpenPage, name: str, sentence: str, has_anatomy: bool
) -> None:
    at = settle(open_page("gradient_flow", view="Others", flow_module=name))
    assert f"Gradient of the weights of {name} at the start." in said(at)
    assert f"{name}, untrained, as it was built, of 3 seeds, 4 pictures of 32 px" in said(at)
    assert sentence in said(at)
    assert shown_figure(at, "flow_of_others") is not None
    assert (shown_figure(at, "anatomy_of_others") is not None) == has_anatomy


def test_pictures_and_seeds_of_a_gradient_stand_in_the_address(open_page: OpenPage) -> None:
    words = {
        "flow_pictures": "noise",
        "flow_batch": "2",
        "flow_seeds": "1",
        "flow_module_seed": "7",
    }
    at = settle(open_page("gradient_flow", view="Others", flow_module="adding", **words))
    assert "of 1 seed, 2 pictures of 32 px" in said(at) and "Pictures: noise" in said(at)
    assert "pictures of seed 7" in said(at)
    at.select_slider(key="flow_seeds").set_value(3)
    assert "of 3 seeds, 2 pictures" in said(settle(at.run()))
    assert _words(at)["flow_seeds"] == "3"


def test_architecture_counts_every_module(open_page: OpenPage) -> None:
    at = settle(open_page("architecture", net="torchvision:resnet18"))
    assert "torchvision:resnet18: 11,689,512 parameters, 1.81 G multiply-adds" in said(at)
    (table,) = at.dataframe
    assert table.value["Layer"].tolist()[0] == "conv1"
    assert sum(table.value["Parameters"].tolist()) == 11_689_512
    at = settle(open_page("architecture", net="resnet20"))
    assert "parameters" in said(at) and "11,689,512" not in said(at)


def test_torchvisions_nets_are_listed_and_code_in_an_address_never_runs(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "strange_code.py").write_text("raise SystemExit('it ran')")
    monkeypatch.syspath_prepend(tmp_path)
    at = settle(open_page("gradient_flow", view="Others", flow_module="strange_code:build"))
    box = at.selectbox(key="flow_module")
    assert {"torchvision:resnet18", "torchvision:vit_b_16", "adding"} <= set(box.options)
    assert "strange_code" not in sys.modules
    assert "which is not to be had here" in said(at)


def test_weights_from_a_file_take_the_place_of_first_ones(
    open_page: OpenPage, tmp_path: Path
) -> None:
    torch.manual_seed(7)
    file = tmp_path / "mine.pt"
    torch.save(build_adding().state_dict(), file)
    at = open_page("classify", classify_net="others", classify_module="adding")
    uploader = next(u for u in at.file_uploader if u.label.startswith("Weights"))
    uploader.set_value([("mine.pt", file.read_bytes(), "application/octet-stream")])
    at = settle(at.run())
    (kept,) = list_brought_weights()
    assert at.query_params["classify_module_weights"] == kept.key
    assert "mean nothing" not in said(at) and "sure" in said(at)
    reopened = settle(open_page("classify", **_words(at)))
    assert reopened.selectbox(key="classify_module_weights").value == kept.key


def _words(at: AppTest) -> dict[str, str]:
    return {key: str(at.query_params[key]) for key in at.query_params}


def test_newest_files_of_weights_are_kept_once_for_each_content() -> None:
    for number in range(MOST_WEIGHTS_KEPT + 2):
        keep_weights(bytes([number]), f"../{number}.pt")
    again = keep_weights(bytes([MOST_WEIGHTS_KEPT + 1]), "other name.pt")
    kept = list_brought_weights()
    assert len(kept) == MOST_WEIGHTS_KEPT and again.title == f"{MOST_WEIGHTS_KEPT + 1}.pt"
    assert again.key in {each.key for each in kept}


def test_net_is_loaded_once_for_all_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.choosing.other_nets.shown", lambda job, _: job)

    def load(seed: int) -> Any:
        job: Any = load_other_net(listed_request("adding", seed=seed))
        return job.result() if job.wait(PATIENCE_S) else None

    first = load(3)
    assert first is not None and load(3) is first
    for seed in range(4, 8):
        load(seed)
    assert load(3) is not first, "few of them stay in memory"


def test_loading_is_a_job_that_can_be_stopped(open_page: OpenPage) -> None:
    BUILDING_MAY_END.clear()
    at = open_page("classify", classify_net="others", classify_module="waits")
    try:
        stop = next(button for button in at.button if button.label == "Stop")
        assert not at.tabs, "nothing is asked of a net that is not there"
        stop.click()
        at.run()
    finally:
        BUILDING_MAY_END.set()
    at = settle(at)
    assert "Stopped." in [text.value for text in at.text]
    next(button for button in at.button if button.label == "Start again").click()
    assert "sure" in said(settle(at.run()))


@pytest.mark.parametrize(
    ("page", "query", "sentence"),
    [
        ("gradient_flow", {"net": "torchvision:resnet18"}, "the lab's own nets alone"),
        ("train", {"net": "torchvision:resnet18"}, "the lab's own nets alone"),
        ("take_apart", {"net": "torchvision:resnet18"}, "the lab's own nets alone"),
        ("take_apart", {"probed_net": "others"}, "which is not to be had here"),
    ],
)
def test_address_of_a_page_that_takes_no_nets_of_others_says_so(
    open_page: OpenPage, page: str, query: dict[str, str], sentence: str
) -> None:
    assert sentence in said(settle(open_page(page, **query)))
