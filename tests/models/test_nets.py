import io
import re

import pytest
import torch
from torch import nn

from resnet_core.errors import OutOfMemoryError
from resnet_core.models import (
    build_model,
    has_twin,
    list_models,
    model_config,
    twin_config,
    weight_layers,
)
from resnet_core.models.nets import build_on_meta
from resnet_core.models.operations import Addition
from resnet_core.models.picture_size import smallest_picture_px
from resnet_core.probes.gradients import is_on_main_path
from tests.gradients import gradient_of

TINY = {"stage_blocks": (1, 1, 1), "stage_widths": (4, 8, 12), "stem_width": 4}
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
REAL = [
    "resnet20",
    "resnet110",
    "plain20",
    "preact_resnet20",
    "preact_resnet164",
    "resnet18",
    "resnet18_cifar",
    "plain18",
    "wrn16_8",
    "se_resnet20",
    "stochastic_resnet110",
    "skipinit_resnet56",
    "rezero_resnet56",
    "fixup_resnet56",
    "densenet40_12",
    "densenet_bc100_12",
    "densenet121",
]
"""Nets that are really run; the others differ from them in width and number of blocks."""
ORDERS = ["post", "pre"]
CASES = [{"activation_order": order} | changes for order in ORDERS for changes in SWITCHES]
CASES += OPTIONS
PLAIN = ["plain20", "plain56", "plain18"]


def tiny(**changes):
    return model_config("resnet20", **(TINY | changes))


def pictures(config, count=4, side_px=16, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, config.in_channels, side_px, side_px, generator=generator)


@pytest.fixture(scope="module", params=REAL)
def stepped(request):
    """A registered net after one forward and backward pass, and its logits."""
    model = build_model(model_config(request.param))
    logits = model(pictures(model.config, side_px=max(8, smallest_picture_px(model.config))))
    logits.square().sum().backward()
    return model, logits


def test_registered_net_gives_finite_logits(stepped):
    model, logits = stepped
    assert logits.shape == (4, model.config.num_classes)
    assert torch.isfinite(logits).all()


def test_registered_net_gives_every_parameter_a_gradient(stepped):
    model, _ = stepped
    for path, parameter in model.named_parameters():
        assert parameter.grad is not None, path
        assert torch.isfinite(parameter.grad).all(), path


@pytest.mark.parametrize("name", list_models())
def test_registered_net_has_as_many_weight_layers_as_its_name_says(name):
    config = model_config(name)
    layers = [path for path in weight_layers(build_on_meta(config)) if is_on_main_path(path)]
    depth = int(re.findall(r"\d+", name)[0])
    if name.startswith("wrn"):  # the paper counts 28 = stem, 24 in blocks, 3 projections
        depth += 1 - 3
    extra = 2 if config.stem == "deep" else 0
    assert len(layers) - extra == depth == config.depth


@pytest.mark.parametrize("name", sorted(set(list_models()) - {"resnet1202", "preact_resnet1001"}))
def test_registered_net_maps_pictures_to_logits(name):
    config = model_config(name, num_classes=7)
    model = build_on_meta(config).eval()
    with torch.no_grad():
        assert model(torch.empty(2, 3, 40, 40, device="meta")).shape == (2, 7)


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


@pytest.mark.parametrize("name", REAL)
def test_saved_weights_give_the_same_logits(name):
    config = model_config(name)
    model, other = build_model(config, seed=3).eval(), build_model(config, seed=4).eval()
    buffer = io.BytesIO()
    torch.save(model.state_dict(), buffer)
    buffer.seek(0)
    other.load_state_dict(torch.load(buffer, weights_only=True))
    with torch.no_grad():
        x = pictures(config, count=2, side_px=max(8, smallest_picture_px(config)))
        assert torch.equal(model(x), other(x))


def test_building_on_meta_takes_no_memory():
    on_meta, model = build_on_meta(tiny()).state_dict(), build_model(tiny()).state_dict()
    assert all(tensor.is_meta for tensor in on_meta.values())
    shapes = {path: tensor.shape for path, tensor in model.items()}
    assert {path: tensor.shape for path, tensor in on_meta.items()} == shapes


def test_net_too_large_for_the_machine_says_so():
    config = tiny(stage_widths=(4, 8, 2**22))
    with pytest.raises(OutOfMemoryError, match="GiB for its weights"):
        build_model(config)


