"""Wishes made, ordered, refused and kept: all without a worker."""

import dataclasses
import subprocess
import sys
import threading

import pytest

from resnet_core.edits import (
    Edit,
    Wish,
    done_and_pending_edits,
    log,
    parse_wish,
    read_edits,
    request_edit,
    say_edit,
    say_waiting,
    wait_for_edit,
    wishes,
)
from resnet_core.errors import (
    ConfigError,
    DiskFullError,
    ResNetLabError,
    RunError,
    RunNotFoundError,
)
from resnet_core.runs import status as runs
from tests.edits.stopped_run import CUT, files_of, say


def test_a_wish_waits_for_the_resume_of_a_stopped_run(stopped):
    asked = request_edit(stopped, CUT)
    assert asked == Edit(
        number=1,
        step=None,
        arm="residual",
        what="skip_strength",
        blocks="stage2",
        before=1.0,
        after=0.0,
    )
    assert done_and_pending_edits(stopped)[1] == (asked,)
    assert read_edits(stopped) == ()
    assert wait_for_edit(stopped, asked, timeout_s=0) == asked
    assert say_waiting(asked, "stopped").endswith("it waits until the run is resumed.")
    assert say_waiting(asked, "training").endswith("before the next step.")


def test_an_edit_says_what_the_ones_before_it_left(stopped):
    request_edit(stopped, CUT)
    again = request_edit(stopped, dataclasses.replace(CUT, value=0.5))
    everywhere = request_edit(stopped, dataclasses.replace(CUT, blocks=None, value=1))
    assert (again.before, again.after) == (0.0, 0.5)
    assert everywhere.before is None, "stage 1 was at 1 and stage 2 at 0.5"
    assert [edit.number for edit in done_and_pending_edits(stopped)[1]] == [1, 2, 3]


@pytest.mark.parametrize("name", [0, "0", "residual"])
def test_an_arm_is_found_by_number_and_label(stopped, name):
    assert request_edit(stopped, dataclasses.replace(CUT, arm=name)).arm == "residual"


