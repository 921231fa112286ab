"""Batches of one picture, which batch normalisation cannot train on where maps have one cell."""

from resnet_core.config import ModelConfig
from resnet_core.errors import ConfigError
from resnet_core.models.cost import measure_cost


def refuse_lonely_pictures(
    config: ModelConfig, label: str, *, image_size_px: int, batch_size: int
) -> None:
    """Refuses a batch from which batch normalisation would take the variance of one number.

    Args:
        config: the net.
        label: what the person calls it.
        image_size_px: side of the pictures, px.
        batch_size: pictures in a step.

    Raises:
        ConfigError: if the net has batch normalisation on maps of one cell, and the batch has one
            picture.
    """
    if batch_size > 1 or config.norm != "batch":
        return
    layers = measure_cost(config, image_size_px).layers
    if any(layer.kind == "norm" and layer.output_shape[1:] == (1, 1) for layer in layers):
        raise ConfigError(
            f"{label}'s last maps are 1 x 1 on {image_size_px} px pictures: batch normalisation "
            "needs at least 2 pictures in a batch, so use a batch size of 2 or more, or larger "
            "pictures."
        )
