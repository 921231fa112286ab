"""Why gradients flow as they do, on the Gradient flow page: shattering, paths, and responses."""

import pytest

from tests.pages.conftest import OpenPage
from tests.pages.gradient_page import SMALL, figure, settled

pytestmark = pytest.mark.usefixtures("no_old_jobs")


def test_shattering_is_said_in_numbers(open_page: OpenPage):
    at = settled(open_page("gradient_flow", view="Shattering", **SMALL))
    names = [trace["name"] for trace in figure(at, "gradient-shattering")["data"]]
    assert names == ["ResNet-8", "Plain-8", "white noise"]
    assert sum("apart have gradients" in markdown.value for markdown in at.markdown) == 2


def test_a_saved_step_of_a_run_is_in_the_address(open_page: OpenPage, finished_run: str):
    link = {"paths_net": f"run/{finished_run}/0", f"paths_step_{finished_run}_0": "0"}
    at = settled(open_page("gradient_flow", view="Paths", **link))
    slider = next(slider for slider in at.select_slider if slider.label == "Saved step")
    assert slider.value == 0
    slider.set_value(12).run()
    assert settled(at).query_params[f"paths_step_{finished_run}_0"] in ("12", ["12"])


@pytest.mark.parametrize("seed", ["-5", "9" * 30, "one"])
def test_numbers_that_a_link_cannot_have_are_ignored(open_page: OpenPage, finished_run, seed):
    link = {"paths_net": "untrained", "paths_architecture": "plain20", "paths_seed": seed}
    at = settled(open_page("gradient_flow", view="Paths", **link))
    assert at.number_input[0].value == 0
    link = {"paths_net": f"run/{finished_run}/0", f"paths_step_{finished_run}_0": "77"}
    at = settled(open_page("gradient_flow", view="Paths", **link))
    assert next(s for s in at.select_slider if s.label == "Saved step").value in (0, 12)


def test_paths_open_on_a_residual_net(open_page: OpenPage):
    at = open_page("gradient_flow", view="Paths")
    box = next(box for box in at.selectbox if box.label == "Net")
    assert str(box.value).startswith("kept/resnet")
    assert not at.error


def test_paths_of_a_plain_net_are_refused_in_a_sentence(open_page: OpenPage):
    link = {"paths_net": "untrained", "paths_architecture": "plain20"}
    at = settled(open_page("gradient_flow", view="Paths", **link))
    assert "plain20 has no shortcuts" in at.error[0].value.replace("\\", "")


def test_paths_of_a_fresh_net_are_measured(open_page: OpenPage):
    link = {"paths_net": "untrained", "paths_architecture": "resnet20"}
    at = settled(open_page("gradient_flow", view="Paths", **link))
    assert "of the 9 blocks" in at.info[0].value
    assert len(figure(at, "gradient-paths")["data"]) == 4


def test_responses_are_measured_for_saved_nets(open_page: OpenPage, finished_run: str):
    at = settled(open_page("gradient_flow", view="Responses"))
    box = at.multiselect(key="nets")
    assert "nets" not in at.query_params
    stored = figure(at, "gradient-responses")
    of_run = [key for key in box.options if key not in box.value][-1]
    assert of_run
    known = box.value
    at.query_params["nets"] = "aaaaaaaaaaaa," + known[0]
    at.run()
    at = settled(at)
    assert "aaaaaaaaaaaa" in at.info[0].value
    assert at.multiselect(key="nets").value == known[:1]
    assert len(figure(at, "gradient-responses")["data"]) < len(stored["data"])
    assert "choose a " in " ".join(info.value for info in at.info)
    del at.query_params["nets"]  # Back
    at.run()
    assert at.multiselect(key="nets").value == known
