"""Landscape and sharpness as pages and commands get them: stored, kept from before, or measured.

A landscape keeps every place that was measured, so that a finer grid and a second try go on from
there; a sharpness is kept whole.
"""

from typing import Any

from resnet_core import paths
from resnet_core.asking import ReadyNet
from resnet_core.asking.landscapes import explore_landscape, refuse_strange_line
from resnet_core.asking.sharpnesses import measure_net_sharpness
from resnet_core.asking.training_pictures import TrainingPictures
from resnet_core.probes.landscape import Landscape, LandscapeSpec
from resnet_core.probes.landscape.kept import KeptPoints
from resnet_core.probes.sharpness import Sharpness, SharpnessSpec
from resnet_core.progress import Progress, ignore_progress
from resnet_core.stored.code import code_fingerprint
from resnet_core.stored.gradients import NET_CODE
from resnet_core.stored.kept import keep_measurement, kept_measurement

SHARPNESS = "sharpness"

LANDSCAPE_CODE = (
    *NET_CODE,
    "models/dense.py",
    "models/interventions.py",
    *(f"probes/landscape/{name}.py" for name in ("judging", "places", "slices")),
)
"""Files of the core that decide what is measured at a place."""
SHARPNESS_CODE = (
    *LANDSCAPE_CODE,
    "probes/hooks.py",
    *(f"probes/sharpness/{name}.py" for name in ("lanczos", "measuring", "products", "trace")),
)
"""Files of the core that decide on a sharpness."""


def find_landscape(
    net: ReadyNet,
    pictures: TrainingPictures,
    spec: LandscapeSpec,
    *,
    other: ReadyNet | None = None,
    num_workers: int | None = None,
    progress: Progress = ignore_progress,
) -> Landscape:
    """Measures the places of a landscape that were not measured here before, and keeps each.

    Args:
        net: in the middle, or at the start of a line.
        pictures: whose loss is measured.
        spec: the grid, and what batch norm normalises by.
        other: at the end of the line; `None` takes random directions.
        num_workers: measurements at a time on a CPU, each on one core; `None`: one a core.
        progress: told after each place; it may cancel.

    Raises:
        ProbeError: for a line between nets of which one is not the other with other weights.
        OutOfMemoryError: when the device is too small.
        CancelledError: if `progress` cancels.
    """
    if other is not None:
        refuse_strange_line(net, other)
    question = {
        "nets": [each.source.key for each in (net, other) if each is not None],
        "pictures": pictures.key,
        "seed": spec.seed if other is None else None,
        "statistics": spec.statistics,
        "device": net.device.type,
        "code": code_fingerprint(LANDSCAPE_CODE),
    }
    return explore_landscape(
        net,
        pictures,
        spec,
        other=other,
        known=KeptPoints(paths.measurements_dir(), question),
        num_workers=num_workers,
        progress=progress,
    )


def find_sharpness(
    net: ReadyNet,
    pictures: TrainingPictures,
    spec: SharpnessSpec,
    progress: Progress = ignore_progress,
    *,
    is_anew: bool = False,
) -> Sharpness:
    """Gives a sharpness that was measured here before, else measures and keeps it.

    Args:
        net: which net.
        pictures: whose loss is measured.
        spec: what of it.
        progress: told of the work; it may cancel.
        is_anew: whether it is measured even if it was before.

    Raises:
        ProbeError: when the net is too large, or its loss has no finite curvature.
        OutOfMemoryError: when the device is too small.
        CancelledError: if `progress` cancels.
    """
    question = sharpness_question(net, pictures, spec)
    kept = None if is_anew else kept_measurement(SHARPNESS, question, SHARPNESS_CODE)
    if kept is not None:
        return kept.result
    found = measure_net_sharpness(net, pictures, spec, progress)
    return keep_measurement(SHARPNESS, question, SHARPNESS_CODE, found, net.device).result


def sharpness_question(
    net: ReadyNet, pictures: TrainingPictures, spec: SharpnessSpec
) -> dict[str, Any]:
    """All that a sharpness depends on but the code."""
    return {
        "net": net.source.key,
        "title": net.title,
        "pictures": pictures.key,
        **vars(spec),
    }
