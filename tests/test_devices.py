"""Names of devices, threads of their own, and what a device that is too small says."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from resnet_core.devices import (
    compute_with,
    device_with_doubles,
    memory_errors,
    picture_errors,
    resolve_device,
    where_doubles_are,
)
from resnet_core.errors import DeviceError, OutOfMemoryError


@pytest.mark.parametrize("name", ["tpu", "", "CPU", "cuda:", "cuda:-1", "cuda:1x", "meta", "cpu:0"])
def test_a_device_that_there_is_not_is_told_in_a_sentence(name):
    with pytest.raises(DeviceError) as caught:
        resolve_device(name)
    assert str(caught.value) == (f"Unknown device '{name}': use auto, cpu, mps, cuda or cuda:0.")


def test_a_device_that_this_machine_lacks_is_told_with_what_it_has():
    count = torch.cuda.device_count()
    instead = f"cuda:{count - 1}" if count else "cpu"
    with pytest.raises(DeviceError) as caught:
        resolve_device("cuda:99")
    assert str(caught.value) == (
        f"There is no device cuda:99: this machine has {count} CUDA device(s), use {instead} or "
        "auto."
    )


def test_auto_and_cpu_are_always_there():
    assert resolve_device("cpu") == torch.device("cpu")
    assert resolve_device("auto").type in ("cpu", "cuda", "mps")


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("Invalid buffer size: 38.15 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("FIND was unable to find an engine to execute this computation"),
        RuntimeError("Unable to find a valid cuDNN algorithm to run convolution"),
        RuntimeError("Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)"),
        MemoryError(),
    ],
    ids=str,
)
def test_every_device_s_lack_of_memory_is_one_sentence(error):
    with pytest.raises(OutOfMemoryError) as caught, memory_errors(128):
        raise error
    assert str(caught.value) == "Not enough memory for batch 128; try 32, or a smaller net."


def test_several_nets_may_be_fewer():
    with pytest.raises(OutOfMemoryError) as caught, memory_errors(128, num_nets=8):
        raise MemoryError
    assert str(caught.value) == (
        "Not enough memory for batch 128 of 8 nets; try 32, fewer nets, or a smaller net."
    )


@pytest.mark.parametrize(
    ("error", "elsewhere"),
    [
        (torch.OutOfMemoryError("CUDA out of memory."), ", or the device cpu"),
        (RuntimeError("MPS backend out of memory"), ", or the device cpu"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), ""),
        (MemoryError(), ""),
    ],
    ids=str,
)
def test_a_single_picture_that_does_not_fit_is_not_made_smaller(error, elsewhere):
    with pytest.raises(OutOfMemoryError) as caught, memory_errors(1):
        raise error
    assert str(caught.value) == (
        f"Not enough memory for a single picture; take a smaller net{elsewhere}."
    )


@pytest.mark.parametrize(("device", "elsewhere"), [("cuda:0", ", or the device cpu"), ("cpu", "")])
def test_pictures_that_do_not_fit_are_not_told_of_batches(device, elsewhere):
    with (
        pytest.raises(OutOfMemoryError) as caught,
        picture_errors(50_000, 15 * 2**29, torch.device(device)),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 7.50 GiB.")
    assert str(caught.value) == (
        f"Not enough memory for 50,000 pictures on {device}, which need 7.50 GiB there before a "
        f"net sees them: use fewer of them{elsewhere}."
    )


def test_another_error_stays_what_it_is():
    with pytest.raises(RuntimeError, match="shapes do not agree"), memory_errors(8):
        raise RuntimeError("shapes do not agree")


def test_numbers_stay_where_doubles_are():
    tensor = torch.ones(2)
    assert where_doubles_are(tensor) is tensor


@pytest.mark.skipif(not torch.backends.mps.is_available(), reason="needs an Apple GPU")
def test_numbers_leave_an_apple_gpu_to_become_doubles():
    assert where_doubles_are(torch.ones(2, device="mps")).double().sum() == 2


def test_what_is_added_up_in_doubles_is_computed_beside_an_apple_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert resolve_device("auto").type == "mps"
    assert [device_with_doubles(name) for name in ("auto", "mps", "cpu")] == ["cpu"] * 3
    with pytest.raises(DeviceError, match="Unknown device 'tpu'"):
        device_with_doubles("tpu")


def test_a_thread_keeps_its_number_whatever_others_set_before_its_first_operation():
    before = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(1, initializer=compute_with, initargs=(1,)) as pool:
            pool.submit(int).result()
            torch.set_num_threads(4)
            assert pool.submit(torch.get_num_threads).result() == 1
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(before)
