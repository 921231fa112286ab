import pytest

from resnet_core.models import measure_cost, model_config
from resnet_core.models.outline import outline_net, relative_path
from resnet_core.models.trace import trace_operations


@pytest.mark.parametrize(
    "name", ["plain20", "resnet110", "preact_resnet164", "resnet50", "densenet40_12"]
)
def test_sections_hold_the_whole_net(name):
    config = model_config(name)
    sections, cost = outline_net(config, 32), measure_cost(config, 32)
    assert sum(section.parameters for section in sections) == cost.parameters
    assert sum(section.macs for section in sections) == cost.macs
    assert sum(section.count * len(section.operations) for section in sections) == len(cost.layers)
    blocks = [section for section in sections if "block" in section.title]
    assert sum(section.count for section in blocks) == sum(config.stage_blocks)


def test_110_layers_fold_to_seven_sections():
    sections = outline_net(model_config("resnet110"), 32)
    assert [(section.title, section.count) for section in sections] == [
        ("Stem", 1),
        ("Stage 1, blocks 1-18", 18),
        ("Stage 2, block 1", 1),
        ("Stage 2, blocks 2-18", 17),
        ("Stage 3, block 1", 1),
        ("Stage 3, blocks 2-18", 17),
        ("Head", 1),
    ]


def test_first_preactivation_block_is_not_folded_with_its_neighbours():
    # Its shortcut starts after the first activation, theirs at the raw input.
    sections = outline_net(model_config("preact_resnet20"), 32)
    assert [section.count for section in sections] == [1, 1, 2, 1, 2, 1, 2, 1]


@pytest.mark.parametrize("name", ["resnet20", "preact_resnet164", "resnet18"])
def test_operations_name_what_feeds_them(name):
    known = {""}
    for operation in trace_operations(model_config(name), 32):
        assert operation.inputs
        assert set(operation.inputs) <= known
        assert len(operation.inputs) == (2 if operation.kind == "add" else 1)
        known.add(operation.path)


def test_labels_say_kernel_channels_and_stride():
    labels = {o.path: o.label for o in trace_operations(model_config("resnet18"), 32)}
    assert labels["stem.conv"] == "7x7 conv 64 /2"
    assert labels["stem.pool"] == "3x3 max pool /2"
    assert labels["stage2.0.shortcut.conv"] == "1x1 conv 128 /2"
    assert labels["stage1.0.shortcut"] == "identity"
    assert labels["classifier"] == "linear 10"
    cifar = {o.path: o.label for o in trace_operations(model_config("resnet20"), 32)}
    assert cifar["stage2.0.shortcut"] == "zero pad +16 /2"


def test_label_of_a_grouped_convolution_says_groups_and_their_channels():
    labels = {o.path: o.label for o in trace_operations(model_config("resnext50_32x4d"), 32)}
    assert labels["stage1.0.conv2"] == "3x3 conv 32x4d"
    assert labels["stage2.0.conv2"] == "3x3 conv 32x8d /2"


def test_relative_path_is_that_within_a_section():
    assert relative_path("stage2.0.shortcut.conv", "stage2.0") == "shortcut.conv"
    assert relative_path("pool", "") == "pool"
