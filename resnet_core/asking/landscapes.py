"""The landscape around a net that is ready, and on the line to another."""

from dataclasses import replace

from resnet_core.asking.net import ReadyNet
from resnet_core.asking.training_pictures import TrainingPictures
from resnet_core.errors import ProbeError
from resnet_core.probes.landscape import (
    Landscape,
    LandscapeSpec,
    LineSlice,
    Points,
    RandomSlice,
    Slice,
    judge_on,
    measure_landscape,
)
from resnet_core.progress import Progress, ignore_progress


def explore_landscape(
    net: ReadyNet,
    pictures: TrainingPictures,
    spec: LandscapeSpec,
    *,
    other: ReadyNet | None = None,
    known: Points | None = None,
    num_workers: int | None = None,
    progress: Progress = ignore_progress,
) -> Landscape:
    """Measures loss and error around a net, or on the line to another.

    Args:
        net: in the middle, or at the start of the line.
        pictures: whose loss is measured.
        spec: the grid, and what batch norm normalises by.
        other: at the end of the line; `None` takes random directions.
        known: places that were measured before; new ones are put in one by one.
        num_workers: measurements at a time on a CPU, each on one core; `None`: one a core.
        progress: told after each place; it may cancel.

    Raises:
        ProbeError: for a line between nets of which one is not the other with other weights.
        OutOfMemoryError: when the device is too small.
        CancelledError: if `progress` cancels.
    """
    along = _slice(net, other, spec)
    with net.use(for_long=True) as model:
        found = measure_landscape(
            model.eval(),
            along,
            judge_on(pictures.batch, spec.statistics),
            spec,
            known=known,
            num_workers=num_workers if net.device.type == "cpu" else 1,
            progress=progress,
        )
    return replace(
        found,
        label=net.title,
        other_label="" if other is None else other.title,
        is_plain=net.is_plain,
        num_pictures=len(pictures.batch.labels),
    )


def refuse_strange_line(net: ReadyNet, other: ReadyNet) -> None:
    """Refuses a line between two nets whose mixture would be neither's kind.

    Raises:
        ProbeError: saying in what they differ.
    """
    ours, theirs = net.card, other.card
    if net.source.key == other.source.key:
        raise ProbeError(f"{other.title} is the same net: choose another for the end of the line.")
    same_net = replace(ours.model, name="") == replace(theirs.model, name="")
    if not same_net or ours.interventions != theirs.interventions:
        raise ProbeError(
            f"A line joins nets of the same architecture, and {net.title} and {other.title} differ "
            "in it: choose two seeds of one net, two steps of a run, or a run and its fork."
        )
    if (ours.class_names, ours.mean, ours.std) != (theirs.class_names, theirs.mean, theirs.std):
        raise ProbeError(
            f"{net.title} and {other.title} learned other pictures, so that no set is right for "
            "the whole line: choose nets of one data set."
        )


def _slice(net: ReadyNet, other: ReadyNet | None, spec: LandscapeSpec) -> Slice:
    if other is None:
        return RandomSlice.around(net.model, spec.seed)
    refuse_strange_line(net, other)
    return LineSlice.between(net.model, other.model.to(net.device))
