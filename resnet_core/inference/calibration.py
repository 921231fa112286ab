"""How far a net can be believed, measured once and kept with its card.

Temperature and energy come from held-out pictures; what is usual from training pictures; and the
share of strange pictures that is noticed from test pictures and such as no net learned from.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from resnet_core.asking import ReadyNet, load_net
from resnet_core.asking.watching import as_tables
from resnet_core.checkpoints import (
    CheckpointCard,
    ClassMatching,
    Detection,
    MeasuredAfterwards,
    keep_measured,
    match_all_classes,
    pack_statistics,
    read_calibrated_card,
    relabelled,
)
from resnet_core.config import DataConfig
from resnet_core.data import DataSet, load_dataset
from resnet_core.data.source import PARTS
from resnet_core.data.strange import strange_pictures
from resnet_core.errors import ProbeError
from resnet_core.inference.showing import (
    WholeAnswer,
    counting,
    of_all_classes,
    pixels_of,
)
from resnet_core.probes.calibration import (
    ENERGY_THRESHOLD,
    FAMILIAR_SHARE,
    TEMPERATURE,
    energy_score,
    energy_threshold,
)
from resnet_core.probes.strangeness import (
    BlockStatistics,
    fit_blocks,
    measure_strangeness,
)
from resnet_core.probes.temperature import TemperatureFit, is_at_limit, measure_temperature
from resnet_core.progress import Progress, ignore_progress

CALIBRATION_PICTURES = "calibration_pictures"
TEMPERATURE_LOW, TEMPERATURE_HIGH = "temperature_low", "temperature_high"
TEMPERATURE_GAIN = "temperature_gain"
"""Names under which a card's metrics keep the fit, beside those of `probes.calibration`."""

_MOST_TRAINING, _MOST_STRANGE_PICTURES = 5000, 1000
_NUM_KINDS = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibration:
    """What was measured of a net on pictures of its own classes."""

    temperature: TemperatureFit
    energy_threshold: float
    """Energy below which 95 % of the held-out pictures lie."""
    matching: ClassMatching
    """What the data's classes were taken for."""
    blocks: tuple[BlockStatistics, ...]
    """What is usual."""
    detection: Detection
    """How well strange pictures are noticed."""

    @property
    def metrics(self) -> dict[str, float]:
        """What a card's metrics keep of it."""
        fit = self.temperature
        of_all = {
            ENERGY_THRESHOLD: self.energy_threshold,
            CALIBRATION_PICTURES: float(fit.num_pictures),
        }
        if fit.is_at_limit:
            return of_all  # what the card says of the temperature stays
        return {
            TEMPERATURE: fit.applied,
            TEMPERATURE_LOW: fit.low,
            TEMPERATURE_HIGH: fit.high,
            TEMPERATURE_GAIN: fit.gain,
            **of_all,
        }


def measure_checkpoint_calibration(
    path: Path,
    config: DataConfig,
    *,
    device: str = "auto",
    class_map: Mapping[str, str] | None = None,
    progress: Progress = ignore_progress,
) -> Calibration:
    """Measures how far a checkpoint can be believed, and keeps nothing.

    Args:
        path: weights or card.
        config: pictures of the net's own classes.
        device: where to compute.
        class_map: classes of the data to the net's that they are, where their names differ.
        progress: told after each batch; it may cancel.

    Raises:
        CheckpointError: when the checkpoint cannot be used, or does not fit the data.
        ConfigError: when the map names a class that is not there.
        DataError: when the data set cannot be used.
        CancelledError: if `progress` cancels.
    """
    net = load_net(path, device=device)
    data = load_dataset(net.as_measured(config), needs=PARTS)
    return measure_calibration(net, data, progress, class_map=class_map)


