"""What is asked of the view Landscape: which nets, along what, with which settings."""

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from pages.ui.choosing.nets import load_shared_net
from pages.ui.choosing.probed_set import ProbedSet
from pages.ui.kit.choose_view import choose_view
from pages.ui.shell.address import choice_in_address, number_in_address, remarks_shown_in
from pages.ui.take_apart.pair import pick_ends, pick_pair, short_titles
from pages.ui.take_apart.training_set import pick_training_set
from resnet_core.asking import ReadyNet
from resnet_core.probes.landscape import GRIDS, LandscapeSpec, Statistics
from resnet_core.stored.landscapes import LANDSCAPE_PICTURES

LandscapeKind = Literal["plane", "direction", "line"]

NUMBERS_OF_PICTURES = (64, 256, 1024)
_KINDS: dict[LandscapeKind, str] = {
    "plane": "Two axes",
    "direction": "One axis",
    "line": "Line",
}
_CURVE_GRIDS = (9, 17, 33)
_STATISTICS: dict[Statistics, str] = {"stored": "As stored", "recomputed": "Recomputed"}
_MOST_SEED = 2**31 - 1


@dataclass(frozen=True, kw_only=True, eq=False)
class AskedLandscape:
    """Nets with their pictures and settings, but for the grid, which grows while one looks."""

    nets: tuple[ReadyNet, ...]
    kind: LandscapeKind
    pictures: ProbedSet
    """Data set whose training pictures are taken."""
    num_pictures: int
    seed: int
    statistics: Statistics

    @property
    def grids(self) -> tuple[int, ...]:
        """Grids from the first look to the closest."""
        return GRIDS if self.kind == "plane" else _CURVE_GRIDS

    def spec(self, grid: int) -> LandscapeSpec:
        """All that is asked but nets and pictures."""
        return LandscapeSpec(
            grid=grid,
            dimensions=2 if self.kind == "plane" else 1,
            seed=self.seed,
            statistics=self.statistics,
        )

    def key(self, grid: int) -> tuple[object, ...]:
        """Names the job that measures a grid."""
        nets = tuple(net.source.key for net in self.nets)
        return "landscape", self.kind, nets, self.pictures, self.num_pictures, self.spec(grid)

    @property
    def labels(self) -> tuple[str, ...]:
        """What figures call the nets."""
        return short_titles(self.nets)


def ask_landscape() -> AskedLandscape | None:
    """Lets a person choose; `None` where there is nothing to measure, or to measure with, yet.

    Raises:
        ResNetLabError: when a net cannot be loaded, or its pictures are not at hand.
    """
    kind = choose_view("Along", tuple(_KINDS), key="land_along", title=_KINDS.__getitem__)
    is_line = kind == "line"
    why = "Both are moved by the same draws, and share one scale."
    sources = pick_ends(key="land") if is_line else pick_pair(key="land", why=why)
    statistics = st.selectbox(
        "Batch norm's statistics",
        list(_STATISTICS),
        format_func=_STATISTICS.__getitem__,
        help="As stored: the running statistics of the net itself, whatever its weights have "
        "become. Recomputed: from the same pictures, at every place anew.",
        **choice_in_address("land_statistics", tuple(_STATISTICS), "stored"),
    )
    count, seed = _ask_more(is_line=is_line)
    if not sources:
        return None
    nets = tuple(load_shared_net(source) for source in sources)
    pictures = pick_training_set(nets[0], key="land_data")
    if pictures is None:
        return None
    return AskedLandscape(
        nets=nets,
        kind=kind,
        pictures=pictures,
        num_pictures=count,
        seed=seed,
        statistics=statistics,
    )


def _ask_more(*, is_line: bool) -> tuple[int, int]:
    place = st.container()
    with st.expander("Pictures and seed"), remarks_shown_in(place):
        count = st.select_slider(
            "Training pictures",
            NUMBERS_OF_PICTURES,
            **choice_in_address("land_pictures", NUMBERS_OF_PICTURES, LANDSCAPE_PICTURES),
        )
        seed = st.number_input(
            "Seed of the directions",
            0,
            _MOST_SEED,
            disabled=is_line,
            **number_in_address("land_draw", 0, 0, _MOST_SEED),
        )
    return int(count), 0 if is_line else int(seed)
