"""Every switch of a net, tried on a tiny one: it trains, and each module can be watched."""

import pytest
import torch
from torch import nn

from resnet_core.models import build_model
from tests.models.tiny_nets import ORDERS, pictures, tiny

SWITCHES = [
    {},
    {"shortcut": "B"},
    {"shortcut": "C"},
    {"norm": "none"},
    {"norm": "none", "shortcut": "C"},
    {"zero_gamma": True},
    {"skip_strength": 0.0},
    {"skip_strength": 0.3},
    {"block": "bottleneck"},
    {"stem": "imagenet"},
    {"in_channels": 1, "num_classes": 3},
]
OPTIONS = [
    {"stem": "deep", "shortcut": "D"},
    {"block": "bottleneck", "groups": 2, "width_factor": 2},
    {"squeeze_reduction": 2},
    {"stochastic_depth": 0.4},
    {"norm": "group"},
    {"norm": "layer"},
    {"norm": "none", "branch_scale": "skipinit"},
    {"norm": "none", "branch_scale": "rezero"},
    {"norm": "none", "branch_scale": "fixup"},
    {"norm": "none", "branch_scale": "fixup", "block": "bottleneck", "shortcut": "C"},
    {"block": "dense", "activation_order": "pre"},
    {"block": "dense_bottleneck", "activation_order": "pre", "compression": 0.5},
    {"block": "dense", "activation_order": "pre", "stem": "deep", "norm": "none"},
    {"skip_kind": "constant"},
    {"skip_kind": "exclusive_gate", "shortcut": "B"},
    {"skip_kind": "shortcut_gate"},
    {"skip_kind": "dropout"},
    {"activation_order": "norm_after_add"},
    {"activation_order": "relu_before_add"},
    {"activation_order": "relu_only_pre"},
    {"activation_order": "relu_only_pre", "norm": "none"},
    {"activation_order": "norm_after_add", "norm": "none"},
]
CASES = [{"activation_order": order} | changes for order in ORDERS for changes in SWITCHES]
CASES += OPTIONS


@pytest.mark.parametrize("changes", CASES, ids=str)
def test_every_switch_trains_a_step(changes):
    config = tiny(**changes)
    model = build_model(config)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = nn.functional.cross_entropy(model(pictures(config)), torch.tensor([0, 1, 2, 0]))
    loss.backward()
    optimizer.step()
    assert torch.isfinite(loss)
    moved = [bool((new != old).any()) for new, old in zip(model.parameters(), before, strict=True)]
    assert any(moved)
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize("changes", CASES, ids=str)
def test_full_backward_hooks_work_on_every_module(changes):
    model = build_model(tiny(**changes))
    seen = []
    for path, module in model.named_modules():
        module.register_full_backward_hook(
            lambda module, grad_input, grad_output, path=path: seen.append(path)
        )
    model(pictures(model.config).requires_grad_()).sum().backward()
    assert sorted(seen) == sorted(path for path, _ in model.named_modules())


@pytest.mark.parametrize("order", ORDERS)
def test_addition_shows_branch_shortcut_and_sum(order):
    model = build_model(tiny(activation_order=order, skip_strength=0.5))
    caught = {}
    model.get_submodule("stage2.0.add").register_forward_hook(
        lambda module, inputs, output: caught.update(inputs=inputs, output=output)
    )
    model(pictures(model.config))
    branch, shortcut = caught["inputs"]
    assert torch.equal(caught["output"], torch.add(branch, shortcut, alpha=0.5))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("block", ["basic", "bottleneck"])
def test_no_operation_is_reused_or_in_place(order, block):
    model = build_model(tiny(activation_order=order, block=block))
    calls = {path: 0 for path, module in model.named_modules() if not list(module.children())}
    for path in calls:
        module = model.get_submodule(path)
        assert not getattr(module, "inplace", False)

        def count(module, inputs, output, path=path):
            calls[path] += 1

        module.register_forward_hook(count)
    model(pictures(model.config))
    assert set(calls.values()) == {1}


@pytest.mark.parametrize("order", ORDERS)
def test_channels_last_and_bfloat16_survive_to_the_last_map(order):
    model = build_model(tiny(activation_order=order))
    model = model.to(torch.bfloat16).eval()
    model = model.to(memory_format=torch.channels_last)
    x = pictures(model.config).to(dtype=torch.bfloat16, memory_format=torch.channels_last)
    with torch.no_grad():
        maps = model.features(x)
    assert maps.dtype == torch.bfloat16
    assert maps.is_contiguous(memory_format=torch.channels_last)
