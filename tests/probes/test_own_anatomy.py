# torch types a net's parts as `Tensor | Module`, whatever they are.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportIndexIssue=false
"""Skip anatomy of any net: counts from definitions, values from the lab's own, autograd by hand."""

import copy
import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.convnext import CNBlock
from torchvision.models.efficientnet import FusedMBConv, MBConv
from torchvision.models.mobilenetv2 import InvertedResidual
from torchvision.models.mobilenetv3 import InvertedResidual as InvertedResidualV3
from torchvision.models.resnet import BasicBlock, Bottleneck

from resnet_core.errors import ProbeError
from resnet_core.models import build_model, model_config, torchvision_state
from resnet_core.probes.anatomy import ANATOMY_QUANTITIES, observe_anatomy, residual_blocks
from resnet_core.probes.batches import BatchSpec, draw_batch
from resnet_core.probes.own_anatomy import SkipAddition, SkipAnatomy, measure_skip_anatomy
from resnet_core.probes.own_sentences import skip_anatomy_sentence

LABELS = torch.tensor([1, 2])
BLOCKS = (BasicBlock, Bottleneck, CNBlock, InvertedResidual, InvertedResidualV3)
BLOCKS += (MBConv, FusedMBConv)


def pictures(side: int = 64) -> Tensor:
    return torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))


def build(name: str) -> nn.Module:
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return torchvision.models.get_model(name, weights=None)


def measure(model: nn.Module, side: int = 64) -> SkipAnatomy:
    return measure_skip_anatomy(model, pictures(side), LABELS)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("resnet18", 8),
        ("resnet50", 16),
        ("convnext_tiny", 18),
        ("efficientnet_b0", 9),
        ("mobilenet_v2", 10),
        ("mobilenet_v3_small", 6),
        ("mobilenet_v3_large", 10),
    ],
)
def test_additions_are_those_of_the_definition(name: str, count: int) -> None:
    model = build(name)
    adding = [
        path
        for path, module in model.named_modules()
        if isinstance(module, BLOCKS) and getattr(module, "use_res_connect", True)
    ]
    found = measure(model)
    assert [each.path for each in found.additions] == adding and len(adding) == count
    assert all(each.map_size_px and each.num_places == 1 for each in found.additions)
    assert all(np.isfinite(values).all() for values in found.quantities.values())
    assert found.num_concatenations == 0


@pytest.mark.parametrize(
    ("name", "appended"), [("vgg16", 0), ("densenet121", 58), ("squeezenet1_1", 8)]
)
def test_nets_without_skips_have_none(name: str, appended: int) -> None:
    found = measure(build(name))
    assert found.additions == () and found.num_concatenations == appended
    assert all(values.shape == (0,) for values in found.quantities.values())


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_torchvisions_net_has_the_anatomy_of_the_same_weights_in_the_lab(name: str) -> None:
    theirs = build(name)
    ours = build_model(model_config(name, num_classes=1000))
    ours.load_state_dict(torchvision_state(theirs.state_dict()))
    with observe_anatomy(ours.train()) as expected:
        functional.cross_entropy(ours(pictures()), LABELS).backward()
    found = measure(theirs)
    assert set(found.quantities) == set(ANATOMY_QUANTITIES)
    for quantity, values in found.quantities.items():
        assert values == pytest.approx(expected[quantity].numpy(), rel=1e-5, abs=1e-5), quantity
    projections = [each.path for each in found.additions if not each.is_identity]
    stages = ("layer1.0", "layer2.0", "layer3.0", "layer4.0")
    assert projections == list(stages if name == "resnet50" else stages[1:])
    assert {each.skip for each in found.additions if not each.is_identity} == {
        f"{path}.downsample" for path in projections
    }


