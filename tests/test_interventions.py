"""What may be done to a net that is built already, without building one."""

import dataclasses

import pytest

from resnet_core.config import (
    Intervention,
    ModelConfig,
    block_paths,
    block_states,
    check_intervention,
    config_from_json,
    config_to_json,
    find_blocks,
    standing_interventions,
)
from resnet_core.errors import ConfigError
from resnet_core.models import model_config

NET = ModelConfig(name="net", stage_blocks=(2, 3), stage_widths=(16, 32))


def cut(blocks="all", value=0.0):
    return Intervention(what="skip_strength", blocks=blocks, value=value)


def test_paths_are_those_of_the_net_itself():
    built = model_config("resnet50")
    assert len(block_paths(built)) == 16
    assert block_paths(NET) == ("stage1.0", "stage1.1", "stage2.0", "stage2.1", "stage2.2")
    assert find_blocks(NET, "stage2") == block_paths(NET)[2:]
    assert find_blocks(NET, "stage1.1") == ("stage1.1",)


@pytest.mark.parametrize(
    "blocks", ["", "stage", "stage0", "stage3", "stage1.2", "2", "ALL", "stem"]
)
def test_what_is_no_block_is_told_with_those_that_are(blocks):
    with pytest.raises(ConfigError, match=r"from stage1 to stage2, or a block from stage1\.0 to"):
        find_blocks(NET, blocks)


def test_the_last_of_several_holds():
    states = block_states(NET, [cut("stage2"), cut("stage2.1", 0.5), cut("stage1.0")])
    assert [state.skip_strength for state in states.values()] == [0.0, 1.0, 0.0, 0.5, 0.0]


@pytest.mark.parametrize(
    ("done", "standing"),
    [
        ([cut("stage2"), cut("stage2", 1)], []),
        ([cut("stage2"), cut("all", 1)], []),
        ([cut("stage2"), cut("stage1")], [cut("all")]),
        ([cut("all"), cut("stage2.1", 1)], [cut("stage1"), cut("stage2.0"), cut("stage2.2")]),
        ([Intervention(what="redraw", value=1)], []),
        (
            [Intervention(what="drop", blocks="stage2.2", value=1), cut("stage1")],
            [cut("stage1"), Intervention(what="drop", blocks="stage2.2", value=1)],
        ),
        (
            [
                Intervention(what="freeze", value=1),
                Intervention(what="freeze", blocks="stage1", value=0),
            ],
            [Intervention(what="freeze", blocks="stage2", value=1)],
        ),
    ],
)
def test_what_stands_is_the_fewest_with_the_same_outcome(done, standing):
    found = standing_interventions(NET, done)
    assert found == tuple(standing)
    assert block_states(NET, found) == block_states(NET, done)


def test_a_net_built_at_one_half_is_undone_to_one_half():
    half = dataclasses.replace(NET, skip_strength=0.5)
    assert standing_interventions(half, [cut(), cut(value=0.5)]) == ()
    assert standing_interventions(half, [cut(value=1)]) == (cut(value=1),)


@pytest.mark.parametrize("what", ["skip_strength", "drop", "freeze", "redraw"])
def test_an_intervention_goes_through_json(what):
    each = Intervention(what=what, blocks="stage2", value=1)
    assert config_from_json(Intervention, config_to_json(each)) == each


@pytest.mark.parametrize(
    "text",
    [
        '{"what": "cut", "value": 0}',
        '{"what": "drop", "value": 2}',
        '{"what": "drop"}',
        '{"what": "drop", "value": 1, "when": 3}',
    ],
)
def test_json_that_is_no_intervention_is_refused(text):
    with pytest.raises(ConfigError):
        config_from_json(Intervention, text)


def test_only_a_plain_blocks_own_shape_forbids_to_drop_it():
    plain = dataclasses.replace(NET, skip_strength=0.0)
    narrow = dataclasses.replace(plain, stem_width=8)
    for net, path in ((plain, "stage1.0"), (plain, "stage2.1"), (NET, "stage2.0")):
        check_intervention(net, Intervention(what="drop", blocks=path, value=1))
    for net, path in ((plain, "stage2.0"), (plain, "all"), (narrow, "stage1")):
        with pytest.raises(ConfigError, match="changes the shape of its maps"):
            check_intervention(net, Intervention(what="drop", blocks=path, value=1))
    check_intervention(plain, Intervention(what="drop", blocks="all", value=0))
