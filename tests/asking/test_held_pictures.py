"""Accuracy on held pictures: of the same pictures for all, and counted as by hand."""

import numpy as np
import pytest
import torch

from resnet_core.asking import load_source, untrained_source
from resnet_core.asking.held_pictures import HeldAnswers, answer_held
from resnet_core.asking.labelled_sets import (
    RelabelledSet,
    SyntheticSet,
    spread_numbers,
    with_net_classes,
)
from resnet_core.errors import CancelledError
from resnet_core.shares import wilson_interval


@pytest.fixture(scope="module")
def net():
    return load_source(untrained_source("resnet8", 3))


def test_answers_are_those_of_the_net_to_the_pictures_of_one_order(net) -> None:
    pictures = SyntheticSet()
    found = answer_held(net, pictures, stop=60)
    numbers = np.random.default_rng(20_150_610).permutation(len(pictures.labels))[:60]
    logits = net.logits(np.stack([net.see_pixels(p).pixels for p in pictures.pictures(numbers)]))
    assert np.array_equal(found.is_right, logits.argmax(axis=1) == pictures.labels[numbers])
    assert len(set(numbers)) == 60
    parts = answer_held(net, pictures, stop=20), answer_held(net, pictures, start=20, stop=60)
    assert np.array_equal(parts[0].followed_by(parts[1]).is_right, found.is_right)
    assert np.array_equal(found.first(20).is_right, parts[0].is_right)


def test_a_device_that_has_room_for_few_gives_the_same_answers(net) -> None:
    usual = answer_held(net, SyntheticSet(), stop=50)

    def refuse(_model, inputs):
        if len(inputs[0]) > 7:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    handle = net.model.register_forward_pre_hook(refuse)
    try:
        found = answer_held(net, SyntheticSet(), stop=50)
    finally:
        handle.remove()
    assert np.array_equal(found.is_right, usual.is_right)


def test_classes_of_another_order_are_matched_by_name(net) -> None:
    class Turned(SyntheticSet):
        class_names = tuple(reversed(SyntheticSet.class_names))
        labels = len(SyntheticSet.class_names) - 1 - SyntheticSet.labels

    turned, matching = with_net_classes(net, Turned())
    assert matching.class_names == net.card.class_names
    usual = answer_held(net, SyntheticSet(), stop=50)
    assert np.array_equal(answer_held(net, turned, stop=50).is_right, usual.is_right)


def test_share_and_interval_are_wilson_s_and_paired() -> None:
    before = HeldAnswers(data_title="", is_right=np.arange(100) < 90)
    after = HeldAnswers(data_title="", is_right=np.arange(100) < 40)
    assert before.accuracy == 0.9
    assert before.interval == wilson_interval(90, 100)
    low, high = after.gain_over(before)
    assert low < -0.5 < high < 0
    assert before.gain_over(after) == pytest.approx((-high, -low))


def test_counting_can_be_stopped(net) -> None:
    def stop(message: str, fraction: float | None = None) -> None:
        raise CancelledError("Stopped.")

    with pytest.raises(CancelledError):
        answer_held(net, SyntheticSet(), progress=stop)


def test_pictures_are_spread_over_the_classes_whatever_the_order_of_the_labels() -> None:
    synthetic = SyntheticSet()
    for most in (20, 100, 500):
        counts = np.bincount(synthetic.labels[spread_numbers(synthetic, most)], minlength=10)
        assert counts.tolist() == [most // 10] * 10
    rare = RelabelledSet(synthetic, synthetic.class_names, (synthetic.labels > 7).astype(np.int64))
    assert np.bincount(rare.labels[spread_numbers(rare, 100)]).tolist() == [80, 20]


def test_spread_pictures_are_always_the_same_each_once_and_in_order() -> None:
    synthetic = SyntheticSet()
    numbers = spread_numbers(synthetic, 300)
    assert np.array_equal(numbers, spread_numbers(synthetic, 300))
    assert (np.diff(numbers) > 0).all()
    assert len(spread_numbers(synthetic, 10**6)) == len(synthetic.labels)
