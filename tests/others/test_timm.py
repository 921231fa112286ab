"""timm's nets by name, with the package itself; `make extras` installs it."""

import pytest
import torch

from resnet_core.asking import load_other
from resnet_core.errors import ConfigError
from resnet_core.others import asked_request, listed_request
from resnet_core.others.cost import measure_other_cost

pytestmark = pytest.mark.extras
timm = pytest.importorskip("timm")


def test_net_of_timm_is_described_by_its_configuration(tmp_path) -> None:
    net = load_other(asked_request("timm:mobilenetv3_small_050", image_size_px=64))
    assert net.card.class_names[:2] == ("tench", "goldfish")
    assert net.card.caution
    assert not net.layers_problem
    trained = timm.create_model("mobilenetv3_small_050", pretrained=False, num_classes=3)
    path = tmp_path / "mine.pt"
    torch.save(trained.state_dict(), path)
    said = {"weights": path, "class_names": ("a", "b", "c"), "image_size_px": 64}
    filled = load_other(asked_request("timm:mobilenetv3_small_050", **said))
    picture = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.allclose(filled.model(picture), trained.eval()(picture), atol=1e-5)


def test_tags_of_weights_are_names_too_and_others_are_not() -> None:
    assert listed_request("timm:resnet18.a1_in1k").name == "timm:resnet18.a1_in1k"
    for name in ("resnet18.nowhere", "hf-hub:somebody/net", "resnet5"):
        with pytest.raises(ConfigError, match="timm has no net for classes called"):
            listed_request(f"timm:{name}")


def test_cost_is_counted() -> None:
    cost = measure_other_cost(asked_request("timm:resnet18"))
    assert cost.parameters == 11_689_512
    assert round(cost.macs / 1e9, 3) == 1.814
