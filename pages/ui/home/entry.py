"""What the side bar and Home say of this page."""

from pages.ui.shell.entry import PageEntry

ENTRY = PageEntry(
    name="home",
    title="Home",
    icon="home",
    summary="What can be done here, what runs now, and a demo that starts with one click.",
    terms=(
        "residual net",
        "plain net",
        "shortcut",
        "loss",
        "gradient norm",
        "seed",
    ),
)
