"""The lesion bench as pages and commands ask for it: stored, kept from before, or measured."""

from dataclasses import replace

from resnet_core.asking import ReadyNet, load_net, source_of_card
from resnet_core.asking.labelled_sets import LabelledSet, SyntheticSet
from resnet_core.asking.lesions import LesionSettings, lesion_question, measure_net_lesions
from resnet_core.checkpoints import find_checkpoint, read_card
from resnet_core.errors import CheckpointError
from resnet_core.probes.lesions import LesionBench
from resnet_core.progress import Progress
from resnet_core.stored.files import StoredMeasurement, StoredQuestion, stored_measurement
from resnet_core.stored.gradients import NET_CODE, PICTURE_CODE
from resnet_core.stored.kept import keep_measurement, kept_measurement
from resnet_core.stored.plan import Storable

LESIONS = "lesions"
STORED_PAIR = ("resnet20-synthetic", "plain20-synthetic")
"""Nets whose benches the lab ships with: both have learned, and differ in their skips alone."""

_CODE = (
    *NET_CODE,
    *PICTURE_CODE,
    "models/dense.py",
    "models/interventions.py",
    "probes/lesions.py",
    "probes/lesion_plan.py",
    "probes/lesion_run.py",
    "asking/lesions.py",
)
"""Files of the core that decide what a lesion bench finds."""


def kept_lesions(question: StoredQuestion) -> StoredMeasurement | None:
    """Finds a `LesionBench` that was measured here before."""
    return kept_measurement(LESIONS, question, _CODE)


def find_lesions(
    net: ReadyNet,
    labelled: LabelledSet,
    settings: LesionSettings,
    progress: Progress,
    *,
    is_anew: bool = False,
) -> StoredMeasurement:
    """Gives a bench that was measured here before, else measures and keeps it.

    Args:
        net: whose blocks are removed, from a copy.
        labelled: the pictures.
        settings: how thoroughly.
        progress: told of the work; it may cancel.
        is_anew: whether it is measured even if it was before.

    Raises:
        ProbeError: where the net cannot be measured on these pictures.
        OutOfMemoryError: where the device is too small.
        CancelledError: if `progress` cancels.
    """
    question = lesion_question(net.source.key, labelled, settings)
    kept = None if is_anew else kept_lesions(question)
    if kept is not None:
        return kept
    bench = measure_net_lesions(net, labelled, settings, progress)
    return keep_measurement(LESIONS, question, _CODE, bench, net.device)


def stored_lesions(question: StoredQuestion) -> StoredMeasurement | None:
    """Finds one of the benches that the lab ships with, as if it had been stored alone."""
    try:
        asked = _question()
    except CheckpointError:  # a shipped net was taken away
        return None
    stored = stored_measurement(LESIONS, asked)
    if stored is None or question not in asked["benches"]:
        return None
    place = asked["benches"].index(question)
    return replace(stored, result=stored.result[place], question=question)


def _question() -> StoredQuestion:
    benches = [
        lesion_question(_stored_key(name), SyntheticSet(), LesionSettings()) for name in STORED_PAIR
    ]
    return {"benches": benches}


def _measure(progress: Progress) -> tuple[LesionBench, ...]:
    nets = (load_net(find_checkpoint(name), device="cpu") for name in STORED_PAIR)
    return tuple(
        measure_net_lesions(net, SyntheticSet(), LesionSettings(), progress) for net in nets
    )


def _stored_key(name: str) -> str:
    path = find_checkpoint(name)
    return source_of_card(read_card(path), path, name).key


LESIONS_STORABLE = Storable(name=LESIONS, question=_question, measure=_measure, modules=_CODE)
