"""Callbacks of frameworks, in tiny real runs of the real packages."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from resnet_core.runs.logged import read_logged
from resnet_core.runs.metrics import read_curves
from resnet_core.runs.status import list_runs, read_status, run_dir
from tests.watching.conftest import batch, norms_by_hand, small_net, stored_norms

pytestmark = [
    pytest.mark.extras,
    pytest.mark.filterwarnings("default"),  # frameworks warn of what is none of ours
]
_CLIP = 1e-3
_ACCUMULATED = 2
_BATCHES = 8


def by_hand(model: nn.Module, learning_rate: float) -> list[dict[str, float]]:
    """The same training without a framework."""
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    found = []
    for number in range(_BATCHES):
        images, labels = batch(number)
        (nn.functional.cross_entropy(model(images), labels) / _ACCUMULATED).backward()
        if number % _ACCUMULATED == _ACCUMULATED - 1:
            found.append(norms_by_hand(model))
            nn.utils.clip_grad_norm_(model.parameters(), _CLIP)
            optimizer.step()
            optimizer.zero_grad()
    return found


def assert_same_norms(stored: list[dict[str, float]], wanted: list[dict[str, float]]) -> None:
    assert len(stored) == len(wanted) == _BATCHES // _ACCUMULATED
    for found, norms in zip(stored, wanted, strict=True):
        np.testing.assert_allclose(list(found.values()), list(norms.values()), rtol=1e-5)


class _Batches(Dataset):
    """Pictures one by one, so that four in a row are one of `batch`."""

    def __len__(self) -> int:
        return 4 * _BATCHES

    def __getitem__(self, place: int) -> dict[str, torch.Tensor]:
        images, labels = batch(place // 4)
        return {"images": images[place % 4], "labels": labels[place % 4]}


def test_lightning_is_watched(tmp_path):
    lightning = pytest.importorskip("lightning.pytorch")
    from resnet_core.watching.lightning import LightningWatch

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = small_net()

        def training_step(self, given: dict[str, torch.Tensor], number: int) -> torch.Tensor:
            loss = nn.functional.cross_entropy(self.net(given["images"]), given["labels"])
            self.log("mine", float(number))
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    watching = LightningWatch(name="lightning", every=1)
    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        gradient_clip_val=_CLIP,
        accumulate_grad_batches=_ACCUMULATED,
        callbacks=[watching],
        default_root_dir=tmp_path,
        log_every_n_steps=1,
    )
    trainer.fit(Module(), DataLoader(_Batches(), batch_size=4))
    run = watching.run
    assert run is not None
    status = read_status(str(run.run_id))
    steps = _BATCHES // _ACCUMULATED
    assert (status.phase, status.step, status.num_steps) == ("finished", steps, steps)
    assert_same_norms(stored_norms(run), by_hand(small_net(), 0.1))
    (arm,) = read_curves(run_dir(status.run_id)).arms
    assert np.isfinite(arm.scalars["loss"]).all()
    assert arm.scalars["learning_rate"].tolist() == [pytest.approx(0.1)] * steps
    assert [each.name for each in read_logged(run_dir(status.run_id))] == ["mine"]


def test_an_error_under_lightning_interrupts_the_run(tmp_path):
    lightning = pytest.importorskip("lightning.pytorch")
    from resnet_core.watching.lightning import LightningWatch

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = small_net()

        def training_step(self, given: dict[str, torch.Tensor], number: int) -> torch.Tensor:
            if number == 2:
                raise ZeroDivisionError
            return nn.functional.cross_entropy(self.net(given["images"]), given["labels"])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[LightningWatch(name="lightning")],
        default_root_dir=tmp_path,
    )
    with pytest.raises(ZeroDivisionError):
        trainer.fit(Module(), DataLoader(_Batches(), batch_size=4))
    (status,) = list_runs()
    assert (status.phase, status.step) == ("interrupted", 2)


def test_transformers_is_watched(tmp_path):
    transformers = pytest.importorskip("transformers")
    from transformers.modeling_outputs import SequenceClassifierOutput  # pyright: ignore

    from resnet_core.watching.transformers import TransformersWatch

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = small_net()

        def forward(self, images: torch.Tensor, labels: torch.Tensor) -> Any:
            logits = self.net(images)
            loss = nn.functional.cross_entropy(logits, labels)
            return SequenceClassifierOutput(loss=loss, logits=logits)  # pyright: ignore

    class InOrder(transformers.Trainer):
        def _get_train_sampler(self, *_: Any) -> Any:
            return torch.utils.data.SequentialSampler(_Batches())  # pyright: ignore

    watching = TransformersWatch(name="transformers", every=1)
    trainer = InOrder(
        model=Model(),
        args=transformers.TrainingArguments(
            output_dir=str(tmp_path),
            num_train_epochs=1,
            per_device_train_batch_size=4,
            gradient_accumulation_steps=_ACCUMULATED,
            max_grad_norm=_CLIP,
            optim="sgd",
            learning_rate=0.1,
            lr_scheduler_type="constant",
            logging_steps=2,
            save_strategy="no",
            report_to=[],
            use_cpu=True,
            remove_unused_columns=False,
        ),
        train_dataset=_Batches(),
        callbacks=[watching],
    )
    trainer.train()
    run = watching.run
    assert run is not None
    status = read_status(str(run.run_id))
    steps = _BATCHES // _ACCUMULATED
    assert (status.phase, status.step, status.num_steps) == ("finished", steps, steps)
    assert_same_norms(stored_norms(run), by_hand(small_net(), 0.1))
    (arm,) = read_curves(run_dir(status.run_id)).arms
    assert np.isfinite(arm.scalars["loss"]).all()
    logged = {each.name: each for each in read_logged(run_dir(status.run_id))}
    assert logged["epoch"].steps.tolist()[:2] == [2, 4]
    assert not math.isnan(logged["grad_norm"].values[0])
