"""Many small pictures brought to one size at once."""

import numpy as np

from resnet_core.pictures.door import fit_picture


def resize_images(images: np.ndarray, size_px: int | None) -> np.ndarray:
    """Resizes pictures to a square; `None`, or their own size, leaves them untouched.

    Args:
        images: (N, H, W, C) uint8, C 1 or 3.
        size_px: side of the result, px.

    Returns:
        (N, size, size, C) uint8.
    """
    if size_px is None or images.shape[1:3] == (size_px, size_px):
        return images
    channels = images.shape[3]
    resized = np.empty((len(images), size_px, size_px, channels), np.uint8)
    for number, pixels in enumerate(images):
        colour = np.repeat(pixels, 3, axis=2) if channels == 1 else pixels
        resized[number] = fit_picture(colour, size_px)[:, :, :channels]
    return resized
