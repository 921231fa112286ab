"""The view Lesions run for real: a stored result at once, a measurement that can be asked for."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.take_apart.lesions import measured_words
from resnet_core.errors import ProbeError
from resnet_core.stored import StoredMeasurement
from tests.pages.conftest import OpenPage
from tests.pages.tile_sheets import settle
from tests.probes.test_lesion_sentences import bench

PAGE, VIEW = "take_apart", {"apart_view": "lesions"}
QUICK = {**VIEW, "lesion_count": "100", "lesion_again": "off", "lesion_draws": "0"}


def texts(at: AppTest) -> str:
    return " ".join(e.value for e in [*at.caption, *at.error, *at.info, *at.markdown, *at.warning])


def button(at: AppTest, label: str):
    return next(each for each in at.button if each.label == label)


def test_the_shipped_pair_is_shown_before_anything_is_measured(open_page: OpenPage) -> None:
    at = open_page(PAGE, **VIEW)
    assert not any(each.label == "Stop" for each in at.button)
    said = texts(at)
    assert "As they are\\: ResNet\\-20 keeps more than half of what it knows above chance" in said
    assert "Veit et al\\. 2016" in said
    assert "ResNet\\-20 gets" in said
    assert "Plain\\-20 gets" in said
    assert "Over 5 draws" in said
    assert "Measured on 20" in said
    assert button(at, "Measure it here")


@pytest.mark.usefixtures("no_shipped_nets")
def test_a_net_is_measured_when_it_is_asked_for_and_found_again(
    open_page: OpenPage, saved_run: str
) -> None:
    nets = {"probed_net": f"run/{saved_run}/0", "lesion_other_net": f"run/{saved_run}/1"}
    at = open_page(PAGE, **QUICK, **nets)
    assert "Removing" not in texts(at)
    assert not at.info
    button(at, "Remove every block").click()
    at = settle(at.run())
    assert not at.error, texts(at)
    assert at.info
    assert "recalibrated" not in at.info[0].value
    again = open_page(PAGE, **QUICK, **nets)
    assert again.info[0].value == at.info[0].value


@pytest.mark.usefixtures("no_shipped_nets")
def test_a_net_that_was_measured_before_is_not_removed_from_again(
    open_page: OpenPage, saved_run: str
) -> None:
    nets = {"probed_net": f"run/{saved_run}/0", "lesion_other_net": f"run/{saved_run}/1"}
    asked = {**QUICK, **nets, "lesion_seed": "5"}  # asked by no other test: jobs outlive one
    at = open_page(PAGE, **asked, lesion_beside="off")
    button(at, "Remove every block").click()
    settle(at.run())
    both = open_page(PAGE, **asked)
    assert "1 of 2 nets was measured before and is kept" in texts(both)
    assert "3 blocks, each on 100 pictures" in texts(both)
    button(both, "Remove every block").click()
    both = settle(both.run())
    assert both.info
    assert "1 of 2 nets" not in texts(both)


def test_another_choice_is_a_link(open_page: OpenPage) -> None:
    at = open_page(PAGE, **VIEW, lesion_beside="off")
    assert "Choose a plain net to compare with" in texts(at)
    at.toggle(key="lesion_beside").set_value(True)
    at.run()
    assert at.query_params["lesion_beside"] == "on"
    at.number_input(key="lesion_draws").set_value(1)
    at.run()
    assert "Blocks are drawn at random 2 to 20 times" in texts(at)


@pytest.mark.usefixtures("no_shipped_nets")
def test_what_both_nets_meet_is_said_once(
    open_page: OpenPage, saved_run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ProbeError("The set has 4 test pictures: choose a larger data set.")

    monkeypatch.setattr("pages.ui.take_apart.asked_lesions.lesion_question", refuse)
    nets = {"probed_net": f"run/{saved_run}/0", "lesion_other_net": f"run/{saved_run}/1"}
    at = open_page(PAGE, **QUICK, **nets, lesion_seed="6")
    assert "choose a larger data set" in texts(at)
    assert len(at.error) == 1


def test_each_net_is_said_where_it_was_measured_if_the_places_differ() -> None:
    first = StoredMeasurement(
        result=bench(800, elapsed_s=2.0), date="2026-01-02", hardware="A", code="", question={}
    )
    second = replace(first, result=bench(700, elapsed_s=3.0))
    alike = "Measured on 2026-01-02 with A in 2.0 s and 3.0 s."
    assert measured_words({"R": first, "P": second}) == alike
    elsewhere = replace(second, date="2026-03-04", hardware="B")
    assert measured_words({"R": first, "P": elsewhere}) == (
        "Measured: R on 2026-01-02 with A in 2.0 s; P on 2026-03-04 with B in 3.0 s."
    )
