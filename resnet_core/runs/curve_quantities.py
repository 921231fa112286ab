"""What a run measures at every step: the only place that names it, scales it and says it.

The store has a column for each, and the browser is sent the rest, so that a quantity that is added
here is stored, exported and can be drawn.
"""

from dataclasses import dataclass

from resnet_core.runs.quantities import AxisScale


@dataclass(frozen=True, kw_only=True)
class CurveQuantity:
    """A number of one arm at one step."""

    name: str
    """Its column in the store."""
    title: str
    """What pages call it."""
    unit: str
    """What an axis says."""
    scale: AxisScale
    """How an axis counts."""
    number: str
    """How it is written, as a format of d3, which Plotly reads; of a share in percents."""


CURVE_QUANTITIES: dict[str, CurveQuantity] = {
    quantity.name: quantity
    for quantity in (
        CurveQuantity(
            name="time_s", title="Time", unit="seconds of training", scale="linear", number=".1f"
        ),
        CurveQuantity(name="loss", title="Loss", unit="cross-entropy", scale="log", number=".4f"),
        CurveQuantity(
            name="accuracy",
            title="Accuracy",
            unit="share classified rightly",
            scale="share",
            number=".1f",
        ),
        CurveQuantity(
            name="learning_rate",
            title="Learning rate",
            unit="learning rate",
            scale="linear",
            number=".4g",
        ),
        CurveQuantity(
            name="images_per_s",
            title="Pictures per second",
            unit="pictures/s",
            scale="linear",
            number=".0f",
        ),
        CurveQuantity(
            name="gradient_norm",
            title="Norm of the whole gradient",
            unit="gradient norm",
            scale="log",
            number=".3g",
        ),
    )
}
"""Every quantity by name, in the order of the store's columns."""
