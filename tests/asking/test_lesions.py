"""Which pictures judge lesions, and what names a bench."""

import dataclasses

import numpy as np
import pytest
import torch

from resnet_core.asking.labelled_sets import SplitSet, SyntheticSet
from resnet_core.asking.lesions import (
    LesionSettings,
    chosen_numbers,
    lesion_question,
    measure_net_lesions,
)
from resnet_core.data import Split
from resnet_core.errors import CancelledError, CheckpointError, ProbeError

QUICK = LesionSettings(num_pictures=30, num_calibration=16, num_draws=2)


def labelled(*class_names: str, total: int = 60, seed: int = 0) -> SplitSet:
    random = np.random.default_rng(seed)
    images = random.integers(0, 256, (total, 16, 16, 3), np.uint8)
    labels = np.arange(total) % len(class_names)
    return SplitSet("Noise", class_names, Split(images, labels))


def test_settings_out_of_bounds_are_refused_in_a_sentence():
    with pytest.raises(ProbeError, match="judged by 10 to 10,000 pictures, got 9"):
        LesionSettings(num_pictures=9)
    with pytest.raises(ProbeError, match="on 16 to 1,024 pictures, or on 0 to leave it as it is"):
        LesionSettings(num_calibration=3)
    with pytest.raises(ProbeError, match=r"at random 2 to 20 times, or 0 times .* got 1"):
        LesionSettings(num_draws=1)
    with pytest.raises(ProbeError, match="A seed is 0 or more, got -1"):
        LesionSettings(seed=-1)


def test_pictures_that_judge_are_of_all_classes_and_none_recalibrates():
    judging, calibrating = chosen_numbers(SyntheticSet(), LesionSettings())
    assert (len(judging), len(calibrating)) == (1000, 256)
    assert not set(judging) & set(calibrating)
    counts = np.bincount(SyntheticSet().labels[judging])
    assert counts.min() > 70, "an even stride would leave classes out"
    again = chosen_numbers(SyntheticSet(), LesionSettings(seed=1))[0]
    assert not np.array_equal(judging, again)


def test_a_small_set_judges_with_most_of_its_pictures():
    judging, calibrating = chosen_numbers(labelled("ant", "bee", "cow"), LesionSettings())
    assert (len(judging), len(calibrating)) == (45, 15)
    with pytest.raises(ProbeError, match="Noise has 9 test pictures, and lesions need at least 10"):
        chosen_numbers(labelled("ant", total=9), LesionSettings())


def test_a_bench_counts_the_net_s_own_answers(net):
    pictures = labelled("ant", "bee", "cow")
    bench = measure_net_lesions(net, pictures, QUICK)
    judging = chosen_numbers(pictures, QUICK)[0]
    answers = net.logits(pictures.pictures(judging)).argmax(1)
    assert bench.whole.right == (answers == pictures.labels[judging]).sum()
    assert [block.path for block in bench.blocks] == ["stage1.0", "stage2.0"]
    assert (bench.num_pictures, bench.num_calibration, bench.chance) == (30, 15, 1 / 3)
    assert net.model.interventions == ()


def test_classes_are_matched_by_name_whatever_their_order(net):
    forth, back = labelled("ant", "bee", "cow"), labelled("cow", "bee", "ant")
    labels = 2 - forth.split.labels
    same = dataclasses.replace(back, split=Split(forth.split.images, labels))
    assert (
        measure_net_lesions(net, same, QUICK).blocks
        == measure_net_lesions(net, forth, QUICK).blocks
    )
    with pytest.raises(CheckpointError, match=r"tiny knows 3 classes .*the net does not know dog"):
        measure_net_lesions(net, labelled("ant", "dog"), QUICK)


def test_a_bench_can_be_cancelled(net):
    def cancel(message: str, fraction: float | None = None) -> None:
        if fraction is not None:
            raise CancelledError("Stopped.")

    before = {name: tensor.clone() for name, tensor in net.model.state_dict().items()}
    with pytest.raises(CancelledError):
        measure_net_lesions(net, labelled("ant", "bee", "cow"), QUICK, cancel)
    assert all(torch.equal(net.model.state_dict()[name], was) for name, was in before.items())


def test_a_question_names_net_pictures_and_settings():
    one = labelled("ant", "bee", "cow")
    asked = lesion_question("net", one, QUICK)
    assert asked == lesion_question("net", labelled("ant", "bee", "cow"), QUICK)
    others = (
        lesion_question("other", one, QUICK),
        lesion_question("net", labelled("ant", "bee", "cow", seed=1), QUICK),
        lesion_question("net", labelled("ant", "bee", "dog"), QUICK),
        lesion_question("net", one, dataclasses.replace(QUICK, seed=1)),
        lesion_question("net", SyntheticSet(), QUICK),
    )
    assert all(asked != other for other in others)
