"""Random numbers as a pure function of a key: no generator, no state, nothing to save.

A draw is named by integers such as (seed, purpose, step).  The same key gives the same numbers on
every machine, every version of every library, and whatever was drawn before.
"""

import numpy as np

ORDER = 1
"""Purpose of a key: the order of the pictures in an epoch."""
AUGMENTATION = 2
"""Purpose of a key: crops and flips of a step."""
SPLIT = 3
"""Purpose of a key: the validation split."""
TEST_SPLIT = 4
"""Purpose of a key: the test split of a set that came without one."""

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = 0xFFFFFFFFFFFFFFFF

NETS = 5
"""Purpose of a key: what nets draw themselves in a step (stochastic depth, dropout)."""


def mix_key(*key: int) -> int:
    """Hashes integers, in order, into 64 bits; neighbouring keys give unrelated results.

    Source: the finaliser of SplitMix64, Steele, Lea and Flood 2014 (OOPSLA), fig. 16.
    """
    state = 0
    for part in key:
        state = int(_finalise(np.array([(state ^ (part & _MASK)) + _GOLDEN & _MASK], np.uint64))[0])
    return state


def random_bits(count: int, *key: int, start: int = 0) -> np.ndarray:
    """Draws (count,) uint64 for a key, as SplitMix64 seeded with the mixed key.

    Source: Steele, Lea and Flood 2014 (OOPSLA), fig. 16.

    Args:
        count: how many.
        *key: what names the draw.
        start: how many numbers of the same draw to leave out before the first.
    """
    counter = np.arange(start + 1, start + count + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
    return _finalise(counter + np.uint64(mix_key(*key)))


def random_integers(count: int, below: int, *key: int) -> np.ndarray:
    """Draws (count,) int64 in [0, below), each equally likely to within below / 2^32."""
    high_bits = random_bits(count, *key) >> np.uint64(32)
    return ((high_bits * np.uint64(below)) >> np.uint64(32)).astype(np.int64)


def random_permutation(count: int, *key: int) -> np.ndarray:
    """Draws an order of 0 .. count-1, (count,) int64."""
    return np.argsort(random_bits(count, *key), kind="stable")


def _finalise(values: np.ndarray) -> np.ndarray:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
