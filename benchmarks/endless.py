"""The experiment whose steps are timed: one net, one rate, and no end within a measurement."""

from typing import Any

from resnet_core.config import ArmConfig, DataConfig, ExperimentConfig, TrainingConfig
from resnet_core.models import model_config

_STEPS = 1_000_000


def endless_experiment(net: str, **training: Any) -> ExperimentConfig:
    """Trains one net of the registry on the synthetic figures, always alike.

    Args:
        net: its name.
        **training: what else the recipe is to have, such as the batch size.
    """
    recipe = TrainingConfig(learning_rate=0.05, schedule="constant", steps=_STEPS, **training)
    return ExperimentConfig(
        name="Steps",
        arms=(ArmConfig(label=net, model=model_config(net)),),
        data=DataConfig(source="synthetic"),
        training=recipe,
    )
