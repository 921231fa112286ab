"""Sharpness: how much the loss bends at nets, over their training, beside the line of stability."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from pages.ui.kit.plot import measured_figure, same_view
from pages.ui.kit.theme import shown_theme
from pages.ui.shell import jobs
from pages.ui.shell.notices import plain
from pages.ui.shell.shared import drawn
from pages.ui.shell.wording import here_words, stored_words
from pages.ui.take_apart.asked_sharpness import AskedArm, AskedSharpness, ask_sharpness
from pages.ui.take_apart.frame import show_asked_beside
from resnet_core.asking.training_pictures import draw_training_pictures
from resnet_core.figures.sharpness import sharpness_csv, sharpness_figure
from resnet_core.probes.sharpness import Sharpness
from resnet_core.probes.sharpness.sentences import (
    SMALL_BATCHES,
    compare_sharpness_sentence,
    over_steps_sentence,
)
from resnet_core.progress import Progress
from resnet_core.stored import StoredMeasurement, stored_measurement
from resnet_core.stored.landscapes import SHARPNESS, find_sharpness, over_steps_question

_Arms = list[list[Sharpness]]
_EXPLANATION = """
The Hessian of the loss, the matrix of its second derivatives by all weights, says how the loss
bends around a net. Its largest eigenvalue is the **sharpness**: the bend in the steepest direction.
Its trace is the sum of all bends. Both are measured without the matrix, from products with vectors:
eigenvalues by Lanczos' method, the trace as a mean over random vectors (Hutchinson 1990), with an
interval.

**The line.** On a quadratic bowl, gradient descent with momentum diverges where the bend exceeds

$$\\frac{2\\,(1 + \\text{momentum})}{\\text{learning rate}},$$

