"""What is asked of the view Sharpness: the steps of a run, or nets and their first weights."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from pages.ui.choosing.nets import load_shared_net
from pages.ui.choosing.probed_set import ProbedSet
from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.address import choice_in_address
from pages.ui.shell.resources import list_recent_runs
from pages.ui.take_apart.pair import pick_pair, short_titles
from pages.ui.take_apart.training_set import pick_training_set
from resnet_core.asking import NetSource, ReadyNet, list_steps
from resnet_core.asking.sharpnesses import at_first_weights
from resnet_core.asking.shipped_runs import list_shipped_arms
from resnet_core.probes.landscape import Statistics
from resnet_core.probes.sharpness import SharpnessSpec
from resnet_core.stored.landscapes import SHARPNESS_PICTURES, STORED_SHARPNESS

Over = Literal["run", "nets"]

_OVERS: dict[Over, str] = {"run": "Steps of a run", "nets": "Nets"}
_STATISTICS: dict[Statistics, str] = {"recomputed": "As in training", "stored": "As stored"}
_NUMBERS_OF_PICTURES = (32, 64, 128, 256)
_MOST_STEPS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class AskedArm:
    """One curve: the nets of an arm of a run, or a net before and after its training."""

    label: str
    sources: tuple[NetSource, ...]
    """In order of training."""
    load: Callable[[int], ReadyNet]
    """Loads one of them, by its place."""

    def keys(self, asked: "AskedSharpness") -> list[tuple[object, ...]]:
        """Names the jobs that measure them."""
        return [
            ("sharpness", source.key, asked.pictures, asked.num_pictures, asked.spec)
            for source in self.sources
        ]


@dataclass(frozen=True, kw_only=True, eq=False)
class AskedSharpness:
    """Curves with their pictures and settings."""

    arms: tuple[AskedArm, ...]
    run_id: str | None
    """The run whose steps are asked for, all of them."""
    pictures: ProbedSet
    """Data set whose training pictures are taken."""
    num_pictures: int
    spec: SharpnessSpec

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal for equal questions."""
        return tuple(key for arm in self.arms for key in arm.keys(self))


def ask_sharpness() -> AskedSharpness | None:
    """Lets a person choose; `None` where there is nothing to measure yet.

    Raises:
        ResNetLabError: when a net cannot be loaded, or a data set cannot be read.
    """
    over = choose_view("Of", tuple(_OVERS), key="sharp_of", title=_OVERS.__getitem__)
    run_id, arms = _ask_run() if over == "run" else (None, _ask_nets())
    statistics = st.selectbox(
        "Batch norm normalises",
        list(_STATISTICS),
        format_func=_STATISTICS.__getitem__,
        **choice_in_address("sharp_statistics", tuple(_STATISTICS), "recomputed"),
    )
    count = st.select_slider(
        "Training pictures",
        _NUMBERS_OF_PICTURES,
        **choice_in_address("sharp_pictures", _NUMBERS_OF_PICTURES, SHARPNESS_PICTURES),
    )
    if not arms:
        return None
    last = arms[0].load(len(arms[0].sources) - 1)
    pictures = pick_training_set(last, key="sharp_data")
    if pictures is None:
        return None
    spec = replace(STORED_SHARPNESS, statistics=statistics)
    return AskedSharpness(
        arms=arms,
        run_id=run_id,
        pictures=pictures,
        num_pictures=int(count),
        spec=spec,
    )


def _ask_run() -> tuple[str | None, tuple[AskedArm, ...]]:
    shipped = {arm.run_id: "Steps that ship with the lab" for arm in list_shipped_arms()}
    own = {run.run_id: run.name for run in list_recent_runs()}
    titles = shipped | own
    if not titles:
        st.info("Train two nets first: the sharpness of their saved steps is shown here.")
        return None, ()
    run_id = st.selectbox(
        "Run",
        list(titles),
        format_func=titles.__getitem__,
        **choice_in_address("sharp_run", tuple(titles), next(iter(titles))),
    )
    labels = [arm.title.partition(",")[0] for arm in list_shipped_arms() if arm.run_id == run_id]
    for run in list_recent_runs():
        if run.run_id == run_id:
            labels = [arm.label for arm in run.arms]
    found = [_arm_of_run(run_id, number, label) for number, label in enumerate(labels)]
    arms = tuple(arm for arm in found if arm.sources)
    if not arms:
        st.info("This run has saved no weights yet; the first come at step 0.")
    return run_id, arms


def _arm_of_run(run_id: str, number: int, label: str) -> AskedArm:
    steps = list_steps(run_id, number)
    if len(steps) > _MOST_STEPS:
        last = len(steps) - 1
        places = {round(k * last / (_MOST_STEPS - 1)) for k in range(_MOST_STEPS)}
        steps = tuple(steps[place] for place in sorted(places))
    return AskedArm(label=label, sources=steps, load=lambda place: load_shared_net(steps[place]))


def _ask_nets() -> tuple[AskedArm, ...]:
    nets = [load_shared_net(source) for source in pick_pair(key="sharp")]
    titles = short_titles(nets)
    return tuple(_before_and_after(*each) for each in zip(nets, titles, strict=True))


def _before_and_after(net: ReadyNet, label: str) -> AskedArm:
    if net.source.path is None:  # it never trained
        return AskedArm(label=label, sources=(net.source,), load=lambda place: net)
    first = at_first_weights(net)
    return AskedArm(
        label=label,
        sources=(first.source, net.source),
        load=lambda place: net if place else first,
    )
