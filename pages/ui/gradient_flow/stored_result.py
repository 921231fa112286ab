"""A view's result: what is stored of its defaults at once, else what is measured here."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.ui.shell import jobs
from pages.ui.shell.wording import stored_words
from resnet_core.progress import Progress
from resnet_core.stored import stored_measurement
from resnet_core.stored.files import StoredQuestion

_ICON = ":material/speed:"


@dataclass(frozen=True)
class Shown:
    """A result, and where it comes from."""

    result: Any
    how: str
    """In a sentence."""
    offer: Callable[[], None] = lambda: None
    """Shows a way to measure it here, where it is stored; a view puts it below its figure."""


def job_key(name: str, question: StoredQuestion) -> tuple[str, str]:
    """Names the job that answers a question."""
    return name, json.dumps(question, sort_keys=True)


def shown_or_measured(
    name: str, question: StoredQuestion, work: Callable[[Progress], Any], *, what: str, costs: str
) -> Shown | None:
    """Gives the result that is stored for a question, or starts to measure it.

    What is stored stays until a person asks for a measurement here; while that goes on, its
    progress is shown, with a way to stop it.

    Args:
        name: of the stored measurement.
        question: all that the result depends on.
        work: measures it, in a job.
        what: said of the work while it goes on.
        costs: what measuring here takes, in a sentence.
    """
    key = job_key(name, question)
    job, stored = jobs.find(key), stored_measurement(name, question)
    if job is None and stored is not None:

        def offer() -> None:
            if st.button("Measure it here", icon=_ICON, help=costs, key=f"{name}_here"):
                jobs.submit(key, work, lane="slow")
                st.rerun()  # with its progress in place of the button

        return Shown(stored.result, stored_words(stored), offer)
    job = job or jobs.submit(key, work, lane="slow")
    result = jobs.shown(job, what)
    if result is not None:
        return Shown(result, "Measured here.")
    return None if stored is None else Shown(stored.result, stored_words(stored))
