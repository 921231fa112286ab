"""A net with blocks switched is a copy: whoever shares the net sees nothing of it."""

import numpy as np
import pytest
import torch

from resnet_core.asking import ReadyNet, load_source, untrained_source
from resnet_core.asking.taking_apart import switched_net, take_block_apart, take_net_apart
from resnet_core.config import Intervention
from resnet_core.errors import ConfigError
from resnet_core.explain import Question, Target

CUT = Intervention(what="skip_strength", blocks="stage2.1", value=0)
DROP = Intervention(what="drop", blocks="stage3.0", value=1)
FIRST = Intervention(what="drop", blocks="stage1.0", value=1)


@pytest.fixture(scope="module")
def whole() -> ReadyNet:
    return load_source(untrained_source("resnet8", 0))


@pytest.fixture(scope="module")
def pixels(whole: ReadyNet) -> np.ndarray:
    side = whole.card.image_size_px
    return np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)


def test_switches_act_on_a_copy_alone(whole, pixels):
    before, state = whole.logits(pixels[None]), whole.model.state_dict()
    copied = {name: tensor.clone() for name, tensor in state.items()}
    switched = switched_net(whole, (DROP,))
    assert not np.array_equal(switched.logits(pixels[None]), before)
    assert np.array_equal(whole.logits(pixels[None]), before)
    assert whole.model.interventions == ()
    assert all(torch.equal(copied[name], now) for name, now in state.items())
    assert switched.lock is not whole.lock
    assert switched.key != whole.key


def test_two_copies_of_one_net_do_not_see_each_other(whole, pixels):
    one, other = switched_net(whole, (DROP,)), switched_net(whole, ())
    assert np.array_equal(other.logits(pixels[None]), whole.logits(pixels[None]))
    assert not np.array_equal(one.logits(pixels[None]), other.logits(pixels[None]))


def test_all_is_back_bit_for_bit_when_switched_on_again(whole, pixels):
    back = (DROP, Intervention(what="drop", blocks="stage3.0", value=0))
    seen = whole.see_pixels(pixels)
    again, before = take_net_apart(whole, seen, back), take_net_apart(whole, seen)
    assert again.taken.blocks == before.taken.blocks
    assert np.array_equal(again.taken.logits, before.taken.logits)
    assert np.array_equal(again.answer.logits, whole.answer(seen).logits)
    one, other = (
        take_block_apart(whole, pixels, "stage3.0", s, class_index=1).evidence.values
        for s in (back, ())
    )
    assert np.array_equal(one, other)


def test_a_block_that_the_net_does_not_have_is_refused(whole):
    with pytest.raises(ConfigError, match=r"no block 'stage2\.1': name all, a stage"):
        switched_net(whole, (CUT,))


def test_answer_and_figures_are_of_one_net(whole, pixels):
    seen = whole.see_pixels(pixels)
    found = take_net_apart(whole, seen, (DROP,), class_index=4)
    assert np.array_equal(found.taken.logits, found.answer.logits)
    assert found.taken.class_index == 4
    assert [block.path for block in found.taken.blocks] == ["stage1.0", "stage2.0", "stage3.0"]
    assert found.taken.block("stage3.0").branch_norm is None


def test_evidence_is_grad_cam_as_the_net_explains_it(whole, pixels):
    named = int(whole.logits(pixels[None]).argmax())
    found = take_block_apart(whole, pixels, "stage2.0", (), class_index=named)
    asked = whole.explain(pixels, Question(layer="stage2.0", target=Target(class_index=named)))
    assert np.array_equal(found.evidence.values, asked.values)
    assert found.own_evidence is None, "it is asked about the class that it names"
    other = take_block_apart(whole, pixels, "stage2.0", (), class_index=(named + 1) % 10)
    assert other.own_evidence is not None
    assert np.array_equal(other.own_evidence.values, asked.values)


def test_a_dropped_block_has_the_map_of_what_it_hands_on(whole, pixels):
    found = take_block_apart(whole, pixels, "stage1.0", (FIRST,), class_index=0)
    assert found.evidence.layer == "stem"
    shrinking = take_block_apart(whole, pixels, "stage3.0", (DROP,), class_index=0)
    assert shrinking.evidence.layer == "stage3.0", "its shortcut still changes the shape"
