"""Measures a landscape place by place, on copies of the net; known places are left out."""

import contextlib
import copy
import queue
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import replace

import numpy as np
from torch import nn

from resnet_core.probes.landscape.places import LandscapeSpec, Place
from resnet_core.probes.landscape.records import Landscape, LandscapePoint
from resnet_core.probes.landscape.slices import Slice
from resnet_core.probes.workers import measure_side_by_side
from resnet_core.progress import Progress, ignore_progress

Points = MutableMapping[Place, LandscapePoint]
"""What is known of a slice; a place is put in as soon as it is measured."""
Judge = Callable[[nn.Module], LandscapePoint]
"""Says how a net does, such as `judge_on` of its pictures."""


def measure_landscape(
    model: nn.Module,
    along: Slice,
    judge: Judge,
    spec: LandscapeSpec,
    *,
    known: Points | None = None,
    num_workers: int | None = None,
    progress: Progress = ignore_progress,
) -> Landscape:
    """Measures every place of a grid, the nearest first, some side by side.

    Args:
        model: the net; copies of it are moved, itself it stays as it is.
        along: the slice.
        judge: says how a net does at a place.
        spec: the grid.
        known: places that were measured before. New ones are put in one by one, so that nothing is
            lost of what a person stops.
        num_workers: measurements at a time, each on one core; `None`: one a core.
        progress: told after each place; it cancels by raising.

    Raises:
        CancelledError: if `progress` cancels.
    """
    points: Points = {} if known is None else known
    alphas, betas = along.axes(spec)
    copies = _Copies(model)

    def measure(place: Place) -> None:
        with copies.lent() as own:
            along.move(own, place)
            points[place] = judge(own)

    places = [(alpha, beta) for beta in betas for alpha in alphas]
    missing = sorted((place for place in places if place not in points), key=_farness)
    tasks = [lambda place=place: measure(place) for place in missing]
    num_known = len(places) - len(missing)
    measure_side_by_side(
        tasks, num_workers=num_workers, progress=_beside_known(num_known, progress)
    )
    found = _landscape([points[place] for place in places], spec, (alphas, betas))
    return replace(found, num_known=num_known)


def _beside_known(num_known: int, progress: Progress) -> Progress:
    """Tells also how many places were there already."""

    def tell(message: str, fraction: float | None = None) -> None:
        progress(f"{message}, {num_known} more were there already", fraction)

    return tell if num_known else progress


class _Copies:
    """Copies of a net, as many as work at a time: each worker moves one of its own."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._idle: queue.SimpleQueue[nn.Module] = queue.SimpleQueue()

    @contextlib.contextmanager
    def lent(self) -> Iterator[nn.Module]:
        """Lends one; a new one where none is idle."""
        try:
            own = self._idle.get_nowait()
        except queue.Empty:
            own = copy.deepcopy(self._model)
        yield own
        self._idle.put(own)


def _farness(place: Place) -> float:
    return max(abs(each) for each in place)


def _landscape(
    points: list[LandscapePoint],
    spec: LandscapeSpec,
    axes: tuple[tuple[float, ...], tuple[float, ...]],
) -> Landscape:
    alphas, betas = axes
    shape = len(betas), len(alphas)
    return Landscape(
        spec=spec,
        alphas=alphas,
        betas=betas,
        loss=np.array([point.loss for point in points]).reshape(shape),
        error=np.array([point.error for point in points]).reshape(shape),
        elapsed_s=sum(point.elapsed_s for point in points),
    )
