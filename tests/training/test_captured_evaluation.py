"""Evaluation on static buffers: without a graph its bits are those of evaluation as it is."""

import numpy as np
import pytest
import torch

from resnet_core.training.live_edits import apply_due_edits
from tests.training.steps import as_today, captured, edits_of, one_net, trained

CPU = torch.device("cpu")


def both(config):
    return captured(config, CPU, graph=False), as_today(config, CPU)


def assert_same_evaluation(one, other):
    (found, expected) = (lockstep.evaluate("validation")[0][1] for lockstep in (one, other))
    assert found.score == expected.score


@pytest.mark.parametrize("size", [7, 16, 500])
def test_evaluation_on_buffers_gives_the_bits_of_today(size, monkeypatch):
    monkeypatch.setattr("resnet_core.training.lockstep._CPU_EVALUATION_BATCH", size)
    config = one_net("residual")
    lockstep, reference = both(config)
    for _ in range(3):
        trained(lockstep, 2)
        trained(reference, 2)
        for split in ("validation", "test"):
            (arm, found), (_, expected) = (x.evaluate(split)[0] for x in (lockstep, reference))
            assert found.score == expected.score
            np.testing.assert_array_equal(found.is_right, expected.is_right)
            assert arm.model.training
    assert lockstep.evaluate("test", should_stop=lambda: True) == []


def test_evaluation_right_after_an_edit_is_of_the_edited_net():
    config = one_net("residual")
    lockstep, reference = both(config)
    for one in (lockstep, reference):
        one.changes.script = edits_of("skip_strength", 3)
        trained(one, 3)
        before = one.evaluate("validation")[0][1].loss
        apply_due_edits(one)
        assert one.evaluate("validation")[0][1].loss != before
    assert_same_evaluation(lockstep, reference)
    trained(lockstep, 1)
    trained(reference, 1)
    assert_same_evaluation(lockstep, reference)
