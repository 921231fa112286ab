"""A net with blocks switched is a copy: whoever shares the net sees nothing of it."""

import numpy as np
import pytest
import torch

from resnet_core.asking import load_source, untrained_source
from resnet_core.asking.taking_apart import switched_net, take_net_apart
from resnet_core.config import Intervention
from resnet_core.errors import ConfigError

CUT = Intervention(what="skip_strength", blocks="stage2.1", value=0)
DROP = Intervention(what="drop", blocks="stage3.0", value=1)


@pytest.fixture(scope="module")
def whole():
    return load_source(untrained_source("resnet8", 0))


@pytest.fixture(scope="module")
def pixels(whole) -> np.ndarray:
    side = whole.card.image_size_px
    return np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)


def test_switches_act_on_a_copy_alone(whole, pixels):
    before, state = whole.logits(pixels[None]), whole.model.state_dict()
    copied = {name: tensor.clone() for name, tensor in state.items()}
    switched = switched_net(whole, [DROP])
    assert not np.array_equal(switched.logits(pixels[None]), before)
    assert np.array_equal(whole.logits(pixels[None]), before)
    assert whole.model.interventions == ()
    assert all(torch.equal(copied[name], now) for name, now in state.items())
    assert switched.lock is not whole.lock
    assert switched.key != whole.key


def test_two_copies_of_one_net_do_not_see_each_other(whole, pixels):
    one, other = switched_net(whole, [DROP]), switched_net(whole, [])
    assert np.array_equal(other.logits(pixels[None]), whole.logits(pixels[None]))
    assert not np.array_equal(one.logits(pixels[None]), other.logits(pixels[None]))


def test_all_is_back_bit_for_bit_when_switched_on_again(whole, pixels):
    back = [DROP, Intervention(what="drop", blocks="stage3.0", value=0)]
    again = switched_net(whole, back)
    assert np.array_equal(again.logits(pixels[None]), whole.logits(pixels[None]))
    found, before = take_net_apart(again, pixels), take_net_apart(whole, pixels)
    assert found.blocks == before.blocks
    assert np.array_equal(found.logits, before.logits)


def test_a_block_that_the_net_does_not_have_is_refused(whole):
    with pytest.raises(ConfigError, match=r"no block 'stage2.1': name all, a stage"):
        switched_net(whole, [CUT])


def test_figures_are_of_the_logits_that_the_net_answers_with(whole, pixels):
    found = take_net_apart(whole, pixels)
    assert np.array_equal(found.logits, whole.logits(pixels[None])[0])
    assert [block.path for block in found.blocks] == ["stage1.0", "stage2.0", "stage3.0"]
