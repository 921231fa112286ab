"""Measures nets for the views at initialisation: a quick answer at once, the exact one after it."""

import contextlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from pages.ui.gradient_flow.knobs import Knobs
from pages.ui.shell import jobs
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.session import app_state
from pages.ui.shell.wording import duration, stored_words
from resnet_core.config import ModelConfig, fingerprint
from resnet_core.errors import CancelledError
from resnet_core.figures.gradient_depth import LabelledProfile
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import GradientProfile, measure_nets
from resnet_core.stored import StoredMeasurement, stored_measurement
from resnet_core.stored.gradients import flow_question

_QUICK_PICTURES = 8
_QUICK_PATIENCE_S = 1.5
"""Longer than the quick answer takes: a second visit of the page would cost more than waiting."""

_Key = tuple[Hashable, ...]
_Profiles = tuple[GradientProfile, ...]


@dataclass(frozen=True)
class Found:
    """Measured nets, and how far to trust them."""

    nets: tuple[LabelledProfile, ...]
    kind: Literal["Exact", "Quick", "Still the knobs before", "Stored"]
    stored: StoredMeasurement | None = None
    """Where the nets come from, if they were measured before."""
    exact: jobs.Job[_Profiles] | None = None
    """The exact measurement, while there is only a quick one."""

    @property
    def how(self) -> str:
        """How the nets were measured, in a sentence."""
        first = self.nets[0].profile
        seeds = f"{len(first.seeds)} seeds" if len(first.seeds) > 1 else "one seed"
        took = sum(net.profile.elapsed_s for net in self.nets)
        if self.stored is not None:
            pictures = f"{first.batch.num_pictures} pictures, {seeds}"
            return f"{stored_words(self.stored)[:-1]}: {pictures}."
        return (
            f"{self.kind}: {first.batch.num_pictures} pictures, {seeds}, {duration(took)} of one "
            "core."
        )

    def tell(self, how_to_read: str) -> None:
        """Shows how to read the figure, or, until the exact measurement is there, how far it is.

        The page runs again when it is there.
        """
        if self.exact is None:
            st.caption(plain(f"{self.how} {how_to_read}"))
        elif jobs.shown(self.exact, f"{self.how} Exact", patience_s=0) is not None:
            st.rerun()


def measure_flow(
    knobs: Knobs, configs: Sequence[ModelConfig], labels: Sequence[str], place: str
) -> Found | None:
    """Gives the exact measurement if it is there; else starts it and gives the quick one.

    In place of the quick one it gives what is stored of the page's defaults.  While there is
    nothing yet, it gives what was shown last, so that the figure stays.

    Args:
        knobs: pictures and seeds.
        configs: the nets.
        labels: what figures call them.
        place: the view's name, also of what is stored of it; each view has one exact measurement
            under way.
    """
    choices, last = app_state().choices, f"gradient_{place}_shown"
    with shown_errors():
        found = _measure_now(knobs, configs, labels, place)
        if found is not None:
            choices[last] = found.nets
            return found
        return Found(choices[last], "Still the knobs before") if last in choices else None
    return None


def _measure_now(
    knobs: Knobs, configs: Sequence[ModelConfig], labels: Sequence[str], place: str
) -> Found | None:
    key = _key(configs, knobs.batch, knobs.seeds)
    _stop_former(place, key)
    exact = jobs.find(key)
    if exact is not None and exact.is_done:
        with contextlib.suppress(CancelledError):
            return Found(_labelled(labels, exact.result()), "Exact")
    stored = stored_measurement(place, flow_question(configs, knobs.batch, knobs.seeds))
    if stored is not None:
        return Found(
            _labelled(labels, stored.result),
            "Stored",
            stored,
            _submit(configs, knobs.batch, knobs.seeds, "slow"),
        )
    spec = replace(knobs.batch, num_pictures=_QUICK_PICTURES)
    quick = [_submit([config], spec, knobs.seeds[:1], "quick") for config in configs]
    for job in quick:
        if job.is_done:
            job.result()  # one net that cannot be measured is said before the other one is
    jobs.await_all(quick, "Measuring", patience_s=_QUICK_PATIENCE_S)
    if not all(job.is_done for job in quick):
        return None
    nets = _labelled(labels, [job.result()[0] for job in quick])
    exact = _submit(configs, knobs.batch, knobs.seeds, "slow")
    return Found(nets, "Quick", exact=exact)


def _stop_former(place: str, key: _Key) -> None:
    """Stops the exact measurement of the knobs before, which nobody waits for any more."""
    choices, name = app_state().choices, f"gradient_{place}_exact"
    former = choices.get(name)
    if former not in (None, key):
        job = jobs.find(former)
        if job is not None and not job.is_done:
            jobs.forget(former)
    choices[name] = key


def _labelled(
    labels: Sequence[str], profiles: Sequence[GradientProfile]
) -> tuple[LabelledProfile, ...]:
    return tuple(LabelledProfile(*pair) for pair in zip(labels, profiles, strict=True))


def _submit(
    configs: Sequence[ModelConfig], spec: BatchSpec, seeds: tuple[int, ...], lane: jobs.Lane
) -> jobs.Job[_Profiles]:
    def work(progress: jobs.Progress) -> _Profiles:
        return measure_nets(configs, batch=spec, seeds=seeds, num_workers=1, progress=progress)

    return jobs.submit(_key(configs, spec, seeds), work, lane=lane)


def _key(configs: Sequence[ModelConfig], spec: BatchSpec, seeds: tuple[int, ...]) -> _Key:
    return ("gradients", tuple(fingerprint(config) for config in configs), spec, seeds)
