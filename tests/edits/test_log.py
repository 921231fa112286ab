"""The log of a run's edits and the wishes beside it: numbered, whole or told, never in both."""

import dataclasses
import json

import pytest

from resnet_core.edits import (
    Edit,
    done_and_pending_edits,
    edits_csv,
    log,
    read_edits,
    request_edit,
    wait_for_edit,
)
from resnet_core.edits.log import LOG_NAME, append_to_log, refuse_wish, take_from_inbox
from resnet_core.errors import RunDamagedError, RunError
from resnet_core.runs import status as runs
from tests.edits.stopped_run import CUT


def _line(**facts):
    cut = Edit(number=1, step=1, arm="a", what="drop", blocks="all", before=0.0, after=1.0)
    return json.dumps(dataclasses.replace(cut, **facts).as_json())


def test_a_number_is_never_used_again(stopped):
    folder = runs.run_dir(stopped)
    first, second = request_edit(stopped, CUT), request_edit(stopped, CUT)
    append_to_log(folder, dataclasses.replace(first, step=3))
    take_from_inbox(folder, first.number)
    refuse_wish(folder, second.number, "Too late.")
    assert request_edit(stopped, CUT).number == 3
    assert wait_for_edit(stopped, first, timeout_s=0).step == 3
    with pytest.raises(RunError, match=r"Too late\."):
        wait_for_edit(stopped, second, timeout_s=0)


def test_a_wish_that_was_logged_before_a_kill_does_not_wait_any_more(stopped):
    asked = request_edit(stopped, CUT)
    append_to_log(runs.run_dir(stopped), dataclasses.replace(asked, step=3))
    assert done_and_pending_edits(stopped)[1] == ()


def test_half_a_line_of_the_log_was_never_used(stopped):
    folder = runs.run_dir(stopped)
    edits = [dataclasses.replace(request_edit(stopped, CUT), step=step) for step in (3, 5)]
    append_to_log(folder, edits[0])
    with (folder / LOG_NAME).open("ab") as log:
        log.write(b'{"number": 9, "st')
    assert read_edits(stopped) == (edits[0],)
    append_to_log(folder, edits[1])
    assert read_edits(stopped) == tuple(edits)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "nothing",
        '{"number": 1}',
        _line(number=1, step=99),
        _line(number=2, step=1),
    ],
)
def test_a_damaged_log_is_told(stopped, line):
    folder = runs.run_dir(stopped)
    append_to_log(folder, dataclasses.replace(request_edit(stopped, CUT), step=3))
    with (folder / LOG_NAME).open("a") as log:
        log.write(f"{line}\n")
    with pytest.raises(RunDamagedError, match=r"its edits.jsonl cannot be used"):
        read_edits(stopped)


def test_a_log_that_leads_elsewhere_is_told(stopped):
    (runs.run_dir(stopped) / LOG_NAME).symlink_to("/etc/hostname")
    with pytest.raises(RunDamagedError, match=r"its edits.jsonl is a link"):
        read_edits(stopped)


def test_edits_become_a_table(stopped):
    asked = request_edit(stopped, CUT)
    append_to_log(runs.run_dir(stopped), dataclasses.replace(asked, step=3))
    assert edits_csv(stopped).splitlines() == [
        "number,step,arm,what,blocks,from,to,rate",
        "1,3,residual,skip_strength,stage2,1.0,0.0,",
    ]


def test_a_run_that_nobody_edited_has_no_edits(stopped):
    assert (read_edits(stopped), done_and_pending_edits(stopped)[1]) == ((), ())
    assert edits_csv(stopped).count("\n") == 1


@pytest.fixture
def granted_while_read(stopped, monkeypatch):
    """A run whose one wish is granted in the moment in which somebody has just read its log."""
    asked, read = request_edit(stopped, CUT), log.read_log

    def read_log(folder):
        found = read(folder)
        if not found:
            append_to_log(folder, dataclasses.replace(asked, step=3))
            take_from_inbox(folder, asked.number)
        return found

    monkeypatch.setattr(log, "read_log", read_log)
    return stopped


def test_wish_made_while_another_is_granted_has_a_number_of_its_own(granted_while_read):
    assert log.next_number(runs.run_dir(granted_while_read)) == 2


def test_wish_that_is_just_granted_is_not_missing(granted_while_read):
    done, waiting = log.done_and_pending_edits(granted_while_read)
    assert [edit.number for edit in (*done, *waiting)] == [1]
