"""What an edit will do and cannot do is said from the net, and differs with it."""

import pytest

from resnet_core.config import ArmConfig, Intervention, InterventionKind
from resnet_core.edits import Edit
from resnet_core.edits.foretelling import foretell, say_no_change
from resnet_core.errors import ConfigError
from resnet_core.models import model_config


def said(net: str, what: str, blocks: str, value: float) -> str:
    return foretell(model_config(net), Intervention(what=what, blocks=blocks, value=value))  # type: ignore[arg-type]


def test_cutting_a_stage_names_how_many_blocks_become_plain():
    words = said("resnet56", "skip_strength", "stage2", 0)
    assert words.startswith("Cuts the skips of stage 2: 9 of the net's 27 blocks become plain")
    assert "all 27 blocks become plain" in said("resnet56", "skip_strength", "all", 0)
    assert "not what is learned or unlearned" in words


def test_strength_that_the_net_was_built_with_is_a_way_back():
    assert said("resnet20", "skip_strength", "all", 1).startswith("Puts the skips of all blocks")
    assert "by 0.5: all 9 blocks" in said("resnet20", "skip_strength", "all", 0.5)


@pytest.mark.parametrize(
    ("what", "done", "undone"),
    [("drop", "compute nothing more", "compute again"), ("freeze", "Leaves", "learn again")],
)
def test_what_is_done_and_taken_back_are_told_apart(what, done, undone):
    assert done in said("resnet20", what, "stage1.1", 1)
    assert undone in said("resnet20", what, "stage1.1", 0)
    assert done not in said("resnet20", what, "stage1.1", 0)


def test_limits_of_a_deed_are_not_said_of_what_takes_it_back():
    assert "a gap in the heatmap" in said("resnet20", "freeze", "stage2", 1)
    assert "gap" not in said("resnet20", "freeze", "stage2", 0)
    assert "learn nothing meanwhile" in said("resnet20", "drop", "stage2", 1)
    assert "learn nothing" not in said("resnet20", "drop", "stage2", 0)
    assert "Putting it back" in said("resnet20", "skip_strength", "stage2", 0)
    assert "Putting it back" not in said("resnet20", "skip_strength", "stage2", 1)


def edit(what: InterventionKind, blocks: str, after: float) -> Edit:
    done = float(after)
    return Edit(number=1, step=5, arm="A", what=what, blocks=blocks, before=None, after=done)


def no_change(what: InterventionKind, blocks: str, value: float, *edits: Edit) -> str:
    arm = ArmConfig(label="A", model=model_config("resnet20"))
    return say_no_change(arm, edits, Intervention(what=what, blocks=blocks, value=value))


CUT, DROPPED = edit("skip_strength", "stage2", 0), edit("drop", "stage2", 1)


@pytest.mark.parametrize(
    ("asked", "edits", "words"),
    [
        (("skip_strength", "stage2", 0), [CUT], "The skips of stage 2 are cut already."),
        (("skip_strength", "stage2", 0), [], ""),
        (("skip_strength", "all", 0), [CUT], ""),
        (("skip_strength", "stage2", 1), [CUT], ""),
        (("skip_strength", "stage1", 1), [CUT], "The skips of stage 1 are as the net was built."),
        (
            ("skip_strength", "stage2.1", 0.5),
            [edit("skip_strength", "all", 0.5)],
            "The skips of block 1 of stage 2 are weighed by 0.5 already.",
        ),
        (
            ("skip_strength", "stage2", 0),
            [DROPPED],
            "What enters stage 2 is handed on as it is, whatever its skips weigh: no branch there "
            "computes.",
        ),
        (("skip_strength", "all", 0), [DROPPED], ""),
        (("drop", "stage2", 1), [DROPPED], "Stage 2 is dropped already."),
        (("drop", "all", 1), [edit("drop", "all", 1)], "All blocks are dropped already."),
        (("drop", "stage2", 0), [DROPPED], ""),
        (("drop", "all", 0), [], "No block is dropped."),
        (("freeze", "body", 1), [edit("freeze", "body", 1)], "The body is frozen already."),
        (("freeze", "body", 1), [edit("freeze", "all", 1)], ""),
        (("freeze", "stage1", 0), [], "Nothing of stage 1 is frozen."),
        (("redraw", "all", 1), [edit("redraw", "all", 1)], ""),
    ],
)
def test_what_would_change_nothing_is_said_of_the_net_as_it_is(asked, edits, words):
    assert no_change(*asked, *edits) == words


def test_drawing_anew_cannot_be_put_back():
    assert "cannot be put back" in said("plain20", "redraw", "stage3", 1)


def test_unknown_blocks_are_refused():
    with pytest.raises(ConfigError, match="stage9"):
        said("resnet20", "freeze", "stage9", 1)
