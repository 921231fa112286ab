"""Work that is recorded once and then repeated, or done all the same where it cannot be."""

import torch

from resnet_core.training.captured_step import not_recorded_sentence
from resnet_core.training.recording import WARM_UPS, Recording


def test_a_recording_is_made_after_the_warm_up_and_repeated():
    total = torch.zeros(())
    recorded = []

    def work() -> torch.Tensor:
        return total.add_(1)

    def recorder(recording):
        recorded.append(recording)
        recording()  # a recorder of CUDA only notes what is done
        total.sub_(1)
        return lambda: total.add_(10)

    recording = Recording(work, recorder)
    assert [recording.run().item() for _ in range(4)] == [1, 2, 12, 22]
    assert len(recorded) == 1
    assert recording.problem is None


def test_work_that_cannot_be_recorded_is_done_all_the_same():
    total = torch.zeros(())

    def recorder(_work):
        try:
            raise RuntimeError("operation not permitted when stream is capturing\nmore of it")
        finally:
            raise RuntimeError("operation failed due to a previous error during capture")

    recording = Recording(lambda: total.add_(1), recorder)
    assert [recording.run().item() for _ in range(5)] == [1, 2, 3, 4, 5]
    assert WARM_UPS < 5
    assert recording.problem == "operation not permitted when stream is capturing"


def test_a_recording_that_finds_no_room_says_what_to_do_in_a_sentence():
    def recorder(_work):
        raise torch.OutOfMemoryError(
            "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79.10 "
            "GiB of which 4.75 MiB is free. Including non-PyTorch memory, this process has 79 GiB."
        )

    total = torch.zeros(())
    recording = Recording(lambda: total.add_(1), recorder)
    assert [recording.run().item() for _ in range(4)] == [1, 2, 3, 4]
    assert recording.problem is not None
    assert not_recorded_sentence("residual", recording.problem) == (
        "residual trains one operation at a time, as its steps could not be recorded as a CUDA "
        "graph: the device's memory does not suffice for a recording, a smaller batch may leave "
        "room."
    )
