"""What the side bar and Home say of this page."""

from pages.ui.shell.entry import PageEntry

ENTRY = PageEntry(
    name="classify",
    title="Classify",
    icon="image_search",
    summary="What nets say of your own pictures, how sure they may be, and what they confuse.",
    terms=(
        "logit",
        "top-1, top-5",
        "ECE",
        "temperature",
        "Grad-CAM",
        "confidence interval",
        "fine-tuning",
    ),
)
