"""Measures the sharpness of a net on some pictures."""

import contextlib
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from resnet_core.data import Batch
from resnet_core.devices import memory_errors
from resnet_core.models.initialisation import parameter_generator
from resnet_core.probes.hooks import borrowed
from resnet_core.probes.landscape.judging import batch_norms, split_batch
from resnet_core.probes.landscape.places import Statistics
from resnet_core.probes.sharpness.lanczos import Eigenvalues, largest_eigenvalues
from resnet_core.probes.sharpness.products import HessianProducts
from resnet_core.probes.sharpness.records import Sharpness, SharpnessSpec
from resnet_core.probes.sharpness.trace import Trace, estimate_trace
from resnet_core.progress import Progress, ignore_progress, partial_progress

_LANCZOS_SHARE = 0.7
"""Of the time, roughly."""


def measure_sharpness(
    model: nn.Module,
    batch: Batch,
    spec: SharpnessSpec,
    *,
    progress: Progress = ignore_progress,
) -> Sharpness:
    """Measures the Hessian of the mean cross-entropy; the net is given back as it was.

    Weight decay is no part of the loss; dropout and stochastic depth are switched off.

    Raises:
        ProbeError: when the net is too large, or its loss has no finite curvature.
        OutOfMemoryError: when the device is too small.
        CancelledError: if `progress` cancels.
    """
    started, told = time.perf_counter(), _Repeated(progress)
    with memory_errors(spec.at_a_time), _as_asked(model, spec.statistics):
        losses = _losses(model, batch, spec.at_a_time)
        products = HessianProducts(list(model.parameters()), losses, between=told.again)
        with torch.no_grad():
            loss = sum(float(part()) for part in losses)
        found, trace = _measure(products, spec, batch.images.device, told.tell)
    return Sharpness(
        top_eigenvalues=found.values,
        residuals=found.residuals,
        is_converged=found.is_converged,
        trace=trace,
        loss=loss,
        num_parameters=products.size,
        num_pictures=len(batch.labels),
        spec=spec,
        num_products=products.num_done,
        elapsed_s=time.perf_counter() - started,
    )


class _Repeated:
    """Progress that is told again between the parts of a product: it can be stopped there."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._last: tuple[str, float | None] = ("Largest eigenvalue", 0.0)

    def tell(self, message: str, fraction: float | None = None) -> None:
        self._last = (message, fraction)
        self.again()

    def again(self) -> None:
        self._progress(*self._last)


@contextlib.contextmanager
def _as_asked(model: nn.Module, statistics: Statistics) -> Iterator[None]:
    """Puts a net into evaluation mode, its batch norms into training mode where it is asked."""
    with borrowed(model, training=False):
        for norm in batch_norms(model) if statistics == "recomputed" else ():
            norm.train()
        yield


def _losses(model: nn.Module, batch: Batch, at_a_time: int) -> list[Callable[[], Tensor]]:
    """Parts of the mean cross-entropy that pass apart, as equal as can be."""
    count = len(batch.labels)
    num_parts = max(1, -(-count // at_a_time))
    # Second derivatives of convolutions take a CPU three times as long with channels last.
    images = batch.images.contiguous()

    def loss_of(part: Batch) -> Tensor:
        logits = model(part.images)
        return functional.cross_entropy(logits, part.labels, reduction="sum") / count

    parts = split_batch(Batch(images, batch.labels), -(-count // num_parts))
    return [lambda part=part: loss_of(part) for part in parts]


def _measure(
    products: HessianProducts, spec: SharpnessSpec, device: torch.device, progress: Progress
) -> tuple[Eigenvalues, Trace]:
    start, vectors = (parameter_generator(spec.seed, f"hessian.{n}") for n in ("start", "trace"))
    found = largest_eigenvalues(
        products,
        torch.randn(products.size, generator=start).to(device),
        spec.count,
        progress=partial_progress(progress, 0.0, _LANCZOS_SHARE),
    )
    trace = estimate_trace(
        products,
        products.size,
        spec.num_draws,
        generator=vectors,
        device=device,
        progress=partial_progress(progress, _LANCZOS_SHARE, 1.0),
    )
    return found, trace
