"""What an experiment costs, before anybody presses Start."""

from dataclasses import replace

import streamlit as st

from pages.ui.choosing.experiment import PickedData
from pages.ui.shell import jobs
from pages.ui.shell.notices import plain
from pages.ui.shell.resources import list_recent_runs, net_cost
from pages.ui.shell.session import app_state
from pages.ui.shell.wording import count, duration
from pages.ui.shell.words import hover_text
from resnet_core.config import ArmConfig, DataConfig, ExperimentConfig, config_to_json, fingerprint
from resnet_core.training.estimate import PictureShape, StepTime, measure_step_time_in_child
from resnet_core.training.schedules import count_steps

_PICTURES = 1000


def cost_view(config: ExperimentConfig, data: PickedData) -> None:
    """Shows what each net costs."""
    rows = [_cost_row(arm, data, config.training.batch_size) for arm in config.arms]
    st.table(rows, hide_index=True)  # its cells wrap: names of nets are long, and columns many
    size = f"{data.image_size_px} x {data.image_size_px} px"
    assumed = "" if data.is_known else " (assumed until your pictures have been read)"
    st.caption(
        f"For pictures of {size}{assumed}: multiply-adds for one of them, memory for the "
        f"activations of {config.training.batch_size}, as many as a batch has.",
        help=hover_text("receptive field"),
    )


def time_view(config: ExperimentConfig, data: PickedData) -> None:
    """Shows the time that training takes here, as soon as it is measured."""
    step_time = _measured(config, data)
    if step_time is not None:
        _show_time(config, data, step_time)


def _cost_row(arm: ArmConfig, data: PickedData, batch_size: int) -> dict[str, str]:
    model = replace(arm.model, in_channels=data.channels, num_classes=data.num_classes)
    cost = net_cost(model, data.image_size_px)
    return {
        "Net": plain(arm.label),
        "Parameters": count(cost.parameters),
        "Multiply-adds": count(cost.macs),
        "Activations": f"{cost.activation_mib * batch_size:,.0f} MiB",
        "Sees": f"{cost.receptive_field_px} px",
    }


def _measured(config: ExperimentConfig, data: PickedData) -> StepTime | None:
    """Measures in the background; `None` until that is done."""
    question = _question(config)
    shape = PictureShape(
        channels=data.channels, image_size_px=data.image_size_px, num_classes=data.num_classes
    )
    key = ("step time", fingerprint(question), config_to_json(question), shape)
    state = app_state()
    is_busy = jobs.find(key) is None and any(status.is_live for status in list_recent_runs())
    # Beside a run both would be slower, and the figure wrong: only if somebody asks for it.
    if is_busy and not st.button("Measure the time beside the run", icon=":material/timer:"):
        return None
    if state.measured not in (None, key):
        jobs.forget(state.measured)
    state.measured = key

    def measure(progress: jobs.Progress) -> StepTime:
        return measure_step_time_in_child(question, shape, progress)

    return jobs.shown(jobs.submit(key, measure, lane="slow"), "Measuring the time on this machine")


def _question(config: ExperimentConfig) -> ExperimentConfig:
    """Drops what does not change the time of a step, so that fewer things are measured."""
    training = replace(config.training, steps=1000, epochs=1.0, learning_rate=1e-3)
    return replace(config, name="time", data=DataConfig(), training=training, seed=0, seeds=1)


def _count_training(config: DataConfig, part: int | None) -> int | None:
    if part is None:
        return None
    kept = round(part * (1 - config.validation_share))
    return min(kept, config.max_train or kept)


def _show_time(config: ExperimentConfig, data: PickedData, step_time: StepTime) -> None:
    # One line, as high as the progress that stood here: the button beside it must not jump away.
    # Seeds take their steps one after another, so several need no measurement of their own.
    step_s = step_time.seconds_per_step * config.seeds
    batch = config.training.batch_size
    pictures = _count_training(config.data, data.num_train_part)
    if pictures is None:
        several = duration(step_s * _PICTURES / batch)
        says = f"**{several}** for {_PICTURES:,} pictures"
    else:
        epoch = duration(step_s * pictures / batch)
        whole = duration(step_s * count_steps(config.training, pictures))
        says = f"**{epoch}** an epoch, **{whole}** for the whole run"
    if config.seeds > 1:
        says += f" of {len(config.arms)} x {config.seeds} nets"
    st.markdown(
        f":material/timer: {says}",
        help=f"{step_s:.3g} s a step of all nets together: the median of {step_time.num_steps} "
        f"steps of one seed on {plain(step_time.device)}, for each seed. Evaluations come on top.",
    )
