import json

import pytest
from typer.testing import CliRunner

from resnet_core.cli import app


def lab(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.output


def test_models_lists_every_net_with_its_size():
    code, output = lab("models", "--json")
    nets = {net["name"]: net for net in json.loads(output)}
    assert code == 0
    assert nets["resnet20"]["parameters"] == nets["plain20"]["parameters"] == 269_722
    assert nets["resnet18"]["parameters"] == 11_181_642
    assert nets["densenet_bc100_12"]["parameters"] == 769_162
    code, output = lab("models")
    assert code == 0
    assert "269,722" in output


def test_model_takes_a_net_apart():
    code, output = lab("model", "resnet18", "--layers", "--input", "224", "--json")
    net = json.loads(output)
    assert code == 0
    assert (net["config"]["name"], net["parameters"]) == ("resnet18", 11_181_642)
    assert net["layers"][0] == {
        "path": "stem.conv",
        "kind": "conv",
        "label": "7x7 conv 64 /2",
        "output_shape": [64, 112, 112],
        "parameters": 9_408,
        "macs": 64 * 112 * 112 * 3 * 49,
        "activation_bytes": 224 * 224 * 3 * 4,
        "receptive_field_px": 7,
    }
    assert sum(layer["macs"] for layer in net["layers"]) == net["macs"]
    assert [size["side_px"] for size in net["resolution"]["maps"]] == [224, 112, 56, 56, 28, 14, 7]


def test_model_without_layers_is_short():
    code, output = lab("model", "resnet18", "--json")
    assert code == 0
    assert "layers" not in json.loads(output)
    code, output = lab("model", "resnet18")
    assert code == 0
    assert "cifar stem" in " ".join(output.split())
    code, output = lab("model", "resnet20", "--layers")
    assert code == 0
    assert "stage3.2.conv2" in output


def test_model_times_itself_when_asked(monkeypatch):
    monkeypatch.setattr("resnet_core.models.speed.BATCH_SIZES", (1, 2))
    code, output = lab("model", "resnet8", "--input", "8", "--speed", "--json")
    assert code == 0
    speed = json.loads(output)["speed"]
    assert [point["batch_size"] for point in speed] == [1, 2]
    assert all(point["step_s"] > 0 for point in speed)
    code, output = lab("model", "resnet8", "--input", "8", "--speed")
    assert "training step ms" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("model", "resnet21"), "the nearest are resnet20 and resnet26"),
        (("model", "resnet20", "--input", "0"), "at least 1 px, got 0"),
        (("model", "densenet121", "--input", "28"), "at least 29 px"),
        (("model", "ResNet-18"), "did you mean resnet18"),
    ],
)
def test_model_refuses_with_a_sentence(arguments, message):
    code, output = lab(*arguments, "--json")
    assert code == 1
    assert message in json.loads(output)["error"]
