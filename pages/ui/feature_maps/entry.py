"""What the side bar and Home say of this page."""

from pages.ui.shell.entry import PageEntry

ENTRY = PageEntry(
    name="feature_maps",
    title="Feature maps",
    icon="grid_view",
    summary="What every layer makes of a picture, down to a channel and what excites it.",
    terms=(
        "feature map",
        "receptive field",
        "stage",
        "shortcut",
    ),
)