def test_an_arm_is_found_by_its_name_in_the_registry(stopped):
    frozen = request_edit(stopped, Wish(what="freeze", value=1, arm="dense"))
    assert frozen.arm == "dense"
    with pytest.raises(
        ConfigError, match=r"'tiny' means several nets of tiny: name one of 0 \(res"
    ):
        request_edit(stopped, dataclasses.replace(CUT, arm="tiny"))


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        (dataclasses.replace(CUT, arm="resnet20"), "is no net of tiny: name one of 0 (residual)"),
        (dataclasses.replace(CUT, arm=7), "'7' is no net of tiny"),
        (dataclasses.replace(CUT, arm=None), "Say which net is meant"),
        (dataclasses.replace(CUT, blocks="stage3"), "has no block 'stage3'"),
        (dataclasses.replace(CUT, blocks="stage2.1"), "has no block 'stage2.1'"),
        (dataclasses.replace(CUT, value=1.5), "skip_strength must lie between 0 and 1, got 1.5"),
        (dataclasses.replace(CUT, blocks=""), "has no block ''"),
        (dataclasses.replace(CUT, value=float("nan")), "skip_strength takes a number"),
        (dataclasses.replace(CUT, value="none"), "skip_strength takes a number"),
        (dataclasses.replace(CUT, rate=0.1), "A rate belongs to more steps"),
        (dataclasses.replace(CUT, arm="plain"), "is a plain net, so it has no skip to weigh"),
        (dataclasses.replace(CUT, arm="dense"), "appends maps instead of adding them"),
        (Wish(what="drop", value=1, arm="plain"), "stage2.0 of tiny changes the shape"),
        (Wish(what="drop", value=1, arm="dense"), "none can be dropped"),
        (Wish(what="drop", value=0.5, arm="residual"), "drop is 1 to do it, or 0"),
        (Wish(what="drop", value=2, arm="residual"), "drop is 1 to do it, or 0"),
        (Wish(what="redraw", value=0, arm="plain"), "redraw is 1"),
        (Wish(what="redraw", value=2, arm="plain"), "redraw is 1"),
        (Wish(what="learning_rate", value=0), "learning_rate must be above 0"),
        (Wish(what="learning_rate_factor", value=-1), "learning_rate_factor must lie above 0"),
        (Wish(what="momentum", value=1), "momentum must lie between 0 and below 1"),
        (Wish(what="weight_decay", value=-1), "weight_decay must be at least 0"),
        (Wish(what="learning_rate", value=1e39), "learning_rate must be at most 10^15"),
        (Wish(what="label_smoothing", value=2), "label_smoothing must lie between"),
        (Wish(what="augmentation", value="blur"), "augmentation"),
        (Wish(what="momentum", value=0.5, arm="plain"), "changed for all nets alike"),
        (Wish(what="steps", value=20), "Say at which learning rate the new steps train"),
        (Wish(what="steps", value=12, rate=0.1), "which has 12: ask for more than that, got 12"),
        (Wish(what="steps", value=20.5, rate=0.1), "steps must be a whole number"),
        (Wish(what="steps", value=20, rate=-1), "learning_rate must be above 0"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(stopped, wish, sentence):
    before = files_of(stopped)
    with pytest.raises(ResNetLabError) as caught:
        request_edit(stopped, wish)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert files_of(stopped) == before


def test_after_the_end_only_more_steps_can_be_had(stopped):
    say(stopped, "finished")
    before = files_of(stopped)
    with pytest.raises(RunError, match="ended at step 0, and an edit needs a step to come"):
        request_edit(stopped, CUT)
    assert files_of(stopped) == before
    asked = request_edit(stopped, Wish(what="steps", value=20, rate=0.01))
    assert (asked.before, asked.after, asked.rate) == (12.0, 20.0, 0.01)
    status = runs.read_status(stopped)
    assert (status.phase, status.message) == (
        "stopped",
        "20 steps are asked for: resume to take the new ones.",
    )


def test_an_arm_that_stopped_cannot_be_edited(stopped):
    why = "Loss became NaN at step 4; lower the learning rate."
    say(stopped, "stopped", stopped_arms=(("residual", why),))
    with pytest.raises(RunError, match=r"residual trains no more.*NaN at step 4"):
        request_edit(stopped, CUT)
    assert request_edit(stopped, Wish(what="freeze", value=1, arm="plain")).number == 1


def test_two_tabs_have_one_order(stopped):
    def ask():
        for _ in range(10):
            request_edit(stopped, CUT)

    tabs = [threading.Thread(target=ask) for _ in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert [edit.number for edit in done_and_pending_edits(stopped)[1]] == list(range(1, 21))


def test_a_run_that_is_deleted_while_it_is_edited_is_not_made_anew(stopped):
    folder = runs.run_dir(stopped)
    runs.delete_run(stopped)
    with pytest.raises(RunNotFoundError, match="may have been deleted"), log.inbox_lock(folder):
        pass
    assert runs.list_runs() == ()


def test_more_steps_that_cannot_be_kept_leave_a_finished_run_as_it_was(stopped, monkeypatch):
    say(stopped, "finished")
    before = files_of(stopped)

    def fail(folder, state):
        raise DiskFullError("Cannot write state.json: the disk is full; free some space.")

    with monkeypatch.context() as full:  # the wish had space, what reopens the run has none
        full.setattr(wishes, "write_state", fail)
        with pytest.raises(DiskFullError, match="free some space"):
            request_edit(stopped, Wish(what="steps", value=20, rate=0.01))
    assert files_of(stopped) == before
    assert request_edit(stopped, Wish(what="steps", value=15, rate=0.01)).number == 1


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("skip_strength=0", Wish(what="skip_strength", value=0.0)),
        (" freeze = on ", Wish(what="freeze", value=1.0)),
        ("drop=false", Wish(what="drop", value=0.0)),
        ("augmentation=none", Wish(what="augmentation", value="none")),
        ("learning_rate=1e-3", Wish(what="learning_rate", value=1e-3)),
    ],
)
def test_what_a_command_says_is_read(text, wish):
    assert parse_wish(text) == wish


@pytest.mark.parametrize("text", ["", "skip_strength", "skips=0", "skip_strength=half"])
def test_what_a_command_cannot_say_is_told(text):
    with pytest.raises(ConfigError, match=r"is no edit|takes a number"):
        parse_wish(text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "the skips of stage 2 were cut"),
        ({"before": 0.0, "after": 1.0}, "the skips of stage 2 were put back at 1"),
        ({"after": 0.9, "blocks": "all"}, "the skips of all blocks were set to 0.9"),
        ({"what": "drop", "after": 1.0, "blocks": "stage2.1"}, "block 1 of stage 2 was dropped"),
        ({"what": "freeze", "after": 0.0, "blocks": "all"}, "all blocks were thawed"),
        ({"what": "redraw", "after": 1.0}, "stage 2 was drawn anew"),
        ({"what": "momentum", "after": 0.5}, "momentum became 0.5"),
        ({"what": "augmentation", "after": "none"}, "augmentation became none"),
        ({"what": "learning_rate", "after": 0.01}, "the learning rate was set to 0.01"),
        (
            {"what": "steps", "after": 1500.0, "rate": 0.001},
            "the run was extended to 1,500 steps at learning rate 0.001",
        ),
    ],
)
def test_an_edit_is_said_in_words(changes, words):
    cut = Edit(
        number=1, step=3, arm="a", what="skip_strength", blocks="stage2", before=1.0, after=0.0
    )
    assert say_edit(dataclasses.replace(cut, **changes)) == words


def test_asking_needs_no_torch():
    code = "import sys, resnet_core.edits; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
