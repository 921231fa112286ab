"""The map at every saved step: the same class throughout, in order, from files alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resnet_core import paths
from resnet_core.checkpoints import MeasuredAfterwards, keep_measured, save_checkpoint
from resnet_core.errors import CheckpointError, ProbeError
from resnet_core.explain import Question, Target, attribute, normalise_pictures
from resnet_core.explain.over_training import attribute_steps
from resnet_core.models import build_model
from resnet_core.probes.calibration import TEMPERATURE
from tests.explain.test_pictures import card

PIXELS = np.random.default_rng(1).integers(0, 256, (8, 8, 3), dtype=np.uint8)
QUESTION = Question(layer="stage2.0")


@pytest.fixture
def checkpoints(tmp_path: Path) -> list[Path]:
    net_card = card()
    model_config = replace(net_card.model, stage_blocks=(1, 1, 1), num_classes=2)
    return [
        save_checkpoint(
            tmp_path,
            replace(net_card, name=f"0-net-{step:07d}", step=step, model=model_config),
            build_model(model_config, seed=step).state_dict(),
        )
        for step in (0, 5, 20)
    ]


def test_attribute_steps_asks_every_step_about_the_last_one_s_class(
    checkpoints: list[Path],
) -> None:
    told: list[float | None] = []
    found = attribute_steps(
        checkpoints, PIXELS, QUESTION, progress=lambda message, fraction=None: told.append(fraction)
    )
    assert [shown.step for shown in found] == [0, 5, 20]
    assert len({shown.attribution.target for shown in found}) == 1
    assert found[0].attribution.target.class_index == int(
        found[-1].attribution.probabilities.argmax()
    )
    for shown in found:
        model = build_model(shown.card.model, seed=shown.step)
        target = Target(class_index=found[0].attribution.target.class_index)
        picture = normalise_pictures(PIXELS, shown.card)
        expected = attribute(model, picture, replace(QUESTION, target=target))
        np.testing.assert_array_equal(shown.attribution.values, expected.values)
    assert told[-1] == 1.0


def test_attribute_steps_says_what_a_net_says_that_was_calibrated_since(
    checkpoints: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "checkpoints_dir", lambda: tmp_path)  # so they are as shipped
    monkeypatch.setattr(paths, "calibrations_dir", lambda: tmp_path / "own")
    keep_measured(checkpoints[-1], MeasuredAfterwards(metrics={TEMPERATURE: 4.0}))
    found = attribute_steps(checkpoints, PIXELS, QUESTION)
    assert [shown.attribution.temperature for shown in found] == [1.0, 1.0, 4.0]


def test_attribute_steps_only_reads(checkpoints: list[Path]) -> None:
    folder = checkpoints[0].parent
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    attribute_steps(checkpoints, PIXELS, QUESTION)
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    assert after == before, "a run that goes on is not disturbed"


def test_attribute_steps_says_what_is_missing(checkpoints: list[Path]) -> None:
    with pytest.raises(ProbeError, match="saved no weights yet"):
        attribute_steps([], PIXELS, QUESTION)
    checkpoints[1].unlink()
    with pytest.raises(CheckpointError, match="is gone"):
        attribute_steps(checkpoints, PIXELS, QUESTION)
