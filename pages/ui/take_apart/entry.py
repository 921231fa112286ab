"""What the side bar and Home say of this page."""

from pages.ui.shell.entry import PageEntry

ENTRY = PageEntry(
    name="take_apart",
    title="Take apart",
    icon="handyman",
    summary="What every block of a trained net adds to a picture, and what its skip carries.",
    terms=("residual net", "shortcut", "stage", "gradient norm", "logit", "feature map"),
)
