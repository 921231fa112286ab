"""Bag against sneaker, from a net that knows neither; `benchmarks.finetune` measures it in full."""

import dataclasses
from pathlib import Path

import pytest

from benchmarks.finetune import save_bags_and_sneakers
from resnet_core.recipes.finetuning import TeachingRequest
from resnet_core.teaching.preparing import prepare_teaching
from resnet_core.training.preparation import prepare
from tests.data.test_idx import DEBIAN
from tests.teaching.conftest import train


@pytest.mark.slow
def test_a_hundred_pictures_of_each_are_enough_for_nine_of_ten(home: Path):
    if not DEBIAN.is_dir():
        pytest.skip("no Fashion-MNIST here: Debian's package dataset-fashion-mnist has it")
    folder = save_bags_and_sneakers(DEBIAN, home / "bags-and-sneakers")
    request = TeachingRequest(source=str(folder), start="resnet20-cifar10-jpeg", num_threads=1)
    config = dataclasses.replace(prepare_teaching(request), device="cpu")
    assert config.data.image_size_px == 32
    lockstep = prepare(config)
    train(lockstep)
    ((_, score),) = lockstep.evaluate("test")
    assert score.num_pictures == 400
    assert score.accuracy >= 0.9