and with Nesterov's momentum from 1 / (1 + 2 momentum) of that on. Cohen et al. 2021,
[arXiv 2103.00065](https://arxiv.org/abs/2103.00065), found that training *with full batches* lets
the sharpness rise to the line and stay about it. **With small batches, as here, it settles below**,
the lower the smaller they are; so a net below its line does not speak against them. The dashed
lines are those of the recipe's peak learning rate; the dotted one follows the rate from step to
step, so that it is high while the rate still rises, and at the end, when it has fallen.

**Batch norm.** *As in training*: it normalises by the pictures that pass together, which is what an
optimizer feels. *As stored*: by the net's running statistics, as when it is used.
"""


def show_sharpness() -> None:
    """Lets a person choose a run or two nets, and shows how sharply their loss bends.

    Raises:
        ResNetLabError: when a net cannot be loaded, or its pictures are not at hand.
    """
    show_asked_beside(ask_sharpness, _show_asked, _EXPLANATION)


def _show_asked(asked: AskedSharpness) -> None:
    going = [[jobs.find(key) for key in arm.keys(asked)] for arm in asked.arms]
    started = any(job is not None for jobs_of_arm in going for job in jobs_of_arm)
    stored = None if started else _stored(asked)
    if stored is not None:
        _show(asked, stored.result, stored_words(stored))
    elif started:
        _measure(asked)
        return
    count = sum(len(arm.sources) for arm in asked.arms)
    label = "Measure it here" if stored is not None else "Measure the sharpness"
    if st.button(
        label,
        icon=":material/show_chart:",
        type="secondary" if stored is not None else "primary",
        help=f"{count} nets, about half a minute of one core each for a small one; it can be "
        "stopped, and is kept for the next time where the disk has room.",
    ):
        _submit_all(asked)
        st.rerun()  # with its progress in place of the button


def _measure(asked: AskedSharpness) -> None:
    """Shows what is measured so far, and how far the rest is."""
    submitted = _submit_all(asked)
    every = [job for arm in submitted for job in arm]
    jobs.await_all(every, "Nets measured", patience_s=0)
    problems = {job.problem: job for job in every if job.is_done and job.problem}
    for problem in problems:
        st.warning(plain(str(problem)), icon=":material/info:")
    if problems:
        keys = [job.key for job in every if job.is_done and job.problem]
        st.button("Start again", key="sharp_again", on_click=_forget_all, args=(keys,))
    done = _measured_alike(submitted)
    if done[0]:
        every_one = [each for steps in done for each in steps]
        num_known = sum(each.is_known for each in every_one)
        _show(asked, done, here_words(num_known, len(every_one), "nets"))


def _measured_alike(submitted: Sequence[Sequence[jobs.Job[Sharpness]]]) -> _Arms:
    """What is measured of every curve: none is compared at a step that another has not reached."""
    shortest = min(map(len, submitted))
    is_whole = all(job.is_done and not job.problem for arm in submitted for job in arm)
    if is_whole:
        return [[job.result() for job in arm] for arm in submitted]
    places = [
        place
        for place in range(shortest)
        if all(arm[place].is_done and not arm[place].problem for arm in submitted)
    ]
    return [[arm[place].result() for place in places] for arm in submitted]


def _forget_all(keys: Sequence[tuple[object, ...]]) -> None:
    for key in keys:
        jobs.forget(key)


def _submit_all(asked: AskedSharpness) -> list[list[jobs.Job[Sharpness]]]:
    return [[_submit(asked, arm, place) for place in range(len(arm.sources))] for arm in asked.arms]


def _submit(asked: AskedSharpness, arm: AskedArm, place: int) -> jobs.Job[Sharpness]:
    def work(progress: Progress) -> Sharpness:
        net = arm.load(place)
        pictures = draw_training_pictures(
            net, asked.pictures.name, asked.num_pictures, progress=progress
        )
        return find_sharpness(net, pictures, asked.spec, progress)

    return jobs.submit(arm.keys(asked)[place], work, lane="slow")


def _stored(asked: AskedSharpness) -> StoredMeasurement | None:
    if asked.run_id is None:
        return None
    question = over_steps_question(
        asked.run_id, asked.pictures.name, asked.num_pictures, asked.spec
    )
    return stored_measurement(SHARPNESS, question)


def _show(asked: AskedSharpness, found: Sequence[Sequence[Sharpness]], how: str) -> None:
    arms: _Arms = [
        [replace(each, label=arm.label) for each in steps]
        for arm, steps in zip(asked.arms, found, strict=True)
    ]
    st.info(plain(compare_sharpness_sentence(arms)), icon=":material/ssid_chart:")
    theme, count = shown_theme(), sum(map(len, arms))
    measured_figure(
        drawn(
            ("sharpness", asked.identity, how, count, theme),
            lambda: same_view(sharpness_figure(arms, theme=theme), asked.identity),
        ),
        key="sharpness",
        caption=_caption(arms, how),
        numbers=lambda: sharpness_csv(arms),
    )
    if len(arms) == 2:
        st.markdown("\n".join(f"- {plain(over_steps_sentence(steps))}" for steps in arms))
    if any(each.threshold.value is not None for steps in arms for each in steps):
        st.caption(SMALL_BATCHES)
    for reason in dict.fromkeys(steps[-1].threshold.reason for steps in arms):
        if reason:
            st.caption(plain(f"No line is drawn. {reason}"))


def _caption(arms: _Arms, how: str) -> str:
    first = arms[0][0]
    passes = (
        f"batch norm by the {first.spec.at_a_time} pictures that pass together"
        if first.spec.statistics == "recomputed"
        else "batch norm by the net's stored statistics"
    )
    return (
        f"{how} Largest eigenvalue of the Hessian of the loss on {first.num_pictures} training "
        f"pictures, {passes}; the trace on hover, and in the CSV with its error. "
        f"{_count(arms)}."
    )


def _count(arms: _Arms) -> str:
    nets = "1 net" if len(arms) == 1 else f"{len(arms)} nets"
    steps = {len(steps) for steps in arms}
    return nets if steps == {1} else f"{' or '.join(map(str, sorted(steps)))} steps of {nets}"
