"""Lines that cannot be drawn, the recipe's line of stability, and what a name means."""

from dataclasses import replace

import pytest

from resnet_core.asking import load_net
from resnet_core.asking.called import sources_called
from resnet_core.asking.landscapes import refuse_strange_line
from resnet_core.asking.sharpnesses import threshold_of
from resnet_core.asking.shipped_runs import list_shipped_arms
from resnet_core.asking.training_pictures import draw_training_pictures, own_set
from resnet_core.checkpoints import find_checkpoint, read_card
from resnet_core.config import TrainingConfig
from resnet_core.data import list_sources
from resnet_core.errors import CheckpointError, ProbeError
from tests.inference.conftest import save_tiny

SHIPPED = "resnet20-synthetic"


@pytest.fixture
def card():
    return read_card(find_checkpoint(SHIPPED))


def test_the_line_is_that_of_the_recipe(card):
    line = threshold_of(card)
    assert (line.learning_rate, line.momentum) == (0.2, 0.9)
    assert line.value == pytest.approx(2 * 1.9 / 0.2)
    assert line.nesterov_value == pytest.approx(2 * 1.9 / (2.8 * 0.2))
    assert line.value_at_step is not None
    assert line.value_at_step > 1000, "the rate has fallen nearly to zero"
    bare = threshold_of(replace(card, training=replace(card.training, nesterov=False)))
    assert bare.nesterov_value is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"training": None}, "is not known"),
        ({"training": None, "step": 0, "num_steps": 0}, "never trained"),
        ({"training": TrainingConfig(optimizer="adamw")}, "AdamW"),
        ({"edits": ("After step 3: the learning rate was set to 1",)}, "was changed while"),
    ],
)
def test_without_one_learning_rate_there_is_a_reason_in_place_of_a_line(card, changes, words):
    line = threshold_of(replace(card, **changes))
    assert line.value is None
    assert words in line.reason


def test_a_line_joins_nets_that_differ_in_their_weights_alone(tmp_path):
    ours = load_net(save_tiny(tmp_path / "a"), device="cpu")
    with pytest.raises(ProbeError, match="is the same net"):
        refuse_strange_line(ours, ours)
    other = replace(ours, source=replace(ours.source, key="other"))
    refuse_strange_line(ours, other)
    gray = replace(other, card=replace(other.card, mean=(0.1, 0.1, 0.1)))
    with pytest.raises(ProbeError, match="learned other pictures"):
        refuse_strange_line(ours, gray)
    wide = replace(other.card, model=replace(other.card.model, skip_strength=0.5))
    with pytest.raises(ProbeError, match="differ in it: choose two seeds"):
        refuse_strange_line(ours, replace(other, card=wide))


def test_pictures_are_drawn_by_the_seed_and_named_by_their_content():
    net = load_net(find_checkpoint(SHIPPED), device="cpu")
    assert own_set(net, list_sources()) == "synthetic"
    drawn = [draw_training_pictures(net, "synthetic", 8, seed=seed) for seed in (0, 0, 1)]
    assert drawn[0].key == drawn[1].key != drawn[2].key
    assert drawn[0].batch.images.shape == (8, 3, 32, 32)
    strange = load_net(find_checkpoint("resnet20-cifar10-jpeg"), device="cpu")
    with pytest.raises(CheckpointError, match="Synthetic figures"):
        draw_training_pictures(strange, "synthetic", 8)
    unknown = replace(net, card=replace(net.card, data_title="Own pictures"))
    with pytest.raises(ProbeError, match="learned Own pictures, which is not at hand"):
        own_set(unknown, list_sources())


def test_a_name_is_a_checkpoint_a_run_or_a_fresh_net():
    (checkpoint,) = sources_called(SHIPPED)
    assert checkpoint.title == SHIPPED
    run = list_shipped_arms()[0].run_id
    steps = sources_called(run)
    assert {source.arm for source in steps} == {0, 1}
    assert steps[0].step == 0
    (fresh,) = sources_called("resnet20")
    assert fresh.path is None
