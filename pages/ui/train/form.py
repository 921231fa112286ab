"""The form in which a person sets up an experiment, sees what it costs, and starts it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from pages.ui.choosing.experiment import (
    PickedData,
    pick_arms,
    pick_data,
    pick_seeds,
)
from pages.ui.choosing.linked_arms import linked_arms
from pages.ui.choosing.recipe import pick_recipe
from pages.ui.kit.setting_widgets import choice_widget_in_address
from pages.ui.shell.address import number_in_address, remarks_shown_in
from pages.ui.shell.links import go_to_run
from pages.ui.shell.notices import shown_errors
from pages.ui.shell.session import leave_notice
from pages.ui.train.cost import cost_view, time_view
from pages.ui.train.own_pictures_view import own_pictures_view
from resnet_core.config import ArmConfig, DataConfig, ExperimentConfig, TrainingConfig, settings_of
from resnet_core.errors import RunBusyError
from resnet_core.runs.launcher import start_experiment

_EXPERIMENT = settings_of(ExperimentConfig)
_RUN = "run"
_MOST_TRAINED = 10_000_000
_MOST_SEED = 2**32 - 1


def is_prepared() -> bool:
    """Whether the address prepares an experiment, as a link of another person may."""
    return _RUN not in st.query_params and len(st.query_params) > 0


def experiment_form() -> None:
    """Shows the form; a press on its button starts the run and opens its live view.

    What is chosen stands in the address, so that an experiment can be prepared for others.
    """
    with shown_errors():
        left, right = st.columns(2, gap="large")
        with left:
            arms = linked_arms() or pick_arms()
            training = pick_recipe()
        with right:
            data = pick_data()
            answer = st.container()  # button and cost stand above the rare knobs, which they need
            config = _finish(arms, data, training)
        if data is not None and data.own is not None:
            with left:  # where there is room for them on the first screen
                own_pictures_view(data.own)
        if config is not None and data is not None:
            with answer:
                _start_row(config, data)


def _start_row(config: ExperimentConfig, data: PickedData) -> None:
    """Shows the button, the time that training takes beside it, and the cost of each net below."""
    with st.container(horizontal=True):
        is_pressed = st.button("Start training", type="primary", icon=":material/play_arrow:")
        time_view(config, data)
    cost_view(config, data)
    if is_pressed:
        chosen = {key: word for key, word in st.query_params.items() if key != _RUN}
        start(config, chosen)


def start(config: ExperimentConfig, chosen: Mapping[str, str] | None = None) -> None:
    """Starts an experiment, or finds the identical one that is going, and opens its live view.

    Args:
        config: the experiment.
        chosen: what the address says of the form, which it goes on saying.

    Raises:
        ResNetLabError: when it cannot start; the message says why.
    """
    try:
        run_id = start_experiment(config)
    except RunBusyError as exc:
        run_id = exc.run_id
        leave_notice("This very experiment is already running: here it is.")
    go_to_run(run_id, chosen)


def _finish(
    arms: Sequence[ArmConfig], data: PickedData | None, training: TrainingConfig
) -> ExperimentConfig | None:
    seeds = pick_seeds(len(arms))
    with remarks_shown_in(st.container()):
        limit, seed, device = _ask_rare()
    if not arms or data is None:
        what = "at least one net" if not arms else "the path of your pictures"
        st.info(f"Still missing: {what}.", icon=":material/arrow_upward:")
        return None
    suggested = _default_name(arms, data.title)
    name = st.text_input(
        _EXPERIMENT["name"].title, placeholder=suggested, max_chars=80, key="experiment_name"
    )
    return ExperimentConfig(
        name=name.strip() or suggested,
        arms=tuple(arms),
        data=replace(data.config, max_train=limit),
        training=training,
        seed=seed,
        seeds=seeds,
        device=device,
    )


def _ask_rare() -> tuple[int | None, int, str]:
    """Asks for the most training pictures, the seed, and the device."""
    limited = settings_of(DataConfig)["max_train"]
    box = st.expander("Fewer pictures, seed, device", icon=":material/casino:")
    limit = box.number_input(
        limited.title,
        1,
        _MOST_TRAINED,
        None,
        step=1000,
        placeholder="all",
        help=limited.help,
        **number_in_address("max_train", None, 1, _MOST_TRAINED),
    )
    seed = box.number_input(
        _EXPERIMENT["seed"].title,
        0,
        _MOST_SEED,
        help=_EXPERIMENT["seed"].help,
        **number_in_address("seed", 0, 0, _MOST_SEED),
    )
    device = choice_widget_in_address(box, _EXPERIMENT["device"], "auto", key="device")
    st.caption(
        "The address of this page prepares this experiment for whoever opens it, all but its name "
        "and the path of pictures of your own."
    )
    return limit, int(seed), device


def _default_name(arms: Sequence[ArmConfig], title: str) -> str:
    labels = [arm.label for arm in arms]
    nets = " and ".join(labels) if len(labels) < 3 else f"{labels[0]} and {len(labels) - 1} more"
    return f"{nets}: {title}"[:80]
