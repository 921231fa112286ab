"""The recipe changed under way, for all nets alike, so that they still see the same batches."""

from dataclasses import dataclass

import streamlit as st

from pages.ui.train.asking import ask_for
from resnet_core.config import DataConfig, ExperimentConfig, TrainingConfig, settings_of
from resnet_core.edits import (
    EDIT_KINDS,
    SettingKind,
    Wish,
    data_after,
    done_and_pending_edits,
)
from resnet_core.runs.status import RunStatus

_TRAINING, _DATA = settings_of(TrainingConfig), settings_of(DataConfig)
_LONGER = 1.25
"""How many times its length a run is offered to get."""


@dataclass(frozen=True, kw_only=True)
class _Change:
    """A setting that can be changed, and the number that it is offered to become."""

    what: SettingKind
    title: str
    value: float = 0.0
    step: float = 0.01
    format: str = "%.4g"


def change_recipe(status: RunStatus, config: ExperimentConfig, *, only_steps: bool = False) -> None:
    """Offers the changes of a recipe; of a finished run only that it goes on."""
    # By name: a choice is kept, and with it would be the numbers of the run on show before.
    changes = {c.what: c for c in _changes(status, config) if c.what == "steps" or not only_steps}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        what = st.selectbox(
            "Setting", changes, key="recipe_what", format_func=lambda what: changes[what].title
        )
        change = changes[what]
        if change.what == "augmentation":
            wish = _augmentation(status.run_id, config)
        else:
            wish = _number(change, status.run_id)
    st.caption(f"For all nets alike: {EDIT_KINDS[change.what]}.")
    if st.button("Change it", icon=":material/tune:", key="recipe_change"):
        ask_for(status.run_id, wish)


def _changes(status: RunStatus, config: ExperimentConfig) -> list[_Change]:
    training = config.training
    rate, steps = training.learning_rate, max(1, status.num_steps)
    smoothing, decay = training.label_smoothing, training.weight_decay
    return [
        _Change(
            what="learning_rate_factor", title="Learning rate, times the schedule's", value=0.1
        ),
        _Change(what="learning_rate", title="Learning rate from here on", value=rate / 10),
        _Change(what="steps", title="More steps", value=steps * _LONGER, step=1, format="%d"),
        _Change(what="momentum", title=_TRAINING["momentum"].title, value=training.momentum),
        _Change(
            what="weight_decay",
            title=_TRAINING["weight_decay"].title,
            value=decay,
            step=0.0001,
        ),
        _Change(what="label_smoothing", title=_TRAINING["label_smoothing"].title, value=smoothing),
        _Change(what="augmentation", title=_DATA["augmentation"].title),
    ]


def _number(change: _Change, run_id: str) -> Wish:
    """Lets a person type a value; what it must be is said by the engine when it is asked for.

    Each run has a widget of its own, and another one when its usual value changes: else that of the
    run before, or the length that this run had before, would be offered.
    """
    key = f"{change.what}_{run_id}_{change.value:g}"
    value = st.number_input(
        "New value",
        value=round(change.value) if change.what == "steps" else change.value,
        step=int(change.step) if change.what == "steps" else change.step,
        format=change.format,
        key=f"recipe_value_{key}",
    )
    rate = None
    if change.what == "steps":
        rate = st.number_input(
            "Learning rate of the new steps", value=0.001, format="%.4g", key=f"recipe_rate_{key}"
        )
    return Wish(what=change.what, value=float(value), rate=rate)


def _augmentation(run_id: str, config: ExperimentConfig) -> Wish:
    """Offers what differs from what the last edit, done or waiting, leaves."""
    done, waiting = done_and_pending_edits(run_id)
    setting, now = _DATA["augmentation"], data_after(config, (*done, *waiting)).augmentation
    words = [word for word in setting.choices if word != now]
    value = st.selectbox(
        "New value", words, key="recipe_value_augmentation", format_func=setting.word
    )
    return Wish(what="augmentation", value=value)
