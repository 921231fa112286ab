import json

import numpy as np
import pytest
from typer.testing import CliRunner

from resnet_core.cli import app
from resnet_core.models import cifar_config, model_config
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import measure_gradients
from resnet_core.probes.verdict import judge
from resnet_core.training.first_steps import measure_first_steps

QUICK = ("--pictures", "noise", "--batch", "4", "--seeds", "2")


def lab(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["gradients", *arguments])
    return done.exit_code, done.output


def test_gradients_as_json_are_those_of_the_probe():
    code, output = lab("--arms", "resnet8,plain8", "--norm", "none", *QUICK, "--json")
    assert code == 0
    residual, plain = json.loads(output)
    assert (residual["net"], plain["net"], plain["norm"]) == ("resnet8", "plain8", "none")
    profile = measure_gradients(
        model_config("plain8", norm="none"),
        batch=BatchSpec(kind="noise", num_pictures=4),
        seeds=(0, 1),
    )
    norms = [layer["weight_gradient_norm"] for layer in plain["layers"]]
    np.testing.assert_allclose(norms, np.exp(np.log(profile.weight_norms).mean(0)), rtol=1e-4)
    verdict = judge(profile, "outputs")
    assert plain["verdicts"]["outputs"]["factor_per_layer"] == pytest.approx(verdict.factor)
    assert plain["verdicts"]["outputs"]["trend"] == verdict.trend
    assert len(plain["outputs"]) == 4


def test_gradients_in_words_with_every_layer():
    code, output = lab("--arms", "resnet8", "--alpha", "0.5", *QUICK, "--layers")
    text = " ".join(output.split())
    assert code == 0
    assert "gradient at outputs: " in text
    assert "first over last" in text
    assert "stage3.0.conv2 7" in text


def test_one_seed_is_one_seed():
    code, output = lab("--arms", "resnet8", *QUICK[:4], "--seeds", "1")
    assert code == 0
    assert "1 seed, 4 pictures" in " ".join(output.split())


def test_steps_give_one_object_with_nets_and_ratios_over_steps():
    size = ("--arms", "resnet8,plain8", "--batch", "8", "--seeds", "3")
    code, output = lab(*size, "--steps", "2", "--json")
    assert code == 0
    found = json.loads(output)
    assert [net["net"] for net in found["nets"]] == ["resnet8", "plain8"]
    rows = found["over_steps"]
    assert [(row["arm"], row["step"]) for row in rows] == [
        ("resnet8", 1),
        ("resnet8", 2),
        ("plain8", 1),
        ("plain8", 2),
    ]
    trained = measure_first_steps(
        [model_config("plain8")], batch=BatchSpec(num_pictures=8), num_steps=2
    )[0]
    factor = trained.at(2)
    assert factor is not None
    assert rows[3]["ratio"] == pytest.approx(factor.mean, rel=1e-3)
    assert rows[3]["low"] <= rows[3]["ratio"] <= rows[3]["high"]


def test_steps_in_words_stand_in_a_sentence_and_a_table():
    code, output = lab("--arms", "plain8", "--batch", "4", "--seeds", "1", "--steps", "2")
    text = " ".join(output.split())
    assert code == 0
    assert "(one seed): Plain-8 ×" in text
    assert "plain8, first / last" in text


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (("--arms", "resnet9"), "There is no net called 'resnet9'"),
        (("--norm", "both"), "norm must be one of batch, group, layer, none, got 'both'."),
        (("--seeds", "0", "--pictures", "noise"), "A measurement needs at least one seed."),
        (("--steps", "423", "--seeds", "1", "--batch", "2"), "The schedule has 422 steps"),
        (("--batch", "1"), "A probe batch has 2 to 1024 pictures, got 1."),
    ],
)
def test_bad_input_is_one_sentence(arguments, sentence):
    code, output = lab(*arguments)
    assert code == 1
    assert sentence in " ".join(output.split())
    assert "Traceback" not in output


def test_a_plain_net_keeps_its_own_alpha():
    code, output = lab("--arms", "plain8", "--alpha", "0.5", *QUICK, "--json")
    assert code == 0
    assert json.loads(output)[0]["skip_strength"] == cifar_config(8, plain=True).skip_strength
