"""Landscape and sharpness as pages and commands get them: stored, kept from before, or measured.

A landscape keeps every place that was measured, so that a finer grid and a second try go on from
there; a sharpness is kept whole.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace

from resnet_core import paths
from resnet_core.asking import NetSource, ReadyNet, list_steps, load_source
from resnet_core.asking.called import sources_called
from resnet_core.asking.landscapes import explore_landscape, refuse_strange_line
from resnet_core.asking.sharpnesses import measure_net_sharpness
from resnet_core.asking.shipped_runs import list_shipped_arms
from resnet_core.asking.training_pictures import TrainingPictures, draw_training_pictures
from resnet_core.probes.landscape import GRIDS, Landscape, LandscapeSpec
from resnet_core.probes.landscape.kept import KeptPoints
from resnet_core.probes.sharpness import Sharpness, SharpnessSpec
from resnet_core.progress import Progress, ignore_progress
from resnet_core.stored.code import code_fingerprint
from resnet_core.stored.files import StoredQuestion
from resnet_core.stored.gradients import NET_CODE, PICTURE_CODE
from resnet_core.stored.kept import keep_measurement, kept_measurement
from resnet_core.stored.plan import Storable

LANDSCAPE, SHARPNESS = "landscape", "sharpness"
LANDSCAPE_PAIR = ("resnet56-synthetic", "plain56-synthetic")
"""Nets around which the view of landscapes opens."""
LANDSCAPE_PICTURES, SHARPNESS_PICTURES = 256, 32
STORED_LANDSCAPE = LandscapeSpec(grid=GRIDS[1])
STORED_SHARPNESS = SharpnessSpec(count=1, num_draws=5, at_a_time=32)
"""As many pictures as a step of the shipped run takes: what its optimizer felt."""

_SOURCE = "synthetic"

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
        return replace(kept.result, is_known=True)
    found = measure_net_sharpness(net, pictures, spec, progress)
    return keep_measurement(SHARPNESS, question, SHARPNESS_CODE, found, net.device).result


def sharpness_question(
    net: ReadyNet, pictures: TrainingPictures, spec: SharpnessSpec
) -> StoredQuestion:
    """All that a sharpness depends on but the code."""
    return {
        "net": net.source.key,
        "title": net.title,
        "pictures": pictures.key,
        **asdict(spec),
    }


def landscape_question(
    nets: Sequence[NetSource], source: str, count: int, spec: LandscapeSpec
) -> StoredQuestion:
    """Asks for nets, named by their keys, on so many training pictures of a data set."""
    return {
        "nets": [net.key for net in nets],
        "source": source,
        "pictures": count,
        **asdict(spec),
    }


def over_steps_question(
    run_id: str, source: str, count: int, spec: SharpnessSpec
) -> StoredQuestion:
    """Asks for the sharpness of every saved step of a shipped run."""
    keys = [[step.key for step in steps] for steps in arms_of(run_id)]
    return {"steps": keys, "source": source, "pictures": count, **asdict(spec)}


def arms_of(run_id: str) -> tuple[tuple[NetSource, ...], ...]:
    """Lists the saved steps of a shipped run, arm by arm."""
    return tuple(
        list_steps(arm.run_id, arm.arm) for arm in list_shipped_arms() if arm.run_id == run_id
    )


def _landscape_sources() -> tuple[NetSource, ...]:
    return tuple(source for name in LANDSCAPE_PAIR for source in sources_called(name))


def _measure_landscapes(progress: Progress) -> tuple[Landscape, ...]:
    found = []
    for source in _landscape_sources():
        net = load_source(source)
        pictures = draw_training_pictures(net, _SOURCE, LANDSCAPE_PICTURES)
        found.append(find_landscape(net, pictures, STORED_LANDSCAPE, progress=progress))
    return tuple(found)


def _measure_over_steps(progress: Progress) -> tuple[tuple[Sharpness, ...], ...]:
    return tuple(
        tuple(_measure_step(source, progress) for source in steps)
        for steps in arms_of(first_shipped_run())
    )


def _measure_step(source: NetSource, progress: Progress) -> Sharpness:
    net = load_source(source)
    pictures = draw_training_pictures(net, _SOURCE, SHARPNESS_PICTURES)
    return find_sharpness(net, pictures, STORED_SHARPNESS, progress)


def first_shipped_run() -> str:
    """The run whose saved steps ship with the lab."""
    return list_shipped_arms()[0].run_id


LANDSCAPE_STORABLES = (
    Storable(
        name=LANDSCAPE,
        question=lambda: landscape_question(
            _landscape_sources(), _SOURCE, LANDSCAPE_PICTURES, STORED_LANDSCAPE
        ),
        measure=_measure_landscapes,
        modules=(*LANDSCAPE_CODE, *PICTURE_CODE),
    ),
    Storable(
        name=SHARPNESS,
        question=lambda: over_steps_question(
            first_shipped_run(), _SOURCE, SHARPNESS_PICTURES, STORED_SHARPNESS
        ),
        measure=_measure_over_steps,
        modules=(*SHARPNESS_CODE, *PICTURE_CODE),
    ),
)
