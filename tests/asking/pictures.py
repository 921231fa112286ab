"""Pictures of every kind that a person may show to a net."""

import numpy as np
from PIL import Image

from tests.pictures.corpus import encoded, exif, stored_as
from tests.pictures.photographs import photograph

KINDS = ("rgb", "gray", "cmyk", "turned", "tall", "tiny", "huge")


def picture_of(kind: str) -> bytes:
    """Gives a picture file of a kind of `KINDS`."""
    generator = np.random.default_rng(5)
    colour = generator.integers(0, 256, (90, 120, 3), dtype=np.uint8)
    if kind == "rgb":
        return photograph(3, (1200, 1800))
    if kind == "huge":
        return photograph(4, (4000, 3000))
    if kind == "gray":
        return encoded(colour[..., 0].copy(), "PNG")
    if kind == "cmyk":
        return encoded(Image.fromarray(colour).convert("CMYK"), "JPEG", quality=90)
    if kind == "turned":
        return encoded(stored_as(colour, 6), "JPEG", quality=90, exif=exif(6))
    size = {"tall": (700, 40), "tiny": (3, 2)}[kind]
    return encoded(generator.integers(0, 256, (*size, 3), dtype=np.uint8), "PNG")
