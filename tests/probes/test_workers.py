import threading

import pytest
import torch

from resnet_core.errors import CancelledError, ProbeError
from resnet_core.probes.workers import measure_side_by_side


def test_results_come_in_the_order_of_the_tasks():
    met = threading.Barrier(2, timeout=120)

    def task(number: int):
        met.wait()  # only passes when both run at a time
        return number

    assert measure_side_by_side([lambda: task(1), lambda: task(2)], num_workers=2) == [1, 2]


def test_tasks_use_one_thread_and_torch_is_left_as_it_was():
    before = torch.get_num_threads()
    assert measure_side_by_side([torch.get_num_threads] * 3) == [1, 1, 1]
    assert torch.get_num_threads() == before
    seen = []
    thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert seen == [before]


def test_a_task_that_fails_is_told():
    def fail():
        raise ProbeError("no")

    with pytest.raises(ProbeError, match="no"):
        measure_side_by_side([fail, lambda: 1])


def test_cancelling_leaves_the_tasks_that_have_not_begun():
    done = []

    def cancel_after_the_first(message: str, fraction: float | None = None) -> None:
        if done:
            raise CancelledError("stop")

    tasks = [lambda number=number: done.append(number) for number in range(50)]
    with pytest.raises(CancelledError):
        measure_side_by_side(tasks, num_workers=1, progress=cancel_after_the_first)
    assert len(done) < 50


@pytest.mark.parametrize("num_workers", [1, 2])
def test_progress_is_told_up_to_the_end(num_workers):
    told = []
    measure_side_by_side(
        [lambda: 1] * 4,
        num_workers=num_workers,
        progress=lambda message, fraction=None: told.append(fraction),
    )
    assert told[-1] == 1.0
