"""Memory that does not suffice is told in a sentence, wherever in a run it ends."""

import dataclasses

import pytest
import torch

from resnet_core.config import DataConfig
from resnet_core.errors import OutOfMemoryError
from resnet_core.evaluation import evaluate_model
from resnet_core.models import build_model
from resnet_core.runs.status import create_run, read_status
from resnet_core.training import lockstep as lockstep_module
from resnet_core.training.lockstep import Lockstep
from resnet_core.training.worker import Worker
from tests.training.conftest import tiny_data, tiny_experiment, tiny_model

CPU = torch.device("cpu")


def full(*_arguments, **_options):
    """What any operation may raise."""
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


@pytest.mark.parametrize(
    "where", ["drain", "stop_arms_without_finite_weights", "evaluate", "keep_features"]
)
def test_a_run_that_ends_for_want_of_memory_says_so(home, picture_folder, monkeypatch, where):
    data = DataConfig(source=str(picture_folder), validation_share=0.2)
    config = dataclasses.replace(tiny_experiment(steps=4), data=data, device="cpu")
    run = create_run(config)
    monkeypatch.setattr(Lockstep, where, full)
    assert Worker(run).run() == 1
    status = read_status(run.name)
    assert status.phase == "failed"
    size, count = config.training.batch_size, len(config.replicas)
    assert status.message == (
        f"Not enough memory for batch {size} of {count} nets; try {size // 4}, fewer nets, or a "
        "smaller net."
    )


def test_pictures_that_do_not_fit_a_device_are_told_as_such(monkeypatch):
    monkeypatch.setattr(lockstep_module, "to_device", full)
    data = tiny_data()
    with pytest.raises(OutOfMemoryError) as caught:
        Lockstep(tiny_experiment(), data, CPU)
    assert str(caught.value) == (
        f"Not enough memory for {len(data.train)} pictures on cpu, which need 0.00 GiB there "
        "before a net sees them: use fewer of them."
    )


def test_so_are_those_that_a_net_is_evaluated_on(monkeypatch):
    monkeypatch.setattr("resnet_core.evaluation.to_device", full)
    with pytest.raises(OutOfMemoryError, match="use fewer of them"):
        evaluate_model(build_model(tiny_model(num_classes=3)), tiny_data(), "test", device="cpu")


def test_a_step_s_sentence_counts_the_nets_that_train_together(monkeypatch):
    config = dataclasses.replace(tiny_experiment(), seeds=3)
    lockstep = Lockstep(config, tiny_data(), CPU)
    monkeypatch.setattr(lockstep_module, "train_step", full)
    with pytest.raises(
        OutOfMemoryError, match="batch 8 of 6 nets; try 2, fewer nets, or a smaller net"
    ):
        lockstep.advance()
