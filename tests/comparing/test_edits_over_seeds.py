"""What an edit did is told of the seeds from which the net still trains, and of no others."""

import dataclasses

import numpy as np
import pytest

from resnet_core.comparing.edit_effect import read_edit_effect
from resnet_core.comparing.edit_sentences import edit_sentences
from resnet_core.edits import Edit
from resnet_core.edits.log import append_to_log
from resnet_core.runs.status import read_status
from resnet_core.runs.store import MetricsWriter
from tests.comparing.measured_runs import write_seeds

_CUT = Edit(
    number=1, step=30, what="skip_strength", before=1.0, after=0.0, arm="residual", blocks="all"
)
_WHY = "Loss became NaN at step 33."


@pytest.fixture
def cut_run(tmp_path, monkeypatch):
    """Writes a run of three seeds whose skips were cut at step 30, and says what stopped it."""
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path))

    def write(gone):
        kept = [0.5] * 30 + [1.0] * 30
        lost = [5.0] * 30 + [6.0] * 3
        losses = {seed: lost if seed in gone else kept for seed in (0, 1, 2)}
        folder = write_seeds(
            {"residual": losses, "plain": {seed: [0.5] * 60 for seed in losses}},
            stopped={f"residual, seed {seed}": _WHY for seed in gone},
        )
        append_to_log(folder, _CUT)
        writer = MetricsWriter(folder)
        with writer.transaction():
            for seed in losses:
                before, after = (0.9, 0.1) if seed in gone else (0.8, 0.6)
                for split, share in (("before_edit", before), ("after_edit", after)):
                    scored = {"loss": 1.0, "accuracy": share, "seed": seed}
                    writer.add_evaluation(30, 0, split, **scored)
                    writer.add_answers(30, 0, split, np.zeros(50, bool), seed=seed)
        writer.close()
        return read_edit_effect(read_status(folder.name))

    return write


def test_a_seed_that_stopped_is_in_no_mean(cut_run):
    found = cut_run({2})
    assert found is not None
    assert (set(found.before), set(found.after), set(found.now)) == ({0.5}, {1.0}, {1.0})
    assert found.accuracies == pytest.approx((0.8, 0.6))
    assert (found.stopped, found.num_seeds) == ("", 2)
    assert edit_sentences(found) == (
        "After the skips of all blocks were cut at step 30, the training loss of residual rose "
        "from 0.50 to 1.00 and did not come back in 30 steps (medians of 20 steps, means "
        "of 2 seeds; single steps before lay between 0.50 and 0.50).",
        f"residual trains no more from some seeds. Seed 2: {_WHY} What is said here of the edit "
        "is of the 2 of 3 seeds from which it trains.",
        "On the same 50 validation pictures it was right on 80.0\u00a0% just before and 60.0\u00a0%"
        " just after, in the mean of 2 seeds.",
    )


def test_all_seeds_are_in_the_mean_where_none_stopped(cut_run):
    found = cut_run(())
    assert found is not None
    assert (found.num_seeds, found.left_out) == (3, "")
    assert not any("some seeds" in said for said in edit_sentences(found))


def test_a_net_that_stopped_from_every_seed_is_said_to_have_stopped(cut_run):
    found = cut_run({0, 1, 2})
    assert found is not None
    assert f"residual trains no more: Seed 0: {_WHY}" in edit_sentences(found)[0]
    assert "some seeds" not in " ".join(edit_sentences(found))
    one = dataclasses.replace(found, stopped="", left_out="")
    assert "trains no more" not in " ".join(edit_sentences(one))
