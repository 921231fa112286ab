"""ROAD's imputation against its linear equations and against pytorch-grad-cam."""

import numpy as np
import pytest
import torch
from pytorch_grad_cam.metrics.road import NoisyLinearImputer
from torch import Tensor

from resnet_core.explain.removal import pixel_order
from resnet_core.explain.road import SHARES, RoadCurve, impute, measure_road
from resnet_core.models import ResNet

WEIGHTS = {(0, 1): 1 / 6, (1, 0): 1 / 6, (1, 1): 1 / 12}


def masks(num: int, side: int, share: float) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(num, side, side, generator=generator) < share


def solved(picture: np.ndarray, removed: np.ndarray) -> np.ndarray:
    """The same equations, written down pixel by pixel and solved as a dense system."""
    side = len(removed)
    unknown = {place: index for index, place in enumerate(zip(*np.where(removed), strict=True))}
    matrix, right = np.zeros((len(unknown),) * 2), np.zeros((len(unknown), len(picture)))
    for (row, column), index in unknown.items():
        for down in (-1, 0, 1):
            for over in (-1, 0, 1):
                other = (row + down, column + over)
                if (down, over) == (0, 0) or not all(0 <= place < side for place in other):
                    continue
                weight = WEIGHTS[min(abs(down), abs(over)), max(abs(down), abs(over))]
                matrix[index, index] += weight
                if other in unknown:
                    matrix[index, unknown[other]] -= weight
                else:
                    right[index] += weight * picture[:, other[0], other[1]]
    filled = picture.copy()
    filled[:, removed] = np.linalg.solve(matrix, right).T
    return filled


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_impute_solves_the_equations(picture: Tensor, share: float) -> None:
    removed = masks(3, 16, share)
    filled = impute(picture, removed, noise=0.0)
    for found, mask in zip(filled, removed, strict=True):
        expected = solved(picture[0].double().numpy(), mask.numpy())
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-4)


@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")  # in its own code
def test_impute_equals_that_of_pytorch_grad_cam(picture: Tensor) -> None:
    imputer = NoisyLinearImputer(noise=0.0)
    removed = masks(2, 16, 0.6)
    for found, mask in zip(impute(picture, removed, noise=0.0), removed, strict=True):
        expected = imputer(picture[0], (~mask).float())
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


def test_impute_keeps_what_is_known_and_adds_noise_by_seed(picture: Tensor) -> None:
    removed = masks(1, 16, 0.5)
    first, second, other = (impute(picture, removed, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    known = (~removed)[:, None].expand_as(first)
    assert torch.equal(first[known], picture.expand_as(first)[known])
    plain = impute(picture, removed, noise=0.0)
    assert (first - plain)[~known].std().item() == pytest.approx(0.01, rel=0.2)


def test_impute_of_a_flat_picture_is_that_picture() -> None:
    flat = torch.full((1, 3, 12, 12), 0.7)
    torch.testing.assert_close(
        impute(flat, masks(2, 12, 0.9), noise=0.0), flat.expand(2, -1, -1, -1)
    )


def test_measure_road_reads_the_net_at_every_share_in_both_orders(
    net: ResNet, picture: Tensor
) -> None:
    values = np.random.default_rng(0).random((16, 16)).astype(np.float32)
    curve = measure_road(net, picture, values, 2)
    order = pixel_order(values, 16, seed=0)
    assert curve.shares.tolist() == list(SHARES)
    for number, share in enumerate(SHARES):
        for ranked, found in ((order, curve.most_first), (order.flip(0), curve.least_first)):
            mask = torch.zeros(256, dtype=torch.bool)
            mask[ranked[: round(share * 256)]] = True
            filled = impute(picture, mask.reshape(1, 16, 16), noise=0.0)
            expected = net(filled).softmax(1)[0, 2].item()
            assert found[number] == pytest.approx(expected, abs=0.05), "the noise is small"


def test_road_curve_score_is_half_the_mean_distance() -> None:
    curve = RoadCurve(
        shares=np.array([0.1, 0.9]), most_first=np.array([0.2, 0.0]), least_first=np.array([1, 0.4])
    )
    assert curve.score == pytest.approx((0.8 + 0.4) / 4)
