"""The end of a run's page: what the run showed, to be read and to be taken along."""

import streamlit as st

from pages.ui.choosing.own_pictures import left_out_table
from pages.ui.shell.notices import plain
from pages.ui.train.taught import show_taught
from resnet_core.run_report import report_run, share_text
from resnet_core.runs.status import RunStatus


def show_report(status: RunStatus) -> None:
    """Shows the report of a finished run, with its file.

    The verdict stands at the head of the page already, so that the file alone repeats it.

    Raises:
        ResNetLabError: when the run is gone, or its metrics cannot be read.
    """
    report = report_run(status.run_id)
    st.header("What this run showed")
    rows = [
        {
            "Net": result.label,
            "Validation": share_text(result.validation_accuracy),
            "Test": share_text(result.test_accuracy),
        }
        for result in report.results
    ]
    st.dataframe(rows, hide_index=True)
    show_taught(status.run_id)
    st.caption(plain(report.time))
    if report.left_out:
        with st.expander("Left out of the pictures", icon=":material/folder_off:"):
            left_out_table(report.left_out)
    with st.expander("All settings", icon=":material/tune:"):
        st.dataframe([{"Setting": t, "Value": v} for t, v in report.settings], hide_index=True)
    st.download_button(
        "Report (Markdown)",
        report.to_markdown(),
        file_name=f"{status.run_id}.md",
        mime="text/markdown",
        icon=":material/download:",
        on_click="ignore",
        key="report_file",
    )
