"""Forms call a setting what its config calls it, and say nothing else of it."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from resnet_core.config import (
    DataConfig,
    ExperimentConfig,
    ModelConfig,
    Setting,
    TrainingConfig,
    settings_of,
)

PAGES = Path(__file__).resolve().parents[2] / "pages"
NET, RECIPE = settings_of(ModelConfig), settings_of(TrainingConfig)
EXPERIMENT, DATA = settings_of(ExperimentConfig), settings_of(DataConfig)
RESIDUAL = set(NET) - {"name", "in_channels", "compression", "groups", "width_factor"}


def opened(page: str, **parameters: str) -> AppTest:
    at = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=240)
    for name, value in parameters.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def widgets(at: AppTest) -> dict[str, object]:
    """Every widget by its key."""
    kinds = ("selectbox", "number_input", "slider", "text_input", "toggle", "segmented_control")
    return {found.key: found for kind in kinds for found in getattr(at, kind)}


def assert_said(widget, setting: Setting) -> None:
    assert (widget.label, widget.help) == (setting.title, setting.help)
    if setting.choices and hasattr(widget, "options"):
        assert list(widget.options) == list(setting.choices.values())


@pytest.mark.parametrize(
    ("net", "fields"),
    [
        ("resnet20", RESIDUAL),
        ("resnet50", RESIDUAL | {"groups", "width_factor"}),
        ("densenet40_12", {"block", "norm", "stem", "initialisation", "stage_widths"}),
    ],
)
def test_architecture_form_says_what_the_config_says(net, fields):
    found = widgets(opened("architecture", net=net))
    for field in fields:
        (widget,) = [w for key, w in found.items() if key and key.endswith(f"{net}_{field}")]
        assert_said(widget, NET[field])


def test_gradient_knobs_say_what_the_config_says():
    found = widgets(opened("gradient_flow", depth="8", pictures="Noise", batch="8", seeds="1"))
    knobs = {
        "alpha": "skip_strength",
        "norm": "norm",
        "init": "initialisation",
        "order": "activation_order",
        "shortcut": "shortcut",
    }
    for key, field in knobs.items():
        assert_said(found[key], NET[field])
    assert found["pictures"].label == DATA["source"].title  # pyright: ignore


def test_train_form_says_what_the_config_says():
    found = widgets(opened("train"))
    keys = {"batch": "batch_size", "rate": "learning_rate", "decay": "weight_decay"}
    keys |= {name: name for name in ("optimizer", "schedule", "steps")}
    for key, field in keys.items():
        assert_said(found[f"{key}_demo"], RECIPE[field])
    for key in ("seed", "device"):
        assert_said(found[key], EXPERIMENT[key])
    assert_said(found["max_train"], DATA["max_train"])
    titles = {key: found[key].label for key in ("experiment_name", "recipe", "arms_kind")}  # pyright: ignore
    assert titles == {
        "experiment_name": EXPERIMENT["name"].title,
        "recipe": EXPERIMENT["training"].title,
        "arms_kind": EXPERIMENT["arms"].title,
    }


@pytest.mark.parametrize("field", ["norm", "activation_order", "skip_strength"])
def test_switch_says_what_the_config_says(field):
    at = opened("train")
    at.segmented_control(key="arms_kind").set_value("One net, one switch").run()
    at.selectbox(key="switch_title").select(NET[field].title).run()
    (values,) = [m for m in at.multiselect if m.key == f"switch_values_{field}"]
    assert {NET[field].word(value) for value in values.value} <= set(values.options)
    assert any(NET[field].explanation in caption.value for caption in at.caption)


def test_address_of_an_earlier_version_still_opens():
    small = {"depth": "8", "pictures": "Noise", "batch": "8", "seeds": "1"}
    at = opened("gradient_flow", norm="None", order="Pre (2016)", **small)
    assert widgets(at)["norm"].value == "none"  # pyright: ignore
    assert at.selectbox(key="order").value == "pre"