def measure_calibration(
    net: ReadyNet,
    data: DataSet,
    progress: Progress = ignore_progress,
    *,
    class_map: Mapping[str, str] | None = None,
) -> Calibration:
    """Measures how far a net can be believed; classes are matched by name.

    Raises:
        CheckpointError: when the net's classes are not the data's.
        ConfigError: when the map names a class that is not there.
        ProbeError: when there are too few pictures, or the net has diverged.
        CancelledError: if `progress` cancels.
    """
    matching = match_all_classes(net.card, data.card, class_map)
    data = relabelled(data, matching)
    if not len(data.validation):
        raise ProbeError("There are no pictures to measure with: choose a split that has some.")
    of_training = of_all_classes(data.train.labels, _MOST_TRAINING)
    of_test = of_all_classes(data.test.labels, _MOST_STRANGE_PICTURES)
    labels, num_strange = data.train.labels[of_training], len(data.test.labels[of_test])
    total = len(labels) + len(data.validation) + (1 + _NUM_KINDS) * num_strange
    show = counting(net, total, progress)
    held_out, training = show(data.validation.images), show(data.train.images[of_training])
    usual = _fit_usual(training, labels, held_out)
    own = pixels_of(net, data.test.images[of_test])
    return Calibration(
        temperature=measure_temperature(held_out.logits, data.validation.labels),
        energy_threshold=usual.energy,
        matching=matching,
        blocks=usual.blocks,
        detection=_detect(usual, own, show, data.card.title),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Usual:
    """What a net does on pictures of its own, and above which limits it is strange."""

    blocks: tuple[BlockStatistics, ...]
    strangeness: float
    energy: float
    num_training: int
    num_held_out: int

    def flagged(self, asked: WholeAnswer) -> tuple[float, float]:
        """Shares of pictures above the limits, by strangeness and by energy."""
        strangeness = measure_strangeness(self.blocks, asked.moments)
        return (
            float((strangeness > self.strangeness).mean()),
            float((energy_score(asked.logits) > self.energy).mean()),
        )


def _fit_usual(training: WholeAnswer, labels: np.ndarray, held_out: WholeAnswer) -> _Usual:
    blocks = fit_blocks(training.moments, labels, held_out.moments)
    strangeness = measure_strangeness(blocks, held_out.moments)
    return _Usual(
        blocks=blocks,
        strangeness=float(np.quantile(strangeness, FAMILIAR_SHARE)),
        energy=energy_threshold(held_out.logits),
        num_training=len(labels),
        num_held_out=len(held_out.logits),
    )


def _detect(
    usual: _Usual, own: np.ndarray, show: Callable[[np.ndarray], WholeAnswer], title: str
) -> Detection:
    """Measures how often own pictures are taken for strange, and strange ones noticed."""
    false_alarms, energy_false_alarms = usual.flagged(show(own))
    shares = {
        kind: usual.flagged(show(pictures)) for kind, pictures in strange_pictures(own, title)
    }
    return Detection(
        threshold=usual.strangeness,
        statistics_sha256=pack_statistics(as_tables(usual.blocks))[1],
        num_training=usual.num_training,
        num_held_out=usual.num_held_out,
        num_pictures=len(own),
        false_alarms=false_alarms,
        energy_false_alarms=energy_false_alarms,
        rates={kind: share for kind, (share, _) in shares.items()},
        energy_rates={kind: share for kind, (_, share) in shares.items()},
    )


def keep_calibration(
    path: Path, calibration: Calibration, *, as_shipped: bool = False
) -> CheckpointCard:
    """Keeps a calibration with a checkpoint's card; see `keep_measured` for where that is.

    Where the search for a temperature ended at its limit, the card's former one stays, or 1.

    Raises:
        CheckpointError: when the card is missing or damaged.
        StorageError: when the card cannot be written.
    """
    content, _ = pack_statistics(as_tables(calibration.blocks))
    metrics = calibration.metrics
    if TEMPERATURE not in metrics and _has_none(read_calibrated_card(path)):
        metrics[TEMPERATURE] = calibration.temperature.applied
    measured = MeasuredAfterwards(
        metrics=metrics, detection=calibration.detection, statistics=content
    )
    return keep_measured(path, measured, as_shipped=as_shipped)


def _has_none(card: CheckpointCard) -> bool:
    """Whether a card has no temperature, or one at the limit, as they once were kept."""
    former = card.metrics.get(TEMPERATURE)
    return former is None or is_at_limit(former)
