"""Gradients of nets that train, on the Gradient flow page: the first steps, and runs."""

import pytest

from pages.ui.gradient_flow import during_training
from resnet_core.runs.status import create_run
from tests.pages.conftest import OpenPage
from tests.pages.gradient_page import SMALL, figure, settled
from tests.pages.tiny import tiny_experiment

pytestmark = pytest.mark.usefixtures("no_old_jobs")


def test_the_first_steps_are_measured_and_the_step_is_in_the_address(open_page: OpenPage):
    link = {**SMALL, "pictures": "Synthetic figures", "at_step": "7"}
    at = settled(open_page("gradient_flow", view="First 30 steps", **link))
    drawn = figure(at, "gradient-first-steps")
    measured = [trace for trace in drawn["data"] if trace["meta"]["kind"] == "measured"]
    assert [len(trace["y"]) for trace in measured] == [30, 7, 30, 7]
    assert drawn["layout"]["annotations"][1]["text"] == "Over depth, at step 7"
    assert "3 seeds): ResNet-8 ×" in at.info[0].value.replace("\\", "")
    next(slider for slider in at.slider if slider.label == "Step of the profile").set_value(9).run()
    titles = figure(settled(at), "gradient-first-steps")["layout"]["annotations"]
    assert titles[1]["text"] == "Over depth, at step 9"


def test_the_first_steps_of_noise_are_refused_in_a_sentence(open_page: OpenPage):
    at = settled(open_page("gradient_flow", view="First 30 steps", **SMALL))
    assert "name a data set, not noise" in at.error[0].value.replace("\\", "")


def test_without_a_run_the_one_of_the_lab_is_shown(open_page: OpenPage):
    at = settled(open_page("gradient_flow", view="While training"))
    assert [trace["type"] for trace in figure(at, "gradient-heatmap")["data"]] == 2 * ["heatmap"]
    assert any("This run comes with the lab" in text.value for text in at.caption)
    assert "runs" not in at.query_params


def test_without_any_run_the_way_to_one_is_shown(open_page: OpenPage, monkeypatch):
    monkeypatch.setattr(during_training, "find_stored_demo", lambda: None)
    at = open_page("gradient_flow", view="While training")
    assert "No run has measured its gradients yet" in at.info[0].value


def test_a_run_before_its_first_step_is_no_error(open_page: OpenPage, home):
    run_id = create_run(tiny_experiment(home, "New")).name
    at = open_page("gradient_flow", view="While training", runs=run_id)
    assert "comes with the first step" in at.info[0].value
    assert not at.error


def test_a_finished_run_is_shown_with_its_anatomy(open_page: OpenPage, finished_run: str):
    at = settled(open_page("gradient_flow", view="While training"))
    heatmap = figure(at, "gradient-heatmap")
    assert [trace["type"] for trace in heatmap["data"]] == ["heatmap", "heatmap"]
    assert len(heatmap["data"][0]["x"]) == 12
    assert len(figure(at, "gradient-anatomy")["data"]) == 6
    assert figure(at, "gradient-step")["layout"]["annotations"][0]["text"] == "At step 12"
    assert "runs" not in at.query_params, "what opens a page writes no entry of its history"
    said = " ".join(info.value for info in at.info).replace("\\", "")
    assert "Gradient norm at step 12, first over last layer: Residual ×" in said


def test_the_scrubber_moves_the_profile(open_page: OpenPage, finished_run: str):
    link = {"view": "While training", "newest": "false", "step": "3", "runs": finished_run}
    at = settled(open_page("gradient_flow", **link))
    assert figure(at, "gradient-step")["layout"]["annotations"][0]["text"] == "At step 3"
    before = figure(at, "gradient-step")["data"][0]["y"]
    next(slider for slider in at.slider if slider.label == "Step").set_value(9).run()
    assert figure(at, "gradient-step")["data"][0]["y"] != before


def test_every_quantity_of_a_run_can_be_seen(open_page: OpenPage, finished_run: str):
    at = settled(open_page("gradient_flow", view="While training"))
    box = next(box for box in at.selectbox if box.label == "Quantity")
    for option in box.options:
        next(box for box in at.selectbox if box.label == "Quantity").select(option).run()
        assert not at.exception
        assert not at.error
        assert figure(at, "gradient-heatmap")["data"]


def test_a_run_without_telemetry_is_said_in_a_sentence(open_page: OpenPage, finished_run, home):
    (home / "runs" / finished_run / "metrics.db").unlink()
    at = settled(open_page("gradient_flow", view="While training"))
    assert "has no measurement of" in at.error[0].value
