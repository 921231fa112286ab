# torch types a net's parts as `Tensor | Module`, whatever they are.
# pyright: reportAttributeAccessIssue=false, reportIndexIssue=false
"""Score-CAM against its definition, one map at a time, and against torch-cam."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional
from torchcam.methods import ScoreCAM

from resnet_core.explain.lending import lent
from resnet_core.explain.score_cam import score_cam
from resnet_core.explain.settings import MethodSettings
from resnet_core.explain.target import ScoredNet, Target
from resnet_core.models import ResNet


def compute(model: ResNet, picture: Tensor, layer: str, batch_size: int = 4) -> Tensor:
    settings = MethodSettings(batch_size=batch_size)
    with lent(model):
        return score_cam(ScoredNet(model, Target(class_index=1)), picture, layer, settings)[0]


@pytest.fixture(autouse=True)
def soft_scores(net: ResNet) -> None:
    """With large logits softmax would pick a single map."""
    net.classifier.weight.data /= 60


@pytest.mark.parametrize("layer", ["stage1.0", "stage2.0", "stage3.0"])
def test_score_cam_follows_its_definition(net: ResNet, picture: Tensor, layer: str) -> None:
    kept = []
    handle = net.get_submodule(layer).register_forward_hook(lambda m, i, out: kept.append(out))
    baseline = net(torch.zeros_like(picture))[0, 1]
    kept.clear()
    net(picture)
    handle.remove()
    maps = kept[0][0].detach()
    increases = []
    for channel in maps:
        large = functional.interpolate(channel[None, None], [16, 16], mode="bilinear")
        spread = large.max() - large.min()
        mask = (large - large.min()) / spread if spread > 0 else torch.zeros_like(large)
        increases.append(net(picture * mask)[0, 1] - baseline)
    weights = torch.stack(increases).softmax(0).detach()
    expected = sum(w * channel for w, channel in zip(weights, maps, strict=True)).relu()
    torch.testing.assert_close(compute(net, picture, layer), expected, rtol=1e-4, atol=1e-5)


def test_score_cam_does_not_depend_on_the_batch(net: ResNet, picture: Tensor) -> None:
    one, all_at_once = (compute(net, picture, "stage2.0", size) for size in (1, 64))
    torch.testing.assert_close(one, all_at_once)


def test_score_cam_equals_torch_cam_where_nothing_is_enlarged(net: ResNet, picture: Tensor) -> None:
    with ScoreCAM(net, "stage1.0") as extractor, torch.no_grad():
        net(picture)
        expected = extractor(1, normalized=True)[0][0]
    values = compute(net, picture, "stage1.0")
    values = (values - values.min()) / (values.max() - values.min())
    # It weighs the maps themselves, so that both differ by nothing but the scale.
    torch.testing.assert_close(values, expected, rtol=0, atol=1e-4)


def test_score_cam_takes_a_dead_map_for_no_evidence(net: ResNet, picture: Tensor) -> None:
    net.stage2[0].norm2.weight.data.zero_()
    net.stage2[0].norm2.bias.data.fill_(-50.0)
    assert torch.equal(compute(net, picture, "stage2.0"), torch.zeros(8, 8))
