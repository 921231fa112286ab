"""What a worker does that stands aside for a fork of its run: it waits, without its turn."""

import time
from collections.abc import Callable
from pathlib import Path

from resnet_core.runs.control import ControlReader
from resnet_core.runs.files import Phase
from resnet_core.runs.fork_sentences import stand_aside_sentence
from resnet_core.runs.queue import num_to_wait_for, pass_turn, turn_sentence
from resnet_core.runs.standing_aside import is_over, take_place_back

_POLL_S = 0.1


def stand_aside(
    run_dir: Path,
    lane: str,
    control: ControlReader,
    should_stop: Callable[[], bool],
    publish: Callable[[Phase, str], None],
) -> None:
    """Gives the turn to a fork; comes back with it, or without where the run is to stop.

    Args:
        run_dir: the run's folder, whose state has been saved.
        lane: from `lane_of`.
        control: which names the fork.
        should_stop: whether the run is to end.
        publish: tells the folder about a phase and a sentence.

    Raises:
        StorageError: when the queue cannot be written.
    """
    child = control.stands_aside_for()
    assert child is not None
    pass_turn(run_dir, run_dir.with_name(child))
    publish("paused", stand_aside_sentence(child))
    while not should_stop() and _waits(run_dir, control):
        time.sleep(_POLL_S)
    if control.stands_aside_for() is not None and not should_stop():
        take_place_back(run_dir, child)
        control.read_anew()
    _take_turn(run_dir, lane, should_stop, publish)


def _waits(run_dir: Path, control: ControlReader) -> bool:
    child = control.stands_aside_for()
    if child is not None:
        return not is_over(run_dir, child)
    # Somebody asked for something else: whoever asks for a pause needs no turn.
    return control.command() == "pause" and not control.has_single_step()


def _take_turn(
    run_dir: Path,
    lane: str,
    should_stop: Callable[[], bool],
    publish: Callable[[Phase, str], None],
) -> None:
    told = 0
    while not should_stop() and (num_ahead := num_to_wait_for(run_dir, lane)) > 0:
        if num_ahead != told:
            publish("queued", turn_sentence(num_ahead))
            told = num_ahead
        time.sleep(_POLL_S)
