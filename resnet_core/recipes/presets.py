"""Named recipes, each with its source, and the experiment behind the first button."""

from dataclasses import dataclass

from resnet_core.config import ArmConfig, DataConfig, ExperimentConfig, TrainingConfig
from resnet_core.errors import ConfigError
from resnet_core.models import model_config

DEMO = "demo"
"""The recipe behind the first button: a preset, and as an experiment the demo itself."""


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A recipe with the words that explain it."""

    name: str
    title: str
    description: str
    training: TrainingConfig


_PRESETS = (
    Preset(
        name=DEMO,
        title="Demo, short and small",
        description="A short one-cycle run with small batches: the first curve within seconds.",
        training=TrainingConfig(
            learning_rate=0.1,
            nesterov=True,
            weight_decay=5e-4,
            schedule="one_cycle",
            warmup_share=0.25,
            batch_size=32,
            steps=320,
            evaluate_every=50,
            statistics_every=20,
            checkpoint_every_s=10.0,
        ),
    ),
    Preset(
        name="fast",
        title="Fast, one cycle",
        description=(
            "A one-cycle schedule with a high peak learning rate: most of the accuracy in a tenth "
            "of the time (Smith and Topin 2017)."
        ),
        training=TrainingConfig(
            learning_rate=0.2,
            nesterov=True,
            weight_decay=5e-4,
            schedule="one_cycle",
            warmup_share=0.25,
            batch_size=128,
            epochs=15,
        ),
    ),
    Preset(
        name="resnet18-article",
        title="ResNet-18 blog post",
        description=(
            "SGD with momentum 0.9 at 0.1, cosine decay, batch 128, 200 epochs: about 93 % on "
            "CIFAR-10 with ResNet-18, says the post this lab grew from. Not the post's but ours: "
            "weight decay 5e-4 on everything, and pictures held out for validation."
        ),
        training=TrainingConfig(
            learning_rate=0.1,
            weight_decay=5e-4,
            decay_norm_and_bias=True,
            schedule="cosine",
            batch_size=128,
            epochs=200,
        ),
    ),
    Preset(
        name="paper-cifar",
        title="He et al. 2015, CIFAR-10",
        description=(
            "SGD 0.1, momentum 0.9, weight decay 1e-4 on everything, batch 128, learning rate / 10 "
            "at 32k and 48k of 64k steps (sec. 4.2)."
        ),
        training=TrainingConfig(
            learning_rate=0.1,
            weight_decay=1e-4,
            decay_norm_and_bias=True,
            schedule="step",
            milestones=(0.5, 0.75),
            batch_size=128,
            steps=64_000,
        ),
    ),
)


def list_presets() -> tuple[Preset, ...]:
    """All recipes, the quickest first."""
    return _PRESETS


def training_preset(name: str) -> TrainingConfig:
    """The recipe of that name.

    Raises:
        ConfigError: for an unknown name; the message lists the known ones.
    """
    for preset in _PRESETS:
        if preset.name == name:
            return preset.training
    known = ", ".join(preset.name for preset in _PRESETS)
    raise ConfigError(f"Unknown recipe '{name}': use {known}.")


def demo_experiment(seed: int = 0) -> ExperimentConfig:
    """Residual against plain, offline, about a minute long on two CPU cores (docs/benchmarks.md).

    Deep and narrow: at 20 layers both nets learn the pictures, and at the usual width the residual
    one needs longer than a person waits.  The plain net is late, not dead: it learns with more
    steps.
    """
    nets = {
        "ResNet-56 narrow": "resnet56_narrow",
        "Plain-56 narrow": "plain56_narrow",
    }
    return ExperimentConfig(
        name="Demo: residual against plain",
        arms=tuple(ArmConfig(label=label, model=model_config(net)) for label, net in nets.items()),
        data=DataConfig(source="synthetic", max_validation=500, augmentation="none"),
        training=training_preset(DEMO),
        seed=seed,
    )
