"""The page run for real: answer, formula and figures before any click, and switches that undo."""

import html
import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import OpenPage
from tests.pages.saved_runs import write_saved_run
from tests.pages.tile_sheets import settle, tile_rows

PAGE = "take_apart"


def texts(at: AppTest) -> str:
    shown = [*at.caption, *at.error, *at.info, *at.markdown, *at.text]
    return " ".join(element.value.replace("\\", "") for element in shown)


def table(at: AppTest) -> dict[str, list[str]]:
    """The figures of the block: the title of each row to its cells."""
    (found,) = [e.proto.body for e in at.get("html") if "<table" in e.proto.body]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in found.split("<tr>")[1:]]
    return {html.unescape(title): values for title, *values in cells}


def everything(at: AppTest) -> tuple[object, ...]:
    """All that a switch may change."""
    figures = [e.proto.json for e in at.get("bidi_component") if "apart_blocks" in e.proto.id]
    maps = [e.proto.json for e in at.get("bidi_component") if "apart-" in e.proto.id]
    return texts(at), table(at), figures, maps, [formula.value for formula in at.latex]


@pytest.mark.usefixtures("no_shipped_nets")
def test_page_shows_answer_formula_and_figures_before_any_click(
    open_page: OpenPage, saved_run: str
) -> None:
    at = settle(open_page(PAGE))
    assert "It says " in texts(at)
    assert "of 1,000 held pictures rightly" in texts(at)
    assert at.title[0].value == "Take apart"
    assert "What each view" not in texts(at), "a text that stands alone would be shown"
    assert at.selectbox(key="apart_block").value == "stage2.0"
    assert r"\mathcal{F}(x) + " in at.latex[0].value
    assert table(at)["stage2.0"] == ["as loaded"]
    assert table(at)["gradient by the skip"][0].endswith("%")
    assert len(tile_rows(at, "apart_evidence")[0]["tiles"]) == 2
    assert [row["title"] for row in tile_rows(at, "apart_maps_as-loaded")] == [
        "x, what enters",
        "F(x), the branch",
        "over the skip, times alpha",
        "their sum",
    ]
    assert [button.proto.label for button in at.get("download_button")] == [
        *("CSV", "PNG", "CSV", "PNG", "CSV", "NPZ"),
    ]


