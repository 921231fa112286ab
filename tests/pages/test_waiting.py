"""A run in the queue says for whom it waits, and leads there."""

import dataclasses

import pytest

from pages.ui.shell.addresses import run_page
from pages.ui.shell.waiting_news import news_of_waiting, queue_sentence
from resnet_core.runs.lock import hold_lock
from resnet_core.runs.queue import lane_of, list_ahead, wait_for_turn
from resnet_core.runs.status import RunStatus, read_state, read_status, run_dir, write_state
from tests.comparing.measured_runs import write_run
from tests.pages.components import components
from tests.pages.conftest import OpenPage


@pytest.fixture
def waiting_for(home) -> RunStatus:
    run_id = write_run({"residual": [1.0] * 10, "plain": [1.0] * 10}, num_steps=40).name
    return dataclasses.replace(read_status(run_id), name="The first", remaining_s=90.0)


def test_sentence_names_the_run_the_reason_and_the_time(waiting_for: RunStatus) -> None:
    said = queue_sentence([waiting_for], 1)
    assert "waits for “The first”" in said
    assert "trains one run at a time" in said
    assert "in about 1 min 30 s" in said
    two = queue_sentence([waiting_for, dataclasses.replace(waiting_for, name="The second")], 1)
    assert "“The first” and “The second”" in two
    assert "in about 3 min 0 s" in two


def test_sentence_says_no_time_that_is_not_known(waiting_for: RunStatus) -> None:
    unknown = dataclasses.replace(waiting_for, remaining_s=None)
    assert "about" not in queue_sentence([unknown], 1)
    several = queue_sentence([waiting_for], 3)
    assert "3 runs at a time" in several
    assert "about" not in several


def test_sentence_of_the_next_in_line_waits_for_nobody() -> None:
    assert "next in line" in queue_sentence([], 1)


def test_queued_run_shows_why_it_waits_and_for_whom(enter: OpenPage, home) -> None:
    losses = {"residual": [1.0] * 10, "plain": [1.0] * 10}
    first, second = write_run(losses), write_run(losses)
    lane = lane_of("auto")

    def look(num_ahead: int) -> None:
        assert num_ahead == 1
        assert list_ahead(second, lane) == (first.name,)
        assert list_ahead(first, lane) == ()
        at = enter("train", run=second.name)
        assert components(at, f"waiting-{second.name}".replace("__", "-"))
        sentence, link = news_of_waiting(read_status(second.name)).lines
        assert "one run at a time" in sentence.text
        assert link.href == run_page(first.name)
        raise InterruptedError

    with hold_lock(first), wait_for_turn(first, lane, lambda _: None), hold_lock(second):
        for folder, phase in ((first, "training"), (second, "queued")):
            write_state(folder, dataclasses.replace(read_state(folder), phase=phase))
        with pytest.raises(InterruptedError), wait_for_turn(second, lane, look):
            pass
    assert run_dir(second.name) == second
