"""What the side bar and Home say of this page."""

from pages.ui.shell.entry import PageEntry

ENTRY = PageEntry(
    name="runs",
    title="Runs",
    icon="list_alt",
    summary="All experiments: compare, rename, resume, download and delete them.",
    terms=(
        "loss",
        "validation",
        "gradient norm",
        "seed",
        "confidence interval",
    ),
)
