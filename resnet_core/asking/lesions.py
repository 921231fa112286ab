"""The lesion bench for a net that is ready: which pictures judge it, and what names a question."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from resnet_core.asking.labelled_sets import LabelledSet, SyntheticSet, with_net_classes
from resnet_core.asking.net import ReadyNet
from resnet_core.data import Batch
from resnet_core.data.synthetic import synthetic_source
from resnet_core.devices import memory_errors
from resnet_core.errors import ProbeError
from resnet_core.explain import normalise_pictures
from resnet_core.probes.lesion_run import measure_lesions
from resnet_core.probes.lesions import LesionBench
from resnet_core.progress import Progress, ignore_progress

_FEWEST, _MOST = 10, 10_000
_CALIBRATION = (16, 1024)
_MOST_DRAWS = 20
_FEWEST_A_DRAW = 5
_MOST_CALIBRATING_SHARE = 4
"""At least three quarters of a small set judge the lesions."""
_READ_TOGETHER = 250


@dataclass(frozen=True, kw_only=True)
class LesionSettings:
    """How thoroughly lesions are measured."""

    num_pictures: int = 1000
    """Pictures that judge each block; fewer where the data set has no more."""
    num_calibration: int = 256
    """Other pictures, by which batch norm is recalibrated; 0 leaves that reading out."""
    num_draws: int = 5
    """Draws for each number of blocks removed at random; 0 leaves them out."""
    seed: int = 0
    """Of the choice of pictures and of the draws."""

    def __post_init__(self) -> None:
        low, high = _CALIBRATION
        if not _FEWEST <= self.num_pictures <= _MOST:
            raise ProbeError(
                f"Lesions are judged by {_FEWEST} to {_MOST:,} pictures, got {self.num_pictures:,}."
            )
        if self.num_calibration and not low <= self.num_calibration <= high:
            raise ProbeError(
                f"Batch norm is recalibrated on {low} to {high:,} pictures, or on 0 to leave it as "
                f"it is, got {self.num_calibration:,}."
            )
        if self.num_draws and not 2 <= self.num_draws <= _MOST_DRAWS:
            raise ProbeError(
                f"Blocks are drawn at random 2 to {_MOST_DRAWS} times, or 0 times to leave that "
                f"out, got {self.num_draws}."
            )
        if self.seed < 0:
            raise ProbeError(f"A seed is 0 or more, got {self.seed}.")


def measure_net_lesions(
    net: ReadyNet,
    labelled: LabelledSet,
    settings: LesionSettings,
    progress: Progress = ignore_progress,
) -> LesionBench:
    """Removes blocks of a copy of a net, and counts right answers to pictures of a labelled set.

    Raises:
        CheckpointError: where the net does not know a class of the pictures.
        ProbeError: where the net cannot be measured.
        OutOfMemoryError: where the device is too small.
        CancelledError: if `progress` cancels.
    """
    labelled, _ = with_net_classes(net, labelled)
    judging, calibrating = chosen_numbers(labelled, settings)
    progress("Reading the pictures")
    images = _images(net, labelled, judging, progress)
    others = _images(net, labelled, calibrating, progress) if len(calibrating) else None
    batch = Batch(images, torch.from_numpy(labelled.labels[judging]).to(net.device))
    num_draws = min(settings.num_draws, len(judging) // _FEWEST_A_DRAW)
    with memory_errors(len(judging)), net.use(for_long=True) as model:
        return measure_lesions(
            model.to(memory_format=torch.channels_last),
            batch,
            calibration=others,
            num_draws=num_draws,
            seed=settings.seed,
            progress=progress,
        )


def lesion_question(
    net_key: str, labelled: LabelledSet, settings: LesionSettings
) -> dict[str, Any]:
    """All that a lesion bench depends on but the code: net, pictures with labels, settings.

    Args:
        net_key: of the net's source.
        labelled: the pictures.
        settings: how thoroughly it is measured.

    Raises:
        ProbeError: where the set has too few pictures.
    """
    return {"net": net_key, "pictures": _pictures_key(labelled, settings), **asdict(settings)}


def chosen_numbers(labelled: LabelledSet, settings: LesionSettings) -> tuple[np.ndarray, ...]:
    """Numbers of the pictures that judge, and of others that recalibrate, drawn by the seed.

    Raises:
        ProbeError: where the set has too few pictures.
    """
    total = len(labelled.labels)
    num_calibration = min(settings.num_calibration, total // _MOST_CALIBRATING_SHARE)
    num_judging = min(settings.num_pictures, total - num_calibration)
    if num_judging < _FEWEST:
        raise ProbeError(
            f"{labelled.title} has {total} test pictures, and lesions need at least {_FEWEST} "
            "beside those that recalibrate: choose a larger data set."
        )
    order = np.random.default_rng(settings.seed).permutation(total)
    return order[:num_judging], order[num_judging : num_judging + num_calibration]


def _images(
    net: ReadyNet, labelled: LabelledSet, numbers: np.ndarray, progress: Progress
) -> torch.Tensor:
    parts = []
    for start in range(0, len(numbers), _READ_TOGETHER):
        progress("Reading the pictures")
        pictures = labelled.pictures(numbers[start : start + _READ_TOGETHER])
        seen = np.stack([net.see_pixels(pixels).pixels for pixels in pictures])
        parts.append(normalise_pictures(seen, net.card))
    images = torch.cat(parts).to(net.device)
    return images.to(memory_format=torch.channels_last)


def _pictures_key(labelled: LabelledSet, settings: LesionSettings) -> str:
    """Names the pictures by their content, or by the version of those that are drawn."""
    if isinstance(labelled, SyntheticSet):
        return synthetic_source().origin
    numbers = np.concatenate(chosen_numbers(labelled, settings))
    content = hashlib.sha256(repr(labelled.class_names).encode())
    content.update(np.ascontiguousarray(labelled.labels[numbers]).tobytes())
    content.update(np.ascontiguousarray(labelled.pictures(numbers)).tobytes())
    return content.hexdigest()[:16]
