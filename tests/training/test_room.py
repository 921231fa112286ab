"""A batch that no memory holds is refused in a sentence, before the system ends the process."""

import dataclasses

import pytest
import torch

from resnet_core.errors import OutOfMemoryError
from resnet_core.models import measure_cost
from resnet_core.training import room
from resnet_core.training.lockstep import Lockstep
from tests.training.conftest import tiny_data, tiny_experiment

CPU = torch.device("cpu")


def of_batch(size: int, **training):
    return tiny_experiment(batch_size=size, **training)


def test_a_batch_that_no_machine_holds_is_refused_with_one_that_may_fit() -> None:
    with pytest.raises(OutOfMemoryError, match="Not enough memory for batch 1,000,000,000:"):
        Lockstep(of_batch(10**9), tiny_data(), CPU)


def test_the_sentence_says_what_is_needed_and_what_is_there(monkeypatch) -> None:
    config, card = of_batch(64), tiny_data().card
    of_one = max(
        measure_cost(
            dataclasses.replace(arm.model, num_classes=len(card.class_names)), 8
        ).activation_mib
        for arm in config.arms
    )
    monkeypatch.setattr(room, "memory_mib", lambda: 63 * of_one)
    with pytest.raises(OutOfMemoryError, match="; try 31, or a smaller net"):
        room.refuse_endless_batch(config, card, CPU)
    monkeypatch.setattr(room, "memory_mib", lambda: 65 * of_one)
    room.refuse_endless_batch(config, card, CPU)
    half = of_batch(64, precision="bfloat16")
    monkeypatch.setattr(room, "memory_mib", lambda: 33 * of_one)
    room.refuse_endless_batch(half, card, CPU)


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_of_its_own_says_it_itself(device) -> None:
    room.refuse_endless_batch(of_batch(10**9), tiny_data().card, torch.device(device))


def test_a_system_that_does_not_tell_its_memory_refuses_nothing(monkeypatch) -> None:
    monkeypatch.delattr("os.sysconf")
    assert room.memory_mib() is None
    room.refuse_endless_batch(of_batch(10**9), tiny_data().card, CPU)
