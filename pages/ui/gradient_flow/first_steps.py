"""The first steps of training: where what holds at initialisation ends."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.gradient_flow.knobs import Knobs
from pages.ui.gradient_flow.stored_result import Shown, shown_or_measured
from pages.ui.kit.plot import measured_figure, same_view
from pages.ui.kit.theme import shown_theme
from pages.ui.shell import jobs
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.wording import duration
from resnet_core.config import ModelConfig
from resnet_core.figures.gradient_first_steps import first_steps_figure
from resnet_core.figures.gradient_tables import first_steps_csv
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.spread import FEWEST_SEEDS
from resnet_core.stored.gradients import FIRST_STEPS, flow_question
from resnet_core.training.first_steps import (
    NUM_FIRST_STEPS,
    SCHEDULE_STEPS,
    FirstSteps,
    measure_first_steps,
)
from resnet_core.training.first_steps_words import first_steps_sentence

_Steps = tuple[FirstSteps, ...]


def show_first_steps(knobs: Knobs) -> None:
    """Shows first over last gradient step by step, both nets, and the profile at a step."""
    seeds = tuple(range(knobs.seed, knobs.seed + FEWEST_SEEDS))
    with shown_errors():
        found = _find(knobs.nets, knobs.batch, seeds)
        if found is not None:
            _show(found)


def _find(nets: Sequence[ModelConfig], batch: BatchSpec, seeds: tuple[int, ...]) -> Shown | None:
    question = flow_question(nets, batch, seeds)

    def work(progress: jobs.Progress) -> _Steps:
        return measure_first_steps(nets, batch=batch, seeds=seeds, progress=progress)

    return shown_or_measured(
        FIRST_STEPS,
        question,
        work,
        what="Training the first steps",
        costs=f"Trains {len(nets) * len(seeds)} nets for {NUM_FIRST_STEPS} steps each: about "
        "twenty seconds on two free cores.",
    )


def _show(found: Shown) -> None:
    nets: _Steps = found.result
    st.info(plain(first_steps_sentence(nets)), icon=":material/trending_down:")
    place = st.container()
    step = st.slider(
        "Step of the profile", 1, nets[0].num_steps, 1, key="at_step", bind="query-params"
    )
    with place:
        _show_figure(found, int(step))
    found.offer()


def _show_figure(found: Shown, step: int) -> None:
    nets: _Steps = found.result
    took = duration(sum(net.elapsed_s for net in nets))
    measured_figure(
        same_view(first_steps_figure(nets, step, theme=shown_theme()), step),
        key="gradient_first_steps",
        alt=first_steps_sentence(nets),
        caption=f"{found.how} Batches of {nets[0].batch_size} pictures, {len(nets[0].seeds)} seeds "
        f"(bands span them), {took} of one core; the learning rates are those of the first "
        f"{nets[0].num_steps} of {SCHEDULE_STEPS} steps, {nets[0].rates[0]:.4f} to "
        f"{nets[0].rates[-1]:.4f}.",
        numbers=lambda: first_steps_csv(nets),
    )
