"""Eigenvalues and traces against matrices and nets whose Hessian is written down."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from resnet_core.data import Batch
from resnet_core.errors import CancelledError, ProbeError
from resnet_core.models import build_model, model_config
from resnet_core.probes.batches import BatchSpec, draw_batch
from resnet_core.probes.sharpness import (
    HessianProducts,
    SharpnessSpec,
    estimate_trace,
    lanczos,
    largest_eigenvalues,
    measure_sharpness,
    nesterov_threshold,
    stability_threshold,
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def matrix_of(eigenvalues: list[float]) -> torch.Tensor:
    size = len(eigenvalues)
    turned, _ = torch.linalg.qr(torch.randn(size, size, generator=generator()))
    return turned @ torch.diag(torch.tensor(eigenvalues, dtype=torch.float32)) @ turned.T


def exact_hessian(net: nn.Module, batch: Batch) -> torch.Tensor:
    """The Hessian, row by row, by double backward over the flattened parameters."""
    parameters = dict(net.named_parameters())
    sizes = [p.numel() for p in parameters.values()]

    def loss(flat: torch.Tensor) -> torch.Tensor:
        pieces = zip(parameters.items(), flat.split(sizes), strict=True)
        moved = {path: piece.view_as(p) for (path, p), piece in pieces}
        logits = torch.func.functional_call(net, moved, (batch.images,))
        return functional.cross_entropy(logits, batch.labels)

    flat = torch.cat([p.detach().flatten() for p in parameters.values()])
    exact = torch.autograd.functional.hessian(loss, flat)
    assert isinstance(exact, torch.Tensor)
    return exact


def test_eigenvalues_of_a_known_matrix():
    values = [9.0, 7.5, 1.0, 0.5, 0.2, 0.0, -3.0, -12.0]
    matrix = matrix_of(values)
    start = torch.randn(8, generator=generator(1))
    found = largest_eigenvalues(lambda v: matrix @ v, start, 3, tolerance=1e-5)
    np.testing.assert_allclose(found.values, values[:3], rtol=1e-4)
    assert found.is_converged
    assert (found.residuals < 1e-3).all()


def test_a_multiple_of_the_identity_ends_after_one_product():
    found = largest_eigenvalues(lambda v: 4 * v, torch.ones(50), 2)
    np.testing.assert_allclose(found.values, [4.0], rtol=1e-6)
    assert found.num_products == 1


def test_the_residual_bounds_the_error_of_an_early_end(monkeypatch):
    monkeypatch.setattr(lanczos, "MOST_PRODUCTS", 6)
    matrix = matrix_of(list(np.linspace(0, 10, 60)))
    found = largest_eigenvalues(
        lambda v: matrix @ v, torch.randn(60, generator=generator(2)), 1, tolerance=1e-6
    )
    assert not found.is_converged
    nearest = float((torch.linalg.eigvalsh(matrix) - found.values[0]).abs().min())
    assert nearest <= found.residuals[0] * 1.001
    assert found.num_products == 6


def test_a_matrix_too_large_for_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(lanczos, "MEMORY_LIMIT_MIB", 1e-3)
    with pytest.raises(ProbeError, match="take a smaller net"):
        largest_eigenvalues(lambda v: v, torch.ones(1000), 1)


def test_trace_of_a_diagonal_matrix_is_exact_and_of_another_within_its_error():
    diagonal = torch.tensor([1.0, 2.0, 3.0])
    exact = estimate_trace(lambda v: diagonal * v, 3, 4, generator=generator())
    assert (exact.value, exact.standard_error) == (6.0, 0.0)
    matrix = matrix_of([5.0, 4.0, -2.0, 1.0, 0.5, 0.25])
    found = estimate_trace(lambda v: matrix @ v, 6, 200, generator=generator())
    assert 0 < found.standard_error < 1
    assert abs(found.value - 8.75) < 4 * found.standard_error


@pytest.mark.parametrize("statistics", ["stored", "recomputed"])
def test_sharpness_of_a_tiny_net_is_that_of_its_whole_hessian(statistics):
    config = model_config("resnet8", stage_widths=(1, 1, 2), stem_width=1, num_classes=3)
    batch = draw_batch(config, BatchSpec(kind="noise", num_pictures=8, noise_size_px=8), seed=0)
    net = build_model(config, seed=0).eval()
    before = copy.deepcopy(net.state_dict())
    spec = SharpnessSpec(count=2, num_draws=30, statistics=statistics)
    found = measure_sharpness(net, batch, spec)
    assert all(torch.equal(tensor, before[path]) for path, tensor in net.state_dict().items())
    reference = copy.deepcopy(net).train(statistics == "recomputed")
    exact = exact_hessian(reference, batch)
    largest = torch.linalg.eigvalsh(exact).flip(0)[:2].numpy()
    assert found.is_converged
    np.testing.assert_allclose(found.top_eigenvalues, largest, rtol=0.01)
    assert abs(found.trace.value - float(exact.trace())) < 4 * found.trace.standard_error
    assert found.num_parameters == len(exact)


def test_parts_of_a_batch_add_up_to_the_whole():
    config = model_config("resnet8", stage_widths=(2, 2, 2), stem_width=2)
    batch = draw_batch(config, BatchSpec(kind="noise", num_pictures=10, noise_size_px=8), seed=0)
    net = build_model(config, seed=0).eval()
    whole, parts = (
        measure_sharpness(
            net, batch, SharpnessSpec(count=1, num_draws=2, statistics="stored", at_a_time=size)
        )
        for size in (64, 4)
    )
    assert parts.largest == pytest.approx(whole.largest, rel=1e-3)
    assert parts.trace.value == pytest.approx(whole.trace.value, rel=1e-3)
    assert parts.loss == pytest.approx(whole.loss, rel=1e-5)


def test_a_linear_net_has_the_hessian_of_softmax_regression():
    """H = mean of x x' (x) (diag(p) - p p') over pictures, for weights of K classes."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(5, 3, bias=False))
    images = torch.randn(20, 5, generator=generator())
    batch = Batch(images, torch.arange(20) % 3)
    chances = net(images).softmax(1).detach()
    bends = torch.diag_embed(chances) - chances[:, :, None] * chances[:, None, :]
    exact = torch.einsum("nij,nk,nl->ikjl", bends, images, images).reshape(15, 15) / 20
    found = measure_sharpness(net, batch, SharpnessSpec(count=2, num_draws=100))
    np.testing.assert_allclose(
        found.top_eigenvalues, torch.linalg.eigvalsh(exact).flip(0)[:2].numpy(), rtol=0.01
    )
    assert abs(found.trace.value - float(exact.trace())) < 4 * found.trace.standard_error


