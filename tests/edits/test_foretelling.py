"""What an edit will do and cannot do is said from the net, and differs with it."""

import pytest

from resnet_core.config import Intervention
from resnet_core.edits.foretelling import foretell
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


def test_drawing_anew_cannot_be_put_back():
    assert "cannot be put back" in said("plain20", "redraw", "stage3", 1)


def test_unknown_blocks_are_refused():
    with pytest.raises(ConfigError, match="stage9"):
        said("resnet20", "freeze", "stage9", 1)
