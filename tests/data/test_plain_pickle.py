"""Pickles of plain data: values as Python reads them, and hostile twins that get nothing done."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from resnet_core.data.plain_pickle import pickled_numbers, pickled_text, read_plain_pickle
from tests.data.cifar_batches import python2_pickle
from tests.data.villain import Villain

ARRAYS = {
    "bytes": np.arange(6, dtype=np.uint8).reshape(2, 3),
    "large ones first": np.arange(6, dtype=">i4").reshape(3, 2),
    "by column": np.asfortranarray(np.arange(6, dtype=np.int64).reshape(2, 3)),
    "none": np.zeros((0, 3), np.uint8),
}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_are_what_python_reads(kind, protocol):
    held = {"data": ARRAYS[kind], b"labels": [np.int64(3), 4], 7: [1.5, None, True, ("a", b"b")]}
    found = read_plain_pickle(pickle.dumps(held, protocol))
    assert np.array_equal(pickled_numbers(found["data"]), ARRAYS[kind])
    assert pickled_numbers(found["labels"]).tolist() == [3, 4]
    assert found[7] == [1.5, None, True, ("a", b"b")]
    assert [pickled_text(text) for text in found[7][3]] == ["a", "b"]


def test_pickles_of_python_2_are_read():
    rows = np.arange(2 * 3072, dtype=np.uint16).astype(np.uint8).reshape(2, 3072)
    found = read_plain_pickle(python2_pickle(rows, "labels", [1, 2]))
    assert np.array_equal(pickled_numbers(found["data"]), rows)
    assert found["labels"] == [1, 2]


def laughs(depth: int, make: Callable[[object], object]) -> object:
    """Few objects that hold each other twice, so that to walk through them takes 2 ** depth."""
    held: object = 0
    for _ in range(depth):
        held = make(held)
    return held


HOSTILE: dict[str, bytes] = {
    "bytes of 8 GB": b"\x80\x05\x96\0\0\0\0\x02\0\0\0.",
    "a text of 8 GB": b"\x80\x04\x8d\0\0\0\0\x02\0\0\0.",
    "a frame of 8 GB": b"\x80\x04\x95\0\0\0\0\x02\0\0\0",
    "an array of nothing in 80 GB": (
        b"\x80\x02cnumpy\nndarray\nJ\0\0\0\x7f\x85cnumpy\ndtype\nU\x02u2\x85R\x86R."
    ),
    "keys that never end": b"\x80\x02}K\0" + b"2\x86" * 60 + b"K\1s.",
    "names within names": b"\x80\x04cbuiltins\ngetattr\ncos\nsystem\n\x86R.",
    "an extension": b"\x80\x02\x82\x01.",
    "a persistent one": b"\x80\x02U\x01aQ.",
    "an instance": b"(ios\nsystem\n.",
    "an object": b"(cos\nsystem\no.",
    "a new object": b"\x80\x02cnumpy\nndarray\n)\x81.",
    "numbers that are put into an array": b"\x80\x02cnumpy\ndtype\nU\x02u1\x85RK\0K\1s.",
    "a state of a list": b"\x80\x02]K\1b.",
    "another encoding": b"\x80\x02c_codecs\nencode\nU\x04abcdU\x05rot13\x86R.",
    "endless nothing": b"\x80\x02" + b"N" * 10_000_001,
    "cut": pickle.dumps({"a": list(range(99))})[:-9],
    "text": b"no pickle",
    "empty": b"",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_pickles_are_refused_at_once(kind):
    with pytest.raises(ValueError, match="no pickle of plain data"):
        read_plain_pickle(HOSTILE[kind])


def test_place_far_away_costs_no_memory():
    assert read_plain_pickle(b"\x80\x02]r\xff\xff\xff\x7f.") == []


def test_no_code_is_run(tmp_path: Path):
    with pytest.raises(ValueError, match="plain data"):
        read_plain_pickle(pickle.dumps([Villain(tmp_path / "evil")]))
    assert not (tmp_path / "evil").exists()


CLAIMS: dict[str, object] = {
    "lists that never end": laughs(60, lambda held: [held, held]),
    "fractions": [1.5],
    "texts": ["1"],
    "a dict": {"a": 1},
    "a large number": [2**63],
    "objects": np.array([{}, []], dtype=object),
    "times": np.array(["2020"], dtype="M8[s]"),
    "texts of numpy": np.array(["a"]),
}


@pytest.mark.parametrize("kind", CLAIMS)
def test_what_is_no_list_of_whole_numbers_is_refused(kind):
    with pytest.raises((ValueError, TypeError)):
        pickled_numbers(read_plain_pickle(pickle.dumps({"it": CLAIMS[kind]}, 4))["it"])


@pytest.mark.parametrize("shape", [b"J\xff\xff\xff\x7f", b"J\xff\xff\xff\xff", b"K\x07"])
def test_array_of_another_size_than_it_has_is_refused(shape):
    whole = pickle.dumps(np.zeros(6, np.uint8), 2)
    assert whole.count(b"K\x06") == 1
    with pytest.raises(ValueError, match="another size"):
        pickled_numbers(read_plain_pickle(whole.replace(b"K\x06", shape)))
