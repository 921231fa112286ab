"""The page run for real: answer, formula and figures of a block before any click."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import OpenPage
from tests.pages.tile_sheets import settle

PAGE = "take_apart"


def texts(at: AppTest) -> str:
    return " ".join(e.value for e in [*at.caption, *at.error, *at.info, *at.markdown, *at.text])


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


@pytest.mark.usefixtures("no_shipped_nets")
def test_page_shows_answer_formula_and_figures_before_any_click(
    open_page: OpenPage, saved_run: str
) -> None:
    at = settle(open_page(PAGE))
    assert "It says " in texts(at)
    assert at.title[0].value == "Take apart"
    assert "What each view" not in texts(at), "a text that stands alone would be shown"
    assert at.selectbox(key="apart_block").value == "stage2.0"
    assert r"\mathcal{B}(x) + " in at.latex[0].value
    assert {"norm of x", "norm of F(x)", "cosine of skip and F(x)"} <= metrics(at).keys()
    assert metrics(at)["gradient through the skip"].endswith("%")


@pytest.mark.usefixtures("no_shipped_nets")
def test_block_stands_in_the_address(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE))
    at.selectbox(key="apart_block").set_value("stage3.0")
    settle(at.run())
    assert at.query_params["apart_block"] == "stage3.0"
    again = settle(open_page(PAGE, apart_block="stage3.0"))
    assert metrics(again) == metrics(at)


@pytest.mark.usefixtures("no_shipped_nets")
def test_plain_net_has_no_skip_to_show(open_page: OpenPage, saved_run: str) -> None:
    at = settle(open_page(PAGE, probed_net=f"run/{saved_run}/1"))
    assert "gradient through the skip" not in metrics(at)
    assert "norm of F(x)" in metrics(at)


def test_page_opens_through_the_navigation(enter: OpenPage) -> None:
    at = settle(enter(PAGE))
    assert "It says " in texts(at)
    assert at.latex