@pytest.mark.parametrize(
    "options",
    [
        {"skip_strength": 0.3},
        {"shortcut": "B", "norm": "none"},
        {"activation_order": "pre", "shortcut": "C"},
        {"branch_scale": "skipinit"},
    ],
)
def test_the_labs_own_nets_are_found_without_being_known(options: dict) -> None:
    config = model_config("resnet20", **options)
    spec = BatchSpec(kind="noise", num_pictures=4, noise_size_px=8)
    batch, model = draw_batch(config, spec, seed=0), build_model(config, seed=0).train()
    observed = copy.deepcopy(model)
    with observe_anatomy(observed) as expected:
        functional.cross_entropy(observed(batch.images), batch.labels).backward()
    found = measure_skip_anatomy(model, batch.images, batch.labels)
    assert [each.path.removesuffix(".add") for each in found.additions] == list(
        residual_blocks(model)
    )
    for quantity, values in found.quantities.items():
        assert values == pytest.approx(expected[quantity].numpy(), rel=1e-5, abs=1e-5), quantity


class Written(nn.Module):
    """One block, and the ways in which people write an addition."""

    def __init__(self, add: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.stem, self.head = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(4, 3)
        self.branch = nn.Sequential(nn.Tanh(), nn.Conv2d(4, 4, 3, padding=1))
        self.relu, self.add = nn.ReLU(inplace=True), add
        self.bias = nn.Parameter(torch.ones(1, 4, 8, 8))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x) + self.bias  # no skip: nothing of the picture is in it
        x = self.relu(self.add(self.branch(x), x))
        return self.head(x.mean(dim=(2, 3)))


def _written_into(branch: Tensor, x: Tensor) -> Tensor:
    branch += x
    return branch


@pytest.mark.parametrize(
    ("add", "strength"),
    [
        (lambda branch, x: branch + x, 1.0),
        (lambda branch, x: x + branch, 1.0),
        (_written_into, 1.0),
        (lambda branch, x: branch.add_(x), 1.0),
        (lambda branch, x: torch.add(branch, other=x, alpha=0.5), 0.5),
        (lambda branch, x: sum([branch, x]), 1.0),
    ],
    ids=["plus", "turned", "in place", "add_", "alpha", "sum"],
)
def test_measures_are_those_of_autograd_by_hand(
    add: Callable[[Tensor, Tensor], Tensor], strength: float
) -> None:
    torch.manual_seed(0)
    model, images = Written(add), pictures(8)
    found = measure_skip_anatomy(model, images, LABELS)
    with torch.no_grad():
        x = model.stem(images) + model.bias
    x.requires_grad_()
    branch, skip = model.branch(x), strength * x
    total = branch + skip
    value = functional.cross_entropy(model.head(total.relu().mean(dim=(2, 3))), LABELS)
    (arriving,) = torch.autograd.grad(value, total, retain_graph=True)
    (through,) = torch.autograd.grad(branch, x, arriving, retain_graph=True)
    whole = through + strength * arriving
    values = {key: float(values[0]) for key, values in found.quantities.items()}
    assert len(found.additions) == 1 and found.additions[0].is_identity
    assert values["skip_norm"] == pytest.approx(skip.norm().item() / 2**0.5, rel=1e-5)
    assert values["branch_norm"] == pytest.approx(branch.norm().item() / 2**0.5, rel=1e-5)
    assert values["sum_norm"] == pytest.approx(total.norm().item() / 2**0.5, rel=1e-5)
    cosine = functional.cosine_similarity(branch.flatten(), skip.flatten(), dim=0)
    assert values["skip_cosine"] == pytest.approx(cosine.item(), abs=1e-5)
    share = (strength * arriving * whole).sum() / whole.square().sum()
    assert values["skip_gradient_share"] == pytest.approx(share.item(), rel=1e-5)
    cosine = functional.cosine_similarity(through.flatten(), arriving.flatten(), dim=0)
    assert values["gradient_cosine"] == pytest.approx(cosine.item(), abs=1e-5)


def test_net_is_left_as_it_was() -> None:
    model = build("mobilenet_v3_small").eval()
    model.features.requires_grad_(False)
    model.classifier[0].weight.grad = torch.ones_like(model.classifier[0].weight)
    before = copy.deepcopy(model.state_dict())
    measure(model)
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert not any(module.training for module in model.modules())
    assert not any(weight.requires_grad for weight in model.features.parameters())
    assert torch.equal(model.classifier[0].weight.grad, torch.ones(1024, 576))
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_nothing_is_dropped_at_random() -> None:
    model = build("efficientnet_b0").train()
    first, second = measure(model), measure(model)
    assert all(
        np.array_equal(first.quantities[key], second.quantities[key]) for key in first.quantities
    )


