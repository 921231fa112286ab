"""The ten figures of the synthetic set, as signed distances.

Each function takes coordinates u, v, float32 of any one shape, in units of the figure's radius,
and returns about the distance to the figure's edge in the same units, negative inside.  Only
operations that IEEE 754 rounds exactly are used (no sine, no matrix product), so that every machine
draws the same pixels.
"""

from collections.abc import Callable

import numpy as np

SignedDistance = Callable[[np.ndarray, np.ndarray], np.ndarray]

_COS_72, _SIN_72 = 0.30901699, 0.95105652
_COS_144, _SIN_144 = -0.80901699, 0.58778525


def ring(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A circle's line."""
    return np.abs(np.sqrt(u * u + v * v) - 0.74) - 0.21


def cross(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A plus with four equal arms."""
    along, across = np.maximum(np.abs(u), np.abs(v)), np.minimum(np.abs(u), np.abs(v))
    return np.maximum(along - 0.95, across - 0.27)


def star(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A five-pointed star."""
    height = np.abs(v)  # symmetric, so that three of the five directions suffice
    along = np.maximum(u, u * np.float32(_COS_72) + height * np.float32(_SIN_72))
    along = np.maximum(along, u * np.float32(_COS_144) + height * np.float32(_SIN_144))
    across = np.sqrt(np.maximum(u * u + v * v - along * along, 0))
    return (along - 1.05) * np.float32(0.36) + across * np.float32(0.93)


def triangle(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """An equilateral triangle."""
    return np.maximum(-u, u * np.float32(0.5) + np.abs(v) * np.float32(0.8660254)) - 0.55


def square(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A square."""
    return np.maximum(np.abs(u), np.abs(v)) - 0.75


def crescent(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A disc with a bite."""
    bite = 0.8 - np.sqrt((u - 0.5) * (u - 0.5) + v * v)
    return np.maximum(np.sqrt(u * u + v * v) - 0.95, bite)


def stripes(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Straight bars in a disc."""
    return np.maximum(_disc(u, v), _fold(u, 0.5) - 0.125)


def checker(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A chessboard in a disc."""
    a, b = _fold(u, 1.0) - 0.25, _fold(v, 1.0) - 0.25
    side = np.where((a > 0) ^ (b > 0), np.float32(1), np.float32(-1))
    board = side * np.minimum(np.abs(a), np.abs(b))
    return np.maximum(_disc(u, v), board)


def dots(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A lattice of spots in a disc."""
    a, b = _fold(u, 0.6), _fold(v, 0.6)
    return np.maximum(_disc(u, v), np.sqrt(a * a + b * b) - 0.2)


def zigzag(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Bent bars in a disc."""
    return np.maximum(_disc(u, v), _fold(u + _fold(v, 1.0), 0.6) * np.float32(0.75) - 0.11)


FIGURES: tuple[SignedDistance, ...] = (
    ring,
    cross,
    star,
    triangle,
    square,
    crescent,
    stripes,
    checker,
    dots,
    zigzag,
)
"""The figure of each label; its name is the class name."""


def _disc(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.sqrt(u * u + v * v) - 1


def _fold(values: np.ndarray, period: float) -> np.ndarray:
    """Distance to the nearest multiple of the period."""
    turns = values / np.float32(period)
    return np.abs(turns - np.floor(turns + np.float32(0.5))) * np.float32(period)