def test_seed_decides_the_weights():
    config = tiny()
    first, same, other = (build_model(config, seed=seed).state_dict() for seed in (5, 5, 6))
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert not torch.equal(first["stem.conv.weight"], other["stem.conv.weight"])


def test_building_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    build_model(tiny())
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("name", PLAIN)
def test_twins_start_with_equal_weights(name):
    plain = build_model(model_config(name), seed=2).state_dict()
    residual = build_model(twin_config(model_config(name)), seed=2).state_dict()
    assert set(plain) <= set(residual)
    assert all(torch.equal(plain[key], residual[key]) for key in plain)
    assert all(".shortcut." in key for key in set(residual) - set(plain))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shortcut", ["A", "B", "C"])
def test_skip_strength_zero_is_the_plain_twin(order, shortcut):
    config = tiny(activation_order=order, shortcut=shortcut)
    residual, plain = build_model(config), build_model(twin_config(config))
    x = pictures(config)
    assert not torch.equal(residual(x), plain(x))
    for module in residual.modules():
        if isinstance(module, Addition):
            module.skip_strength = 0.0
    assert torch.equal(residual(x), plain(x))


@pytest.mark.parametrize("name", [name for name in REAL if has_twin(model_config(name))])
def test_registered_net_turns_into_its_twin_by_skip_strength_alone(name):
    config = model_config(name)
    twin = twin_config(config)
    plain, residual = sorted((config, twin), key=lambda net: net.skip_strength)
    model, expected = build_model(residual).eval(), build_model(plain).eval()
    side_px = max(8, smallest_picture_px(config))
    x = pictures(config, count=2, side_px=side_px)
    with torch.no_grad():
        whole = model(x)
        for alpha, wanted in ((0.0, expected(x)), (1.0, whole)):
            for module in model.modules():
                if isinstance(module, Addition):
                    module.skip_strength = alpha
            assert torch.equal(model(x), wanted)
    assert not torch.equal(whole, expected(x))


@pytest.mark.parametrize("order", ORDERS)
def test_skip_strength_just_below_one_is_nearly_residual(order):
    full, nearly = (
        build_model(tiny(activation_order=order, skip_strength=alpha)) for alpha in (1.0, 1 - 1e-6)
    )
    x = pictures(full.config)
    torch.testing.assert_close(full(x), nearly(x), rtol=1e-3, atol=1e-4)


def test_plain_net_has_neither_shortcut_nor_addition():
    model = build_model(tiny(skip_strength=0.0))
    assert not [path for path, _ in model.named_modules() if path.endswith(("add", "shortcut"))]
    assert all(
        block.add is None and block.shortcut is None
        for block in model.get_submodule("stage1").children()
    )


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
    model = model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    x = pictures(model.config).to(dtype=torch.bfloat16, memory_format=torch.channels_last)
    with torch.no_grad():
        maps = model.features(x)
    assert maps.dtype == torch.bfloat16
    assert maps.is_contiguous(memory_format=torch.channels_last)


def gradient_norms(name, **changes):
    """Gradient norm of the first and the last convolution's weight, on noise."""
    model = build_model(model_config(name, **changes))
    x = pictures(model.config, count=32, side_px=32)
    labels = torch.randint(10, (32,), generator=torch.Generator().manual_seed(0))
    nn.functional.cross_entropy(model(x), labels).backward()
    first, last = weight_layers(model)[0], weight_layers(model)[-2]
    weights = [model.get_parameter(f"{path}.weight") for path in (first, last)]
    return tuple(gradient_of(weight).norm().item() for weight in weights)


def test_gradient_explodes_towards_the_input_of_a_plain_net_with_batch_norm():
    # Yang et al. 2019 (arXiv 1902.08129): 1.21 a layer in the mean-field limit.
    first, last = gradient_norms("plain56")
    assert 1e3 < first / last < 1e5


def test_gradient_stays_level_in_a_residual_net_with_batch_norm():
    first, last = gradient_norms("resnet56")
    assert 1 < first / last < 1e2


def test_gradient_vanishes_in_a_plain_net_without_norm_and_small_weights():
    first, last = gradient_norms("plain56", norm="none", initialisation="small")
    assert first < 1e-6
    assert last < 1e-6