@pytest.mark.usefixtures("no_shipped_nets")
def test_block_stands_in_the_address(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    at.selectbox(key="apart_block").set_value("stage3.0")
    settle(at.run())
    assert at.query_params["apart_block"] == "stage3.0"
    again = settle(open_page(PAGE, apart_block="stage3.0"))
    assert table(again) == table(at)


@pytest.mark.usefixtures("no_shipped_nets")
def test_switches_change_all_and_undo_all_and_stand_in_the_address(
    open_page: OpenPage, saved_run: str
) -> None:
    at = settle(open_page(PAGE, apart_block="stage1.0"))
    before = everything(at)
    at.toggle(key="apart_skip").set_value(False)
    settle(at.run())
    cut = everything(at)
    assert at.query_params["apart_switches"] == "skip-0-stage1.0"
    assert "Without the skip of stage1.0 accuracy on 1,000 held pictures goes from" in texts(at)
    assert table(at)["norm over the skip"][0] == "0"
    assert table(at)["stage1.0"] == ["as switched", "as loaded"]
    assert at.slider(key="apart_alpha").value == 0
    assert r" + 0\,x" in at.latex[0].value
    assert all(one != other for one, other in zip(before, cut, strict=True))

    link = settle(open_page(PAGE, apart_block="stage1.0", apart_switches="skip-0-stage1.0"))
    assert everything(link) == cut
    del link.query_params["apart_switches"]  # Back
    assert everything(settle(link.run())) == before

    at.toggle(key="apart_skip").set_value(True)
    settle(at.run())
    assert "apart_switches" not in at.query_params
    assert everything(at) == before


@pytest.mark.usefixtures("no_shipped_nets")
def test_two_sessions_do_not_see_each_other_s_switches(open_page: OpenPage, saved_run: str) -> None:
    one = settle(open_page(PAGE))
    before = everything(one)
    other = settle(open_page(PAGE))
    other.toggle(key="apart_branch").set_value(False)
    settle(other.run())
    assert other.query_params["apart_switches"] == "drop-stage2.0"
    assert everything(settle(one.run())) == before
    assert everything(settle(open_page(PAGE))) == before


@pytest.mark.usefixtures("no_shipped_nets")
def test_a_stage_is_weighed_and_all_is_put_back(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    before = everything(at)
    at.segmented_control(key="apart_reach").set_value("stage").run()
    at.slider(key="apart_alpha").set_value(0.5)
    settle(at.run())
    assert at.query_params["apart_switches"] == "skip-0.5-stage2.0"
    assert "With the skip of stage2.0 at 0.5 accuracy" in texts(at)
    at.segmented_control(key="apart_reach").set_value("all").run()
    at.toggle(key="apart_branch").set_value(False)
    settle(at.run())
    assert at.query_params["apart_switches"] == "skip-0.5-stage2.0,drop-all"
    (back,) = [button for button in at.button if button.label == "Put all back"]
    back.click()
    settle(at.run())
    assert "apart_switches" not in at.query_params
    assert everything(at) == before


@pytest.mark.usefixtures("no_shipped_nets")
def test_what_an_address_cannot_mean_is_said(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE, apart_switches="drop-stage2.0,drop-stage9.9,nonsense"))
    assert "drop-stage9.9,nonsense" in texts(at)
    assert "Without the branch of stage2.0" in texts(at)


@pytest.mark.usefixtures("no_shipped_nets")
def test_plain_net_has_no_skip_and_says_which_branch_must_stay(
    open_page: OpenPage, saved_run: str
) -> None:
    plain = f"run/{saved_run}/1"
    at = settle(open_page(PAGE, probed_net=plain, apart_block="stage2.0"))
    assert "gradient by the skip" not in table(at)
    assert table(at)["norm of F(x)"][0] != "–"
    assert "norm of the sum" not in table(at)
    assert table(at)["norm of what leaves"][0] != "–"
    assert "share of it that comes back" not in texts(at)
    assert "it has no skip to switch. stage2.0 of plain8 changes the shape" in texts(at)
    assert at.toggle(key="apart_branch").disabled
    at.selectbox(key="apart_block").set_value("stage1.0")
    settle(at.run())
    assert "no skip to switch, only its branches" in texts(at)
    at.toggle(key="apart_branch").set_value(False)
    settle(at.run())
    assert "Without the branch of stage1.0 accuracy" in texts(at)


def test_densenet_has_answer_maps_and_gradient_and_one_sentence_for_its_switches(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.ui.take_apart.measuring.NUM_MANY", 120)
    dense = {"probed_net": "untrained", "probed_architecture": "densenet40_12"}
    at = settle(open_page(PAGE, **dense))
    assert "there is no sum to cut a skip from, and no block can be left out" in texts(at)
    assert not [toggle for toggle in at.toggle if str(toggle.key).startswith("apart")]
    assert "It says " in texts(at)
    assert table(at)["gradient behind it"][0] != "–"
    assert [row["title"] for row in tile_rows(at, "apart_maps_as-loaded")] == [
        "x, what enters",
        "F(x), the branch",
    ]
    assert len(tile_rows(at, "apart_evidence")[0]["tiles"]) == 2


@pytest.mark.usefixtures("no_shipped_nets")
def test_switches_that_another_net_does_not_have_are_left_out(open_page: OpenPage, home) -> None:
    run = write_saved_run()
    at = settle(open_page(PAGE, apart_switches="skip-0-stage1.0,drop-stage1.0"))
    at.selectbox(key="probed_net").set_value(f"run/{run}/1")
    settle(at.run())
    assert "Without the branch of stage1.0 accuracy" in texts(at)


def test_page_opens_through_the_navigation(enter: OpenPage) -> None:
    at = settle(enter(PAGE))
    assert "It says " in texts(at)
    assert at.latex
