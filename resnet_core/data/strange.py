"""Pictures that no net learned from, to measure whether their strangeness is noticed.

Some are drawn from nothing, some are a net's own test pictures spoilt, some are of another set.
"""

from collections.abc import Iterator

import numpy as np

from resnet_core.data.synthetic import NUM_PICTURES, draw_pictures, synthetic_source
from resnet_core.pictures.channels import with_channels
from resnet_core.pictures.resizing import resize_images

_CLOUD_PX = 4
_SEED = 0


def strange_pictures(own: np.ndarray, title: str) -> Iterator[tuple[str, np.ndarray]]:
    """Gives each kind by its name, as many pictures of it as there are of the net's own.

    Args:
        own: uint8 (N, S, S, C), test pictures of the net's own data set.
        title: of that data set; it is never strange to its own net.

    Yields:
        Name of the kind and uint8 (N, S, S, C); fewer where a set has fewer.
    """
    generator = np.random.default_rng(_SEED)
    count, side, _, channels = own.shape
    yield "uniform noise", generator.integers(0, 256, own.shape, dtype=np.uint8)
    colours = generator.integers(0, 256, (count, 1, 1, channels), dtype=np.uint8)
    yield "flat colours", np.broadcast_to(colours, own.shape)
    coarse = (count, _CLOUD_PX, _CLOUD_PX, channels)
    yield "colour clouds", resize_images(generator.integers(0, 256, coarse, dtype=np.uint8), side)
    yield "shuffled pixels", _shuffle_pixels(own, generator)
    yield "upside down", own[:, ::-1]
    figures = synthetic_source().title
    if title != figures:
        drawn, _ = draw_pictures("test", 0, min(count, NUM_PICTURES["test"]))
        yield figures.lower(), with_channels(resize_images(drawn, side), channels)


def _shuffle_pixels(own: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Every colour of a picture stays, none stays in its place."""
    flat = own.reshape(len(own), -1, own.shape[-1])
    return np.stack([generator.permutation(picture) for picture in flat]).reshape(own.shape)
