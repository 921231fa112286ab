"""How nets are evaluated around an edit: each at once, and none twice with the same weights."""

import dataclasses

import pytest
import torch

from resnet_core.edits.log import put_into_inbox
from resnet_core.training.editor import Editor
from resnet_core.training.live_edits import follow_script
from resnet_core.training.lockstep import Lockstep
from tests.edits.test_exactness import edit
from tests.training.conftest import tiny_data, tiny_experiment

CUT = edit("skip_strength", 2, arm="residual", after=0.0)
BACK = edit("skip_strength", 2, 2, arm="residual", after=1.0)
SEEDS = 3


class Bench:
    """A run of three seeds after two steps, and what its editor stores."""

    def __init__(self, folder, script):
        config = dataclasses.replace(tiny_experiment(), seeds=SEEDS)
        self.folder = folder
        self.lockstep = Lockstep(config, tiny_data(), torch.device("cpu"))
        (folder / "edits" / "inbox").mkdir(parents=True)
        follow_script(folder, self.lockstep, script)
        self.editor = Editor(folder, self.lockstep, lambda: None)
        self.lockstep.advance()
        self.lockstep.advance()
        self.lockstep.drain()
        self.num_evaluated = 0
        for arm in self.lockstep.arms:
            arm.model.register_forward_hook(self._count)
        self.stored = []

    def _count(self, *_):
        self.num_evaluated += 1

    def store(self, arm, split, score):
        self.stored.append((arm.replica, split, score.loss, score.is_right.tobytes()))

    def look_ahead(self):
        for _ in self.lockstep.arms:
            self.editor.look_ahead(lambda: False)


@pytest.fixture
def bench(tmp_path_factory):
    return lambda *script: Bench(tmp_path_factory.mktemp("run"), script)


def test_each_net_is_told_of_before_and_after_it_is_edited(bench):
    one = bench(CUT)
    evaluate = one.lockstep.quick_evaluation(500)
    before = [evaluate(arm) for arm in one.lockstep.arms]
    assert one.editor.do_all(one.store) == 1
    edited = [arm for arm in one.lockstep.arms if arm.replica.arm == 0]
    told = [(replica, split) for replica, split, *_ in one.stored]
    assert told == [(a.replica, s) for a in edited for s in ("before_edit", "after_edit")]
    for arm, was, now in zip(edited, one.stored[::2], one.stored[1::2], strict=True):
        former, later = before[arm.index], evaluate(arm)
        assert former is not None
        assert later is not None
        assert was[2:] == (former.loss, former.is_right.tobytes())
        assert now[2:] == (later.loss, later.is_right.tobytes())
        assert former.loss != later.loss


def test_what_was_evaluated_ahead_is_the_same_and_is_not_evaluated_again(bench):
    at_once, ahead = bench(CUT), bench(CUT)
    at_once.editor.do_all(at_once.store)
    ahead.look_ahead()
    assert ahead.num_evaluated == 2 * SEEDS
    ahead.editor.do_all(ahead.store)
    assert ahead.stored == at_once.stored
    assert at_once.num_evaluated == 2 * SEEDS
    assert ahead.num_evaluated == 3 * SEEDS, "those that were edited, once more"


def test_a_net_that_trained_on_is_evaluated_anew(bench):
    late = bench(dataclasses.replace(CUT, step=3))
    late.look_ahead()
    late.lockstep.advance()
    late.lockstep.drain()
    seen = late.num_evaluated
    late.editor.do_all(late.store)
    assert late.num_evaluated == seen + 2 * SEEDS


def test_a_skip_that_is_put_back_at_once_costs_one_evaluation(bench):
    one = bench(CUT, BACK)
    one.editor.do_all(one.store)
    assert one.num_evaluated == 3 * SEEDS
    losses = [loss for _, _, loss, _ in one.stored]
    before, cut, back = losses[: 2 * SEEDS : 2], losses[1 : 2 * SEEDS : 2], losses[2 * SEEDS :]
    assert before == back, "all as it was"
    assert set(before).isdisjoint(cut)


def test_a_wish_ends_the_looking_ahead(bench):
    one = bench()
    one.editor.look_ahead(lambda: True)
    put_into_inbox(one.folder, dataclasses.replace(CUT, step=None))
    one.look_ahead()
    assert one.num_evaluated == 0


def test_edits_of_one_step_are_framed_together(bench):
    once, twice = bench(CUT), bench(CUT, dataclasses.replace(CUT, number=2, blocks="stage1"))
    once.editor.do_all(once.store)
    assert twice.editor.do_all(twice.store) == 2
    first, last = twice.stored[: 2 * SEEDS], twice.stored[2 * SEEDS :]
    assert first == once.stored, "what was before the first stands"
    assert [split for _, split, *_ in last] == ["after_edit"] * SEEDS
    assert twice.num_evaluated == 3 * SEEDS


def test_an_edit_of_another_net_at_the_same_step_has_a_frame_of_its_own(bench):
    both = bench(CUT, dataclasses.replace(CUT, number=2, arm="plain", what="drop", after=0.0))
    both.editor.do_all(both.store)
    assert [split for _, split, *_ in both.stored] == ["before_edit", "after_edit"] * 2 * SEEDS
