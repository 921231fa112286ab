"""Answers to take away, as a table for spreadsheets or as records for programs."""

import json
from collections.abc import Sequence

import streamlit as st

from resnet_core.inference import Outcome, outcome_record, outcomes_csv


def offer_answers(outcomes: Sequence[Outcome], top: int) -> None:
    """Offers answers as CSV and JSON; either is written when somebody asks for it."""
    with st.container(horizontal=True):
        st.download_button(
            "CSV",
            lambda: outcomes_csv(outcomes, top),
            "answers.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "JSON",
            lambda: json.dumps([outcome_record(o, top) for o in outcomes], indent=2),
            "answers.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
