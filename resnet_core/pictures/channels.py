"""Gray and colour: the one place where either is made of the other."""

import numpy as np

_LUMA = np.array((19595, 38470, 7471), np.uint32)
"""Weights of red, green and blue in 65,536ths (ITU-R BT.601), as Pillow's `L` has them."""


def as_gray(pixels: np.ndarray) -> np.ndarray:
    """Makes pictures gray, exactly as Pillow does.

    Args:
        pixels: uint8 (..., H, W, C), C 1 or 3.

    Returns:
        uint8 (..., H, W, 1).
    """
    if pixels.shape[-1] == 1:
        return pixels
    return ((pixels @ _LUMA + 0x8000) >> 16).astype(np.uint8)[..., None]


def as_colour(pixels: np.ndarray, channels: int = 3) -> np.ndarray:
    """Repeats the only channel of gray pictures; uint8 (..., H, W, channels)."""
    return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:-1], channels)))


def with_channels(pixels: np.ndarray, channels: int) -> np.ndarray:
    """Gives pictures (..., H, W, C) the channels that a net takes: 1 is gray."""
    if pixels.shape[-1] == channels:
        return pixels
    return as_gray(pixels) if channels == 1 else as_colour(pixels, channels)
