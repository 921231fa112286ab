"""Deletion and insertion against a plain loop, and on a net whose evidence is known."""

import numpy as np
import pytest
import torch
from torch import Tensor

from resnet_core.errors import CancelledError
from resnet_core.explain.removal import RemovalCurve, RemovalSettings, measure_removal, pixel_order
from resnet_core.models import ResNet


def some_map(side: int = 4) -> np.ndarray:
    return np.random.default_rng(0).random((side, side)).astype(np.float32)


def test_pixel_order_puts_the_strongest_pixels_first() -> None:
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert pixel_order(values, 4, seed=0).tolist() == list(range(15, -1, -1))
    large = pixel_order(values, 8, seed=0)
    assert large[0] == 63
    assert large[-1] == 0


def test_pixel_order_of_a_flat_map_is_a_shuffle_by_seed() -> None:
    flat = np.zeros((4, 4), np.float32)
    first = pixel_order(flat, 8, seed=0).tolist()
    assert sorted(first) == list(range(64))
    assert first != list(range(64))
    assert first == pixel_order(flat, 8, seed=0).tolist()
    assert first != pixel_order(flat, 8, seed=1).tolist()


def test_measure_removal_equals_a_plain_loop(net: ResNet, picture: Tensor) -> None:
    settings = RemovalSettings(num_steps=8, batch_size=5)
    deletion, insertion = measure_removal(net, picture, some_map(16), 1, settings=settings)
    order = np.argsort(-some_map(16).ravel())
    for curve in (deletion, insertion):
        assert curve.shares.tolist() == [k / 8 for k in range(9)]
    for k in range(9):
        gone = picture.clone().reshape(3, -1)
        gone[:, torch.from_numpy(order[: k * 32].copy())] = 0
        logits = net(gone.reshape(picture.shape))
        assert deletion.probabilities[k] == pytest.approx(logits.softmax(1)[0, 1].item(), abs=1e-5)
    whole = net(picture).softmax(1)[0, 1].item()
    assert deletion.probabilities[0] == pytest.approx(whole, abs=1e-5)
    assert insertion.probabilities[-1] == pytest.approx(whole, abs=1e-5)
    nothing = net(torch.zeros_like(picture)).softmax(1)[0, 1].item()
    assert deletion.probabilities[-1] == pytest.approx(nothing, abs=1e-5)


def test_insertion_begins_with_a_blurred_picture_of_the_same_mean(
    net: ResNet, picture: Tensor
) -> None:
    seen = []
    handle = net.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    measure_removal(net, picture, some_map(), 1, settings=RemovalSettings(num_steps=2))
    handle.remove()
    blurred = seen[1][0]
    assert blurred.std() < 0.5 * picture.std()
    assert blurred.mean() == pytest.approx(picture.mean().item(), abs=0.05)


def test_measure_removal_prefers_the_true_map_to_its_opposite(net: ResNet) -> None:
    """The evidence stands in one corner: without it the picture is the mean colour."""
    net.classifier.weight.data /= 20  # probabilities that move smoothly
    picture = torch.zeros(1, 3, 16, 16)
    picture[..., 10:, 10:] = torch.randn(3, 6, 6, generator=torch.Generator().manual_seed(3)) * 3
    class_index = int((net(picture).softmax(1) - net(picture * 0).softmax(1)).argmax())
    true = np.zeros((16, 16), np.float32)
    true[10:, 10:] = 1
    deletion, insertion = measure_removal(net, picture, true, class_index)
    wrong_deletion, wrong_insertion = measure_removal(net, picture, -true, class_index)
    assert deletion.area < wrong_deletion.area
    assert insertion.area > wrong_insertion.area


def test_removal_curve_area_is_the_trapezoid_s() -> None:
    curve = RemovalCurve(
        kind="deletion", shares=np.array([0, 0.5, 1.0]), probabilities=np.array([1.0, 0.0, 0.5])
    )
    assert curve.area == pytest.approx(0.25 + 0.125)


def test_measure_removal_tells_how_far_it_is_and_can_be_cancelled(
    net: ResNet, picture: Tensor
) -> None:
    shares: list[float] = []

    def progress(message: str, fraction: float | None = None) -> None:
        shares.append(fraction or 0.0)
        if len(shares) == 3:
            raise CancelledError("Stopped.")

    with pytest.raises(CancelledError):
        measure_removal(net, picture, some_map(), 0, progress=progress)
    assert shares == sorted(shares)
    assert all(not module.training for module in net.modules())
