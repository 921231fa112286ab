"""What the side bar and Home say of this page."""

from pages.ui.shell.entry import Entry

ENTRY = Entry(
    name="runs",
    title="Runs",
    icon="list_alt",
    summary="All experiments: compare, rename, resume, download and delete them.",
)
