"""The Gradient flow page: every view, every knob, links, and what it says of bad input."""

import json
import time

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.choosing.nets_in_address import link_to_nets, titles_of
from pages.ui.shell import jobs
from resnet_core.errors import ProbeError
from resnet_core.models import cifar_config, model_config, twin_config
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import measure_gradients
from resnet_core.runs.status import create_run
from tests.pages.conftest import OpenPage
from tests.pages.tiny import tiny_experiment

SMALL = {"depth": "8", "pictures": "Noise", "batch": "8", "seeds": "1"}


def settled(at: AppTest) -> AppTest:
    """Runs the page until no job is under way."""
    deadline = time.monotonic() + 240
    while any(button.label == "Stop" for button in at.button):
        assert time.monotonic() < deadline
        time.sleep(0.1)
        at.run()
    assert not at.exception
    return at


def figure(at: AppTest, name: str = "gradient-depth") -> dict:
    for element in at.get("bidi_component"):
        data = json.loads(element.proto.json)
        if data.get("name") == name:
            return json.loads(data["figure"])
    raise AssertionError(f"no figure {name}")


def curve(at: AppTest, quantity: str, number: int = 0) -> list[float]:
    found = [
        trace["y"]
        for trace in figure(at)["data"]
        if trace.get("meta", {}) == {"quantity": quantity, "kind": "measured"}
    ]
    return found[number]


def pick(at: AppTest, label: str, option: str) -> AppTest:
    next(box for box in at.selectbox if box.label == label).select(option).run()
    return settled(at)


@pytest.fixture(autouse=True)
def no_old_jobs():
    with jobs._lock:
        jobs._jobs.clear()


def test_page_measures_before_any_click(open_page: OpenPage):
    at = settled(open_page("gradient_flow", **SMALL))
    profile = measure_gradients(
        cifar_config(8, plain=True), batch=BatchSpec(kind="noise", num_pictures=8)
    )
    np.testing.assert_allclose(curve(at, "outputs", 1), profile.output_norms[0], rtol=1e-4)
    said = " ".join(markdown.value for markdown in at.markdown)
    assert "ResNet\\-8" in said
    assert "At initialisation" in said
    assert "Mean\\-field theory expects" in said
    assert "Exact" in at.caption[0].value


@pytest.mark.parametrize(
    "label, option, settings",
    [
        ("Initialisation", "half of He", {"initialisation": "small"}),
        ("Activation order", "pre-activation (2016)", {"activation_order": "pre"}),
        ("Shortcut", "C: project everywhere", {"shortcut": "C"}),
    ],
)
def test_a_turned_knob_moves_the_curve(open_page: OpenPage, label, option, settings):
    at = settled(open_page("gradient_flow", **SMALL))
    at = pick(at, label, option)
    config = model_config("resnet8", **settings)
    profile = measure_gradients(config, batch=BatchSpec(kind="noise", num_pictures=8))
    np.testing.assert_allclose(curve(at, "outputs"), profile.output_norms[0], rtol=1e-4)


def test_a_link_reproduces_the_view(open_page: OpenPage):
    link = {**SMALL, "alpha": "0.5", "norm": "None", "first_seed": "7"}
    at = settled(open_page("gradient_flow", **link))
    config = model_config("resnet8", norm="none", skip_strength=0.5)
    profile = measure_gradients(config, batch=BatchSpec(kind="noise", num_pictures=8), seeds=(7,))
    np.testing.assert_allclose(curve(at, "outputs"), profile.output_norms[0], rtol=1e-4)
    assert at.query_params["alpha"] in ("0.5", ["0.5"])


def test_a_net_in_the_address_is_measured_beside_its_twin(open_page: OpenPage):
    config = model_config("resnet8", stage_blocks=(1, 2), stage_widths=(8, 16), stem_width=8)
    link = {**SMALL, **link_to_nets([config])}
    at = settled(open_page("gradient_flow", **link))
    spec = BatchSpec(kind="noise", num_pictures=8)
    for number, net in enumerate((config, twin_config(config))):
        profile = measure_gradients(net, batch=spec)
        np.testing.assert_allclose(curve(at, "outputs", number), profile.output_norms[0], rtol=1e-4)
    assert not at.slider
    next(button for button in at.button if button.label == "Back to the knobs").click().run()
    assert settled(at).slider
    assert "net" not in at.query_params


def test_a_twin_is_called_as_its_sibling():
    nets = [model_config("resnet50", norm="none")]
    assert titles_of([*nets, twin_config(*nets)]) == (
        "ResNet-50, normalisation none",
        "Plain-50, normalisation none",
    )
    assert titles_of(nets) == ("ResNet-50, normalisation none",)


