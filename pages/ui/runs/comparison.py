"""What the ticked runs show together: a sentence, results, settings that differ, curves."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import streamlit as st

from pages.ui.kit.choose_view import choose_view
from pages.ui.kit.live_chart import live_chart
from pages.ui.runs.ticked import comparison_address
from pages.ui.shell.links import link_with
from pages.ui.shell.notices import plain, shown_errors
from pages.ui.shell.words import hover_text
from resnet_core.comparing.across_runs import NetResult, differing_settings, last_results
from resnet_core.comparing.across_sentence import results_sentence
from resnet_core.runs.status import RunStatus, read_config

_View = Literal["Curves", "Results and settings"]
_VIEWS: tuple[_View, ...] = ("Curves", "Results and settings")
_COLUMNS = {
    "Right (%)": st.column_config.NumberColumn(
        format="%.2f",
        help="Share of right answers at the last evaluation, in the mean of the seeds.",
    ),
    "95 % interval": st.column_config.TextColumn(
        help="Of one seed, Wilson's: how far chance in the choice of pictures reaches; how far "
        "seeds are apart is not in it. Of several seeds, Student's, of their mean: how far chance "
        "between seeds reaches."
    ),
    "n": st.column_config.NumberColumn(format="localized", help="Pictures behind the share."),
    "Step": st.column_config.NumberColumn(format="localized"),
}


def show_comparison(runs: Sequence[RunStatus]) -> None:
    """Shows what the ticked runs, one or more, say together."""
    with shown_errors():
        runs = _told_apart(runs)
        results = [result for status in runs for result in last_results(status)]
        st.markdown(plain(results_sentence(results)), help=hover_text("confidence interval"))
        with st.container(horizontal=True, vertical_alignment="center"):
            view = choose_view("Show", _VIEWS, key="view")
            address = comparison_address([status.run_id for status in runs], view)
            link_with("runs", "Link to this comparison", ":material/link:", address)
        if view == "Curves":
            live_chart(runs, key="compare_chart")
            st.caption(
                "Colours say the kind of net, dashes the run. Runs that are going stay live.",
                help=hover_text("loss", "validation", "gradient norm", "seed"),
            )
        else:
            _show_results(results)
            _show_differences(runs)


def _show_results(results: Sequence[NetResult]) -> None:
    if results:
        rows = [_row(result) for result in results]
        st.dataframe(rows, hide_index=True, key="results", column_config=_COLUMNS, placeholder="–")


def _row(result: NetResult) -> dict[str, Any]:
    interval = result.interval
    return {
        "Run": result.run_name,
        "Net": result.net,
        "Right (%)": 100 * result.accuracy,
        "95 % interval": interval and f"{100 * interval[0]:.2f} to {100 * interval[1]:.2f}",
        "Seeds": len(result.seeds),
        "n": result.num_pictures,
        "Pictures": result.split,
        "Step": result.step,
    }


def _show_differences(runs: Sequence[RunStatus]) -> None:
    if len(runs) < 2:
        st.caption("Tick a second run to see the settings in which the two differ.")
        return
    rows = differing_settings([read_config(status.run_id) for status in runs])
    if not rows:
        st.caption("These runs have the same settings, to the seed.")
        return
    st.markdown("**Settings in which they differ**")
    names = [status.name for status in runs]
    st.dataframe(
        [{"Setting": row.title, **dict(zip(names, row.words, strict=True))} for row in rows],
        hide_index=True,
        key="differences",
    )


def _told_apart(runs: Sequence[RunStatus]) -> list[RunStatus]:
    """Adds the end of its id to the name of each run that shares it with another."""
    names = [status.name for status in runs]
    return [
        replace(status, name=f"{status.name} ({status.run_id[-4:]})")
        if names.count(status.name) > 1
        else status
        for status in runs
    ]