def test_sums_of_tokens_have_no_places() -> None:
    torch.manual_seed(0)
    model = torchvision.models.VisionTransformer(
        image_size=16, patch_size=8, num_layers=3, num_heads=2, hidden_dim=8, mlp_dim=16
    )
    nn.init.normal_(model.heads.head.weight)  # zeros at first: no gradient would arrive
    found = measure(model, 16)
    assert [(each.place, each.num_places) for each in found.additions] == [(1, 2), (2, 2)] * 3
    assert all(each.map_size_px is None and each.channels == 8 for each in found.additions)
    assert found.additions[1].label == "encoder.layers.encoder_layer_0, 2 of 2"
    assert np.isfinite(found.quantities["skip_gradient_share"]).all()


def test_windows_of_swin_are_added_with_channels_last() -> None:
    torch.manual_seed(0)
    model = torchvision.models.SwinTransformer(
        patch_size=[4, 4], embed_dim=8, depths=[2], num_heads=[2], window_size=[2, 2], num_classes=4
    )
    found = measure(model, 32)
    assert [(each.channels, each.map_size_px) for each in found.additions] == [(8, (8, 8))] * 4


def test_gradient_that_does_not_arrive_is_a_gap() -> None:
    model = build("resnet18")
    nn.init.zeros_(model.fc.weight)
    found = measure(model)
    assert np.isnan(found.quantities["skip_gradient_share"]).all()
    assert (found.quantities["skip_norm"] > 0).all()


def test_what_cannot_be_measured_is_a_sentence() -> None:
    with pytest.raises(ProbeError, match="at least 2 pictures"):
        measure_skip_anatomy(build("resnet18"), pictures()[:1], LABELS[:1])
    assert measure_skip_anatomy(build("resnet18"), pictures()[:1], LABELS[:1], by_batch=False)
    unfit = Written(lambda branch, x: branch.tanh().add_(x))  # tanh needs what is written over
    with pytest.raises(ProbeError, match="in place"):
        measure(unfit, 8)
    endless = build("resnet18")
    nn.init.constant_(endless.fc.weight, float("inf"))
    with pytest.raises(ProbeError, match="not finite"):
        measure(endless)


def _measured(shares: list[float], *, projected: int = 0, tokens: bool = False) -> SkipAnatomy:
    additions = tuple(
        SkipAddition(
            path=f"block{number}",
            place=1,
            num_places=1,
            branch="",
            skip="",
            is_identity=number >= projected,
            channels=4,
            map_size_px=None if tokens else (2, 2),
        )
        for number in range(len(shares))
    )
    values = dict.fromkeys(ANATOMY_QUANTITIES, np.array(shares))
    return SkipAnatomy(additions=additions, quantities=values, num_concatenations=0, loss=1.0)


def test_sentence_follows_the_measurement() -> None:
    skip = skip_anatomy_sentence(_measured([0.9, 0.8, 0.4], projected=1), "net")
    assert "in 3 places (1 of them over a projection)" in skip
    assert "in 2 of 3, and the middle share of the skip is 80\u00a0%" in skip
    branch = skip_anatomy_sentence(_measured([0.1, 0.2, np.nan]), "net")
    assert "in 0 of 2, and the middle share of the skip is 15\u00a0%" in branch
    assert "projection" not in branch
    assert "no gradient reaches them" in skip_anatomy_sentence(_measured([np.nan]), "net")
    assert "1 of them sums of tokens" in skip_anatomy_sentence(_measured([0.5], tokens=True), "n")
    none = _measured([])
    assert "nothing goes around a layer" in skip_anatomy_sentence(none, "vgg")
    dense = replace(none, num_concatenations=58)
    assert "appends maps to maps, in 58 places" in skip_anatomy_sentence(dense, "dense")
