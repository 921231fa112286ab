"""What the side bar and Home say of this page."""

from pages.ui.shell.entry import PageEntry

ENTRY = PageEntry(
    name="where_it_looks",
    title="Where it looks",
    icon="center_focus_strong",
    summary="Grad-CAM and ten relatives for any net and picture, and whether to trust them.",
    terms=(
        "Grad-CAM",
        "attribution",
        "faithfulness",
        "sanity check",
        "feature map",
        "logit",
        "receptive field",
    ),
)
