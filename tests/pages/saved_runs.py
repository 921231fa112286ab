"""A run with saved steps, written as the worker writes it but without training."""

import pytest

from resnet_core import paths
from resnet_core.checkpoints import CheckpointCard, save_checkpoint
from resnet_core.config import ArmConfig, ExperimentConfig
from resnet_core.data.synthetic import synthetic_source
from resnet_core.models import build_model, model_config
from resnet_core.runs.status import create_run

STEPS = (0, 4, 12)
_SMALL = {"stage_widths": (4, 4, 4), "stem_width": 4}


@pytest.fixture
def saved_run(home) -> str:
    """A residual and a plain arm, each with weights at three steps; gives the run's id."""
    return write_saved_run()


def write_saved_run(name: str = "Tiny") -> str:
    """Writes such a run into the lab's home."""
    arms = {
        "Residual": model_config("resnet8", **_SMALL),
        "Plain": model_config("plain8", **_SMALL),
    }
    experiment = ExperimentConfig(
        name=name,
        arms=tuple(ArmConfig(label=label, model=model) for label, model in arms.items()),
    )
    folder = create_run(experiment)
    for index, (label, model) in enumerate(arms.items()):
        for step in STEPS:
            card = CheckpointCard(
                name=f"{index}-{label.lower()}-{step:07d}",
                model=model,
                class_names=synthetic_source().class_names,
                image_size_px=32,
                mean=(0.5, 0.5, 0.5),
                std=(0.25, 0.25, 0.25),
                data_title=synthetic_source().title,
                data_sha256="",
                step=step,
                num_steps=STEPS[-1],
            )
            weights = build_model(model, seed=step).state_dict()
            save_checkpoint(folder / "checkpoints", card, weights)
    return folder.name


@pytest.fixture
def no_shipped_nets(home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page as it is where nothing was shipped, so that its first net is known."""
    monkeypatch.setattr(paths, "checkpoints_dir", lambda: home / "checkpoints")
