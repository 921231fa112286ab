import copy
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.config import ModelConfig
from resnet_core.errors import CancelledError, ProbeError
from resnet_core.models import build_model, cifar_config, model_config, weight_layers
from resnet_core.probes.batches import BatchSpec, draw_batch
from resnet_core.probes.gradients import (
    layer_depths,
    measure_gradients,
    measure_nets,
    merge_profiles,
    trunk_depths,
    trunk_paths,
)
from resnet_core.probes.hooks import capture_output_gradients
from tests.gradients import gradient_of

SMALL = BatchSpec(kind="noise", num_pictures=8, noise_size_px=8)


def _by_hand(state: dict[str, Tensor], images: Tensor, *, residual: bool) -> dict[str, Tensor]:
    """A CIFAR net of depth 8 with batch norm, written out without modules."""

    def norm(x: Tensor, name: str) -> Tensor:
        return functional.batch_norm(
            x, None, None, state[f"{name}.weight"], state[f"{name}.bias"], training=True
        )

    kept = {}
    x = functional.conv2d(images, state["stem.conv.weight"], padding=1)
    kept["stem"] = x = functional.relu(norm(x, "stem.norm"))
    for stage, stride in ((1, 1), (2, 2), (3, 2)):
        block = f"stage{stage}.0"
        y = functional.conv2d(x, state[f"{block}.conv1.weight"], stride=stride, padding=1)
        y = functional.relu(norm(y, f"{block}.norm1"))
        y = norm(functional.conv2d(y, state[f"{block}.conv2.weight"], padding=1), f"{block}.norm2")
        if residual:
            extra = y.shape[1] - x.shape[1]
            skip = x[:, :, ::stride, ::stride]
            y = y + functional.pad(skip, (0, 0, 0, 0, extra // 2, extra // 2))
        kept[block] = x = functional.relu(y)
    kept["logits"] = functional.linear(
        x.mean((2, 3)), state["classifier.weight"], state["classifier.bias"]
    )
    return kept


@pytest.mark.parametrize("plain", [False, True])
def test_norms_equal_autograd_on_a_net_written_by_hand(plain):
    config = cifar_config(8, plain=plain)
    profile = measure_gradients(config, batch=SMALL, seeds=(3,))
    drawn = draw_batch(config, SMALL, seed=3)
    model = build_model(config, seed=3)
    state: dict[str, Tensor] = dict(model.named_parameters())
    kept = _by_hand(state, drawn.images, residual=not plain)
    loss = functional.cross_entropy(kept["logits"], drawn.labels)
    weights = [state[f"{path}.weight"] for path in profile.layers]
    outputs = [kept[path] for path in profile.trunk]
    gradients = torch.autograd.grad(loss, [*weights, *outputs])
    expected = np.array([float(gradient.norm()) for gradient in gradients])
    measured = np.concatenate([profile.weight_norms[0], profile.output_norms[0]])
    np.testing.assert_allclose(measured, expected, rtol=1e-4)
    stds = [float(kept[path].detach().std()) for path in profile.trunk]
    np.testing.assert_allclose(profile.activation_stds[0], stds, rtol=1e-5)
    np.testing.assert_allclose(profile.losses, [loss.item()], rtol=1e-6)


def test_norm_is_the_slope_of_the_loss_by_finite_differences():
    config = cifar_config(8)
    profile = measure_gradients(config, batch=SMALL, seeds=(1,))
    drawn = draw_batch(config, SMALL, seed=1)
    model = build_model(config, seed=1).double().train()

    def loss(of: nn.Module) -> Tensor:
        return functional.cross_entropy(of(drawn.images.double()), drawn.labels)

    loss(model).backward()
    for path in ("stem.conv", "stage2.0.conv1", "classifier"):
        direction = gradient_of(model.get_parameter(f"{path}.weight"))
        moved = [copy.deepcopy(model) for _ in range(2)]
        with torch.no_grad():
            for step, each in zip((1e-5, -1e-5), moved, strict=True):
                each.get_parameter(f"{path}.weight").add_(direction / direction.norm(), alpha=step)
            slope = float(loss(moved[0]) - loss(moved[1])) / 2e-5
        measured = profile.weight_norms[0, profile.layers.index(path)]
        assert measured == pytest.approx(slope, rel=1e-3)


def test_gradients_of_a_linear_net_are_the_products_of_its_other_weights():
    # y = W4 W3 W2 W1 x: the gradient at the output of layer i is (W4 ... Wi+1)' 1, and that of Wi
    # is the outer product of it with the layer's input.
    generator = torch.Generator().manual_seed(0)
    widths = (3, 5, 4, 6, 2)
    matrices = [
        torch.randn(after, before, generator=generator) for before, after in pairwise(widths)
    ]
    net = nn.Sequential(*(nn.Linear(*pair, bias=False) for pair in pairwise(widths)))
    for layer, matrix in zip(net, matrices, strict=True):
        layer.get_parameter("weight").data.copy_(matrix)
    picture = torch.randn(1, 3, generator=generator)
    paths = [str(number) for number in range(len(matrices))]
    with capture_output_gradients(net, paths) as gradients:
        net(picture).sum().backward()
    entering = picture[0]
    for number, matrix in enumerate(matrices):
        expected = torch.ones(2)
        for later in reversed(matrices[number + 1 :]):
            expected = later.T @ expected
        torch.testing.assert_close(gradients[str(number)][0], expected)
        torch.testing.assert_close(
            gradient_of(net[number].get_parameter("weight")), torch.outer(expected, entering)
        )
        entering = matrix @ entering


def test_every_layer_of_a_net_without_norm_has_the_same_product_of_weights_and_gradient():
    # Euler's theorem on homogeneous functions: why weight gradients stay flat whatever the gain.
    config = model_config("plain20", norm="none", initialisation="xavier")
    model = build_model(config, seed=0)
    drawn = draw_batch(config, SMALL, seed=0)
    functional.cross_entropy(model(drawn.images), drawn.labels).backward()
    weights = [model.get_parameter(f"{path}.weight") for path in weight_layers(model)]
    products = [(weight * gradient_of(weight)).sum().item() for weight in weights]
    assert products == pytest.approx([products[0]] * len(products), rel=1e-3)


def test_depths_count_the_layers_of_the_main_path():
    layers = ("stem.conv", "stage1.0.conv1", "stage1.0.conv2", "stage1.0.shortcut.conv", "x")
    assert layer_depths((*layers[:4], "classifier")).tolist() == [1, 2, 3, 3, 4]
    assert trunk_depths(layers[:4], ("stem", "stage1.0")).tolist() == [1, 3]
    assert trunk_paths(model_config("preact_resnet164"))[:2] == ("stem", "stage1.0")
    profile = measure_gradients(cifar_config(8), batch=SMALL)
    assert profile.layer_depths[-1] == 8
    assert profile.convolutions.tolist() == [True] * 7 + [False]


@pytest.mark.parametrize(
    "settings",
    [
        {"norm": "group"},
        {"activation_order": "relu_only_pre"},
        {"activation_order": "norm_after_add", "shortcut": "D"},
        {"skip_kind": "exclusive_gate", "squeeze_reduction": 4},
        {"stem": "deep", "stochastic_depth": 0.5},
    ],
)
def test_nets_beyond_the_papers_are_measured_too(settings):
    profile = measure_gradients(model_config("resnet8", **settings), batch=SMALL)
    assert profile.convolutions.sum() == (9 if settings.get("stem") == "deep" else 7)
    assert (np.diff(profile.trunk_depths) == 2).all()
    assert (profile.weight_norms[:, profile.convolutions] > 0).all()


def test_a_seed_names_weights_and_pictures():
    config = cifar_config(8)
    together = measure_gradients(config, batch=SMALL, seeds=(4, 5))
    apart = merge_profiles(
        [measure_gradients(config, batch=SMALL, seeds=(seed,)) for seed in (4, 5)]
    )
    assert apart.seeds == (4, 5)
    np.testing.assert_array_equal(apart.weight_norms, together.weight_norms)
    assert not np.allclose(together.weight_norms[0], together.weight_norms[1])


def test_nets_measured_side_by_side_are_those_measured_alone():
    configs = (cifar_config(8), cifar_config(8, plain=True))
    together = measure_nets(configs, batch=SMALL, seeds=(4, 5), num_workers=2)
    for config, profile in zip(configs, together, strict=True):
        alone = measure_gradients(config, batch=SMALL, seeds=(4, 5))
        assert profile.config == config
        np.testing.assert_allclose(profile.weight_norms, alone.weight_norms, rtol=1e-5)


def test_pictures_set_channels_and_classes_of_the_net(gray_pictures):
    spec = BatchSpec(source=str(gray_pictures), num_pictures=4)
    profile = measure_gradients(cifar_config(8), batch=spec)
    assert (profile.config.in_channels, profile.config.num_classes) == (1, 3)
    assert profile.image_size_px == 8


def test_a_signal_that_overflows_is_named_with_its_place(monkeypatch):
    def build_huge(config: ModelConfig, *, seed: int) -> nn.Module:
        model = build_model(config, seed=seed)
        nn.init.constant_(model.get_parameter("stage2.0.conv1.weight"), 1e30)
        nn.init.constant_(model.get_parameter("stage2.0.conv2.weight"), 1e30)
        return model

    monkeypatch.setattr("resnet_core.probes.gradients.build_model", build_huge)
    sentence = r"The signal of resnet8 is not finite any more at stage2\.0: choose batch"
    with pytest.raises(ProbeError, match=sentence):
        measure_gradients(model_config("resnet8", norm="none"), batch=SMALL)


def test_a_batch_that_needs_too_much_memory_is_refused_with_what_fits():
    sentence = r"resnet1202 keeps about .* MiB for 1024 pictures.*take at most \d+ pictures"
    with pytest.raises(ProbeError, match=sentence):
        measure_gradients(
            model_config("resnet1202"), batch=BatchSpec(kind="noise", num_pictures=1024)
        )


@pytest.mark.parametrize("settings", [{"num_pictures": 1}, {"kind": "video"}, {"noise_size_px": 0}])
def test_a_batch_that_cannot_be_is_refused(settings):
    with pytest.raises(ProbeError):
        BatchSpec(**settings)


def test_no_seed_is_refused():
    with pytest.raises(ProbeError, match="at least one seed"):
        measure_gradients(cifar_config(8), batch=SMALL, seeds=())


def test_measuring_can_be_cancelled():
    def cancel(message: str, fraction: float | None = None) -> None:
        raise CancelledError("stop")

    with pytest.raises(CancelledError):
        measure_gradients(cifar_config(8), batch=SMALL, progress=cancel)
