import numpy as np
import pytest

from resnet_core.data.randomness import mix_key, random_bits, random_integers, random_permutation

MASK = 2**64 - 1


def splitmix64(seed: int, count: int) -> list[int]:
    """The generator, one number at a time, as a reference."""
    numbers = []
    for _ in range(count):
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        value = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
        numbers.append(value ^ (value >> 31))
    return numbers


def test_reference_gives_the_published_numbers():
    # Vigna's splitmix64.c seeded with 1234567.
    assert splitmix64(1234567, 3) == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


@pytest.mark.parametrize("key", [(0,), (1, 2, 3), (2**32 - 1, 7), (-1,)])
def test_random_bits_are_splitmix64_of_the_mixed_key(key):
    assert random_bits(50, *key).tolist() == splitmix64(mix_key(*key), 50)


def test_random_bits_continue_where_start_says():
    assert np.array_equal(random_bits(20, 3, 4)[7:], random_bits(13, 3, 4, start=7))


def test_mix_key_tells_order_and_neighbours_apart():
    keys = [mix_key(a, b) for a in range(60) for b in range(60)]
    assert len(set(keys)) == 3600
    assert mix_key(1) != mix_key(1, 0)


def test_neighbouring_keys_give_uncorrelated_numbers():
    first, second = (random_bits(20_000, 5, step).astype(np.float64) for step in (8, 9))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03


def test_random_integers_are_even():
    counts = np.bincount(random_integers(90_000, 9, 1, 2), minlength=9)
    assert len(counts) == 9
    # Chi-squared with 8 degrees of freedom exceeds 26.1 once in a thousand draws.
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 26.1


def test_random_permutation_is_one():
    order = random_permutation(1000, 4)
    assert sorted(order.tolist()) == list(range(1000))
    assert not np.array_equal(order, random_permutation(1000, 5))
