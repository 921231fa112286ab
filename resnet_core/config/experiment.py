"""An experiment: nets, pictures and a recipe."""

from dataclasses import dataclass, field
from typing import ClassVar

from resnet_core.config.checks import STRICT, require
from resnet_core.config.data import DataConfig
from resnet_core.config.model import ModelConfig
from resnet_core.config.training import TrainingConfig


@dataclass(frozen=True, kw_only=True)
class ArmConfig:
    """One net of an experiment."""

    __pydantic_config__: ClassVar = STRICT

    label: str
    """What charts and tables call it; unique within the experiment."""
    model: ModelConfig
    """The net.  Channels and classes are set to the data set's when training starts."""

    def __post_init__(self) -> None:
        require(bool(self.label.strip()), "An arm needs a label.")


@dataclass(frozen=True, kw_only=True)
class ExperimentConfig:
    """Nets that train on the same batches from the same seed."""

    __pydantic_config__: ClassVar = STRICT

    name: str
    """What lists and charts call the experiment."""
    arms: tuple[ArmConfig, ...]
    """The nets, one to eight, which see identical batches in lockstep."""
    data: DataConfig = field(default_factory=DataConfig)
    """The pictures."""
    training: TrainingConfig = field(default_factory=TrainingConfig)
    """The recipe."""
    seed: int = 0
    """Feeds every generator: initial weights, order of the pictures, augmentation."""
    device: str = "auto"
    """`auto`, `cpu`, `mps`, `cuda` or `cuda:N`."""
    num_threads: int | None = None
    """CPU threads of the worker; `None`: all cores."""

    def __post_init__(self) -> None:
        require(bool(self.name.strip()), "An experiment needs a name.")
        require(1 <= len(self.arms) <= 8, f"An experiment has 1 to 8 arms, got {len(self.arms)}.")
        labels = [arm.label for arm in self.arms]
        require(
            len(set(labels)) == len(labels),
            f"Each arm needs a label of its own, got {', '.join(labels)}.",
        )
        require(0 <= self.seed < 2**32, f"seed must lie between 0 and 2^32, got {self.seed}.")
        known = self.device in ("auto", "cpu", "mps", "cuda")
        require(
            known or (self.device.startswith("cuda:") and self.device[5:].isdigit()),
            f"Unknown device '{self.device}': use auto, cpu, mps, cuda or cuda:0.",
        )
        require(
            self.num_threads is None or self.num_threads >= 1,
            f"num_threads must be at least 1, got {self.num_threads}.",
        )
