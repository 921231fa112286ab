"""The Gradient flow page before training: knobs, nets of the address, and what is stored."""

import time

import numpy as np
import pytest

from pages.ui.choosing.nets_in_address import link_to_nets, titles_of
from resnet_core.errors import ProbeError
from resnet_core.models import cifar_config, model_config, twin_config
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import measure_gradients
from tests.pages.conftest import OpenPage
from tests.pages.gradient_page import SMALL, curve, figure, pick, settled

pytestmark = pytest.mark.usefixtures("no_old_jobs")


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


def test_a_net_that_cannot_be_measured_is_said_once(open_page: OpenPage, monkeypatch):
    def refuse(configs, **settings):
        time.sleep(2)  # longer than a page waits
        tries.append(configs)
        raise ProbeError("The signal is not finite any more.")

    tries: list[object] = []
    monkeypatch.setattr("pages.ui.gradient_flow.measuring.measure_nets", refuse)
    monkeypatch.setattr("pages.ui.shell.job._RETRY_AFTER_S", 600.0)  # a busy machine draws slowly
    at = settled(open_page("gradient_flow", **SMALL))
    assert "not finite any more" in at.error[0].value
    assert len(tries) == 2, "once for each of the two nets"