def test_a_loss_that_does_not_bend_has_no_curvature():
    weight = nn.Parameter(torch.ones(3))
    products = HessianProducts([weight], [lambda: (2 * weight).sum()])
    assert torch.equal(products(torch.ones(3)), torch.zeros(3))


def test_weights_that_diverged_are_refused():
    weight = nn.Parameter(torch.tensor([float("inf")]))
    products = HessianProducts([weight], [lambda: (weight**3).sum()])
    with pytest.raises(ProbeError, match="diverged"):
        products(torch.ones(1))


def test_it_can_be_stopped_within_a_product():
    config = model_config("resnet8", stage_widths=(2, 2, 2), stem_width=2)
    batch = draw_batch(config, BatchSpec(kind="noise", num_pictures=8, noise_size_px=8), seed=0)
    told = []

    def stop(message: str, fraction: float | None = None) -> None:
        told.append(message)
        if len(told) == 2:
            raise CancelledError("Stopped.")

    net = build_model(config, seed=0)
    with pytest.raises(CancelledError):
        measure_sharpness(net, batch, SharpnessSpec(at_a_time=2), progress=stop)
    assert len(told) == 2
    assert net.training


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_steps_on_a_bowl_come_to_rest_below_the_line_and_diverge_above(momentum, nesterov):
    if nesterov and not momentum:
        return
    line = (nesterov_threshold if nesterov else stability_threshold)(0.1, momentum)
    for factor, diverges in ((0.9, False), (1.1, True)):
        place = nn.Parameter(torch.tensor(1.0, dtype=torch.float64))
        steps = torch.optim.SGD([place], lr=0.1, momentum=momentum, nesterov=nesterov)
        for _ in range(300):
            steps.zero_grad()
            (0.5 * line * factor * place**2).backward()
            steps.step()
        assert (abs(place.item()) > 1) == diverges


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"count": 0}, "1 to 20"),
        ({"num_draws": 1}, "2 to 200"),
        ({"statistics": "none"}, "stored or recomputed"),
        ({"at_a_time": 1}, "At least 2"),
    ],
)
def test_what_cannot_be_asked_of_sharpness_is_refused(wrong, words):
    with pytest.raises(ProbeError, match=words):
        SharpnessSpec(**wrong)
