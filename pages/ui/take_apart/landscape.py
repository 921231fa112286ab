"""Landscape: the loss around one net beside another, coarse at first, finer while one looks."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.ui.kit.choose_view import choose_view
from pages.ui.kit.plot import measured_figure, same_view
from pages.ui.kit.theme import shown_theme
from pages.ui.shell import jobs
from pages.ui.shell.notices import plain
from pages.ui.shell.shared import drawn
from pages.ui.shell.wording import here_words, stored_words
from pages.ui.take_apart.asked_landscape import AskedLandscape, ask_landscape
from pages.ui.take_apart.frame import show_asked_beside
from resnet_core.asking.landscapes import refuse_strange_line
from resnet_core.asking.training_pictures import draw_training_pictures
from resnet_core.figures.landscape import LandscapeQuantity, landscape_csv, landscape_figure
from resnet_core.probes.landscape import Landscape
from resnet_core.probes.landscape.sentences import (
    compare_landscapes_sentence,
    landscape_sentence,
    statistics_words,
)
from resnet_core.progress import Progress, partial_progress
from resnet_core.stored import StoredMeasurement, stored_measurement
from resnet_core.stored.landscapes import (
    LANDSCAPE,
    STORED_LANDSCAPE,
    find_landscape,
    landscape_question,
)

_Landscapes = tuple[Landscape, ...]
_QUANTITIES: dict[LandscapeQuantity, str] = {"loss": "Loss", "error": "Wrong answers"}
_EXPLANATION = """
A net with *P* weights stands at a point of a space of *P* dimensions. Here the loss on training
pictures is measured on a slice through that space: the net in the middle, plus alpha times one
random direction plus beta times another. A direction is **filter-normalised**: each filter of it is
as long as the net's own, so that alpha = 1 moves every filter by its whole length, and nets whose
weights have other sizes can be compared (Li et al. 2018,
[arXiv 1712.09913](https://arxiv.org/abs/1712.09913), sec. 4). Biases and batch norm's own weights
and biases stay where they are. Both nets are moved by the same draws.

**Batch norm.** *As stored* leaves the running statistics of the net in the middle, which fit the
moved weights worse and worse; *recomputed* takes them anew from the same pictures at every place,
as a net in training would. The two give other pictures, so compare like with like.

**A line** joins two nets of one architecture: two seeds, two steps of a run, or a run and its fork.
A ridge between them says that they lie in different valleys, as far as the straight way goes.

Two directions of so many are a very thin slice: a bowl here is no proof of a bowl everywhere.
"""


def show_landscape() -> None:
    """Lets a person choose nets and a slice, and shows the loss there.

    Raises:
        ResNetLabError: when a net cannot be loaded, or its pictures are not at hand.
    """
    show_asked_beside(ask_landscape, _show_asked, _EXPLANATION)


def _show_asked(asked: AskedLandscape) -> None:
    if asked.kind == "line":
        if len(asked.nets) < 2:
            st.info("Choose another net for the end of the line.")
            return
        refuse_strange_line(*asked.nets)
    stored = _stored(asked)
    if stored is None or jobs.find(asked.key(asked.grids[0])) is not None:
        _measure(asked, stored)
        return
    _show(asked, stored.result, stored_words(stored))
    if st.button(
        "Measure it here, and finer",
        icon=":material/grid_on:",
        help="A coarse grid first, then ever finer ones while you look: seconds to minutes.",
    ):
        _submit(asked, asked.grids[0])
        st.rerun()  # with its progress in place of the button


def _measure(asked: AskedLandscape, stored: StoredMeasurement | None) -> None:
    """Shows the finest grid that is there, and how far the next one is."""
    grids, going = _measured(asked)
    if grids:
        _show(asked, grids[-1], _here(grids))
    elif stored is not None:
        _show(asked, stored.result, stored_words(stored))
    if going is not None and jobs.shown(going, _what(asked, going), patience_s=0) is not None:
        st.rerun()  # the next one begins


def _here(grids: Sequence[_Landscapes]) -> str:
    """Says how many places were there before the first of these grids was begun."""
    now = sum(each.loss.size - each.num_known for grid in grids for each in grid)
    num_all = sum(each.loss.size for each in grids[-1])
    return here_words(num_all - now, num_all, "places")


def _measured(
    asked: AskedLandscape,
) -> tuple[list[_Landscapes], jobs.Job[_Landscapes] | None]:
    """The grids that are measured, the finest last, and the job of the next one, if any."""
    done = []
    for grid in asked.grids:
        job = _submit(asked, grid)
        if not job.is_done or job.problem:
            return done, job
        done.append(job.result())
    return done, None


def _what(asked: AskedLandscape, job: jobs.Job[Any]) -> str:
    grid = next(grid for grid in asked.grids if asked.key(grid) == job.key)
    across = f"{grid} x {grid}" if asked.kind == "plane" else f"{grid}"
    return f"Measuring {across} places"


def _submit(asked: AskedLandscape, grid: int) -> jobs.Job[_Landscapes]:
    return jobs.submit(asked.key(grid), lambda progress: _work(asked, grid, progress), lane="slow")


def _work(asked: AskedLandscape, grid: int, progress: Progress) -> _Landscapes:
    """Measures one slice around each net, or the line; places of coarser grids are known."""
    is_line = asked.kind == "line"
    around = asked.nets[:1] if is_line else asked.nets
    found = []
    for number, net in enumerate(around):
        pictures = draw_training_pictures(
            net, asked.pictures.name, asked.num_pictures, progress=progress
        )
        found.append(
            find_landscape(
                net,
                pictures,
                asked.spec(grid),
                other=asked.nets[1] if is_line else None,
                # The first look takes all cores for a moment, the closer ones leave room.
                num_workers=None if grid == asked.grids[0] else 1,
                progress=partial_progress(
                    progress, number / len(around), (number + 1) / len(around)
                ),
            )
        )
    return tuple(found)


def _stored(asked: AskedLandscape) -> StoredMeasurement | None:
    """What is stored of the plane, or its row along the first direction."""
    if asked.kind == "line":
        return None
    spec = replace(STORED_LANDSCAPE, seed=asked.seed, statistics=asked.statistics)
    sources = [net.source for net in asked.nets]
    question = landscape_question(sources, asked.pictures.name, asked.num_pictures, spec)
    stored = stored_measurement(LANDSCAPE, question)
    if stored is None or asked.kind == "plane":
        return stored
    return replace(stored, result=tuple(each.along_alpha for each in stored.result))


def _show(asked: AskedLandscape, found: _Landscapes, how: str) -> None:
    labels = asked.labels
    if asked.kind == "line":
        named = [replace(found[0], label=labels[0], other_label=labels[1])]
    else:
        named = [replace(each, label=name) for each, name in zip(found, labels, strict=True)]
    each_told = [landscape_sentence(each) for each in named]
    told = compare_landscapes_sentence(named) if len(named) == 2 else each_told[0]
    st.info(plain(told), icon=":material/landscape:")
    quantity = choose_view(
        "Shown", tuple(_QUANTITIES), key="land_quantity", title=_QUANTITIES.__getitem__
    )
    grid, theme = len(named[0].alphas), shown_theme()
    key = asked.key(grid)
    measured_figure(
        drawn(
            (*key, how, quantity, theme, labels),
            lambda: same_view(
                landscape_figure(named, quantity, theme=theme), asked.kind, labels, quantity
            ),
        ),
        key="landscape",
        alt=" ".join(each_told),
        caption=_caption(asked, named, how),
        numbers=lambda: landscape_csv(named),
    )
    if len(named) > 1:
        st.markdown("\n".join(f"- {plain(each)}" for each in each_told))


def _caption(asked: AskedLandscape, shown: list[Landscape], how: str) -> str:
    first = shown[0]
    places = len(first.alphas) * len(first.betas)
    scale = "Nets share one scale. " if len(shown) > 1 else ""
    directions = (
        "" if first.is_line else f" Filter-normalised directions of seed {first.spec.seed}."
    )
    return (
        f"{how} {scale}{places} places, {first.num_pictures} training pictures of "
        f"{asked.pictures.title}.{directions} {statistics_words(first)}"
    )