def test_two_nets_in_the_address_are_measured_without_twins(open_page: OpenPage):
    nets = [model_config("resnet8"), model_config("resnet8", norm="group")]
    at = settled(open_page("gradient_flow", **SMALL, **link_to_nets(nets)))
    names = {trace["name"] for trace in figure(at)["data"] if "name" in trace}
    assert {"ResNet-8", "ResNet-8, normalisation group norm"} <= names


def test_nets_that_cannot_have_batch_norm_or_add_nothing_are_measured(open_page: OpenPage):
    fixup = model_config("resnet8", norm="none", branch_scale="fixup")
    dense = model_config("densenet40_12", stage_blocks=(1, 1, 1))
    at = settled(open_page("gradient_flow", **SMALL, **link_to_nets([fixup, dense])))
    names = {trace["name"] for trace in figure(at)["data"] if "name" in trace}
    assert "ResNet-8, normalisation none, factor on the branch Fixup" in names
    assert "DenseNet-40 (k = 12), blocks in each stage 1-1-1" in names


@pytest.mark.parametrize(
    "link, sentence",
    [
        ({"net": "resnet9"}, "There is no net called 'resnet9'"),
        ({"net": "resnet8", "changes": "{"}, "The link's changes are not valid JSON"),
        (
            {"net": "resnet8", "changes": '{"zero_gamma":true}', "view": "Two by two"},
            "A two by two needs two nets, and ResNet-8, branches start at zero on has no twin.",
        ),
    ],
)
def test_a_link_that_names_no_net_is_said_in_a_sentence(open_page: OpenPage, link, sentence):
    at = open_page("gradient_flow", **SMALL, **link)
    assert sentence in at.error[0].value.replace("\\", "")


def test_two_by_two_says_what_each_cell_shows(open_page: OpenPage):
    at = settled(open_page("gradient_flow", view="Two by two", **SMALL))
    assert len(figure(at, "gradient-cells")["layout"]["annotations"]) == 4
    said = [markdown.value for markdown in at.markdown if "on its way forward" in markdown.value]
    assert len(said) == 4


def test_sweep_is_coarse_at_once_and_fine_when_asked_for(open_page: OpenPage, monkeypatch):
    monkeypatch.setattr("pages.ui.gradient_flow.sweep.COARSE_DEPTHS", (8,))
    monkeypatch.setattr("pages.ui.gradient_flow.sweep.SWEEP_DEPTHS", (8, 14))
    monkeypatch.setattr("pages.ui.gradient_flow.sweep.ALPHAS", (0.0, 1.0))
    at = settled(open_page("gradient_flow", view="Skip strength", **SMALL))
    (heatmap,) = figure(at, "gradient-sweep")["data"]
    assert (len(heatmap["x"]), heatmap["y"]) == (5, ["8"])
    next(button for button in at.button if button.label == "Measure 4 nets").click().run()
    (heatmap,) = figure(settled(at), "gradient-sweep")["data"]
    assert (heatmap["x"], heatmap["y"]) == (["0", "1"], ["8", "14"])
    assert np.isfinite(np.array(heatmap["z"], float)).all()
    assert "With 14 layers" in at.info[0].value


def test_sweep_of_a_net_without_a_depth_is_refused_in_a_sentence(open_page: OpenPage):
    link = link_to_nets([model_config("resnet18")])
    at = open_page("gradient_flow", view="Skip strength", **SMALL, **link)
    assert "for nets of three stages of basic blocks" in at.error[0].value


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


@pytest.mark.parametrize(
    ("view", "name"),
    [
        ("At the start", "gradient-depth"),
        ("First 30 steps", "gradient-first-steps"),
        ("Two by two", "gradient-cells"),
        ("Skip strength", "gradient-sweep"),
        ("Shattering", "gradient-shattering"),
        ("Paths", "gradient-paths"),
        ("Responses", "gradient-responses"),
    ],
)
def test_a_view_opens_on_what_is_stored_of_its_defaults(open_page: OpenPage, view, name):
    at = open_page("gradient_flow", view=view)
    assert figure(at, name)["data"]
    captions = " ".join(caption.value for caption in at.caption)
    said = captions + " ".join(element.proto.json for element in at.get("bidi_component"))
    assert "Stored: measured" in said.replace("\\", "")


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


def test_a_net_that_cannot_be_measured_is_said_once(open_page: OpenPage, monkeypatch):
    def refuse(configs, **settings):
        time.sleep(2)  # longer than a page waits
        tries.append(configs)
        raise ProbeError("The signal is not finite any more.")

    tries: list[object] = []
    monkeypatch.setattr("pages.ui.gradient_flow.measuring.measure_nets", refuse)
    at = settled(open_page("gradient_flow", **SMALL))
    assert "not finite any more" in at.error[0].value
    assert len(tries) == 2, "once for each of the two nets"


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


def test_without_a_run_the_way_to_one_is_shown(open_page: OpenPage):
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
