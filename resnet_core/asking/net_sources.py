"""Which nets can be looked into: shipped and brought ones, saved steps of runs, untrained ones."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from resnet_core import paths
from resnet_core.asking.copies import OTHER_SET, set_distance
from resnet_core.asking.shipped_runs import shipped_runs
from resnet_core.checkpoints import CheckpointCard, list_checkpoints
from resnet_core.config import NEWEST_RESIZING, Replica, fingerprint
from resnet_core.data.synthetic import SIZE_PX, synthetic_source
from resnet_core.errors import ResNetLabError
from resnet_core.models import model_config, net_label
from resnet_core.runs.files import read_experiment
from resnet_core.runs.status import run_dir


@dataclass(frozen=True, kw_only=True)
class NetSource:
    """A net that can be looked into, before it is loaded."""

    title: str
    """What pages call it, as plain text."""
    key: str
    """Changes whenever weights, card or data change."""
    path: Path | None = None
    """Its weights; `None` for a net that never trained."""
    name: str = ""
    """Registry name of a net that never trained."""
    seed: int = 0
    """Seed of the initial weights of a net that never trained."""
    run_id: str | None = None
    """The run that it comes from."""
    arm: int = 0
    """Its place in the run."""
    arm_title: str = ""
    """Run and arm, without the step."""
    step: int = 0
    """Training steps behind its weights."""


def list_kept_nets(titles_at_hand: Collection[str]) -> tuple[CheckpointCard, ...]:
    """Lists shipped nets, then those that a person brought.

    Args:
        titles_at_hand: titles of the data sets that can be opened; shipped nets that learned one
            of them, or a copy of it, stand first, of one data set the most accurate.
    """

    def order(card: CheckpointCard) -> tuple[bool, bool, str, float, str]:
        learned = card.data_title
        return (
            not any(set_distance(title, learned) < OTHER_SET for title in titles_at_hand),
            card.model.is_plain,
            learned,
            -card.metrics.get("test_accuracy", 0.0),
            card.name,
        )

    return (*sorted(list_checkpoints(), key=order), *list_checkpoints(paths.imported_dir()))


def list_steps(run_id: str, arm: int) -> tuple[NetSource, ...]:
    """Lists the saved steps of one arm of a run, a person's or a shipped one, in order of training.

    Args:
        run_id: the run.
        arm: its place there; of several seeds the first one's weights.
    """
    try:
        run = shipped_runs().get(run_id) or run_dir(run_id)
        config = read_experiment(run)
    except ResNetLabError:
        return ()
    folder = run / "checkpoints"
    wanted = Replica(arm, config.seed)
    label = config.title_of(wanted)
    cards = [
        card
        for card in list_checkpoints(folder)
        if card.name.startswith(f"{arm}-") and card.seed in (None, wanted.seed)
    ]
    return tuple(
        replace(
            source_of_card(card, folder / card.name, f"{label}, step {card.step:,}"),
            run_id=run_id,
            arm=arm,
        )
        for card in sorted(cards, key=lambda card: card.step)
    )


def source_of_card(card: CheckpointCard, path: Path, title: str) -> NetSource:
    """Describes a net in a file, given its card."""
    # Residual and plain twins begin with equal weights, so weights alone do not name a net.
    known = (card.weights_sha256, fingerprint(card.model), card.mean, card.std, card.class_names)
    if card.interventions:  # nor do they tell one with cut skips from itself
        known = (*known, card.interventions)
    if card.brought is not None:  # one file may be brought for pictures of several sizes
        known = (*known, card.image_size_px, card.resize_px)
    key = hashlib.sha256(repr(known).encode()).hexdigest()[:16]
    return NetSource(title=title, key=key, path=path, step=card.step)


def untrained_source(name: str, seed: int) -> NetSource:
    """Describes a net of the registry before its first step."""
    return NetSource(
        title=f"{net_label(name)}, untrained",
        key=f"{fingerprint(untrained_card(name).model)}-{seed}",
        name=name,
        seed=seed,
    )


def untrained_card(name: str) -> CheckpointCard:
    """Describes a net of the registry before its first step, for pictures of the embedded set."""
    return CheckpointCard(
        name=f"{name}-untrained",
        model=model_config(name, num_classes=len(synthetic_source().class_names)),
        class_names=synthetic_source().class_names,
        image_size_px=SIZE_PX,
        resizing=NEWEST_RESIZING,
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
        data_title=synthetic_source().title,
        data_sha256="",
        step=0,
        num_steps=0,
        source="initial weights",
    )
