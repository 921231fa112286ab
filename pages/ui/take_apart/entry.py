"""What the side bar and Home say of this page."""

from pages.ui.shell.entry import PageEntry

ENTRY = PageEntry(
    name="take_apart",
    title="Take apart",
    icon="handyman",
    summary="What a block of a trained net adds, and what happens when its skip is cut.",
    terms=(
        "residual net",
        "shortcut",
        "stage",
        "gradient norm",
        "logit",
        "feature map",
        "Grad-CAM",
        "confidence interval",
        "loss landscape",
        "sharpness",
    ),
)
