"""An experiment: nets, pictures and a recipe."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from resnet_core.config.checks import STRICT, require
from resnet_core.config.data import DataConfig
from resnet_core.config.model import ModelConfig
from resnet_core.config.settings import Bounds, Setting, check_settings, settings_of
from resnet_core.config.training import TrainingConfig


@dataclass(frozen=True, kw_only=True)
class ArmConfig:
    """One net of an experiment."""

    __pydantic_config__: ClassVar = STRICT

    label: Annotated[
        str,
        Setting(
            title="Label",
            explanation="What charts and tables call the arm; unique within the experiment.",
        ),
    ]
    model: Annotated[
        ModelConfig,
        Setting(
            title="Net",
            explanation="The net. Channels and classes are set to the data set's when training "
            "starts.",
        ),
    ]

    def __post_init__(self) -> None:
        require(bool(self.label.strip()), "An arm needs a label.")


@dataclass(frozen=True, kw_only=True)
class ExperimentConfig:
    """Nets that train on the same batches from the same seed."""

    __pydantic_config__: ClassVar = STRICT

    name: Annotated[
        str, Setting(title="Name", explanation="What lists and charts call the experiment.")
    ]
    arms: Annotated[
        tuple[ArmConfig, ...],
        Setting(
            title="Nets",
            explanation="The nets, which see identical batches in lockstep.",
            bounds=Bounds(least=1, most=8, is_count=True),
        ),
    ]
    data: Annotated[DataConfig, Setting(title="Data", explanation="The pictures.")] = field(
        default_factory=DataConfig
    )
    training: Annotated[
        TrainingConfig, Setting(title="Recipe", explanation="How the nets are trained.")
    ] = field(default_factory=TrainingConfig)
    seed: Annotated[
        int,
        Setting(
            title="Seed",
            explanation="Feeds every generator: first weights, order of the pictures, "
            "augmentation.",
            bounds=Bounds(least=0, most=2**32 - 1),
        ),
    ] = 0
    device: Annotated[
        str,
        Setting(
            title="Device",
            explanation="Where it is computed; of several GPUs `cuda:1` names the second.",
            choices={"auto": "auto", "cpu": "cpu", "cuda": "cuda", "mps": "mps"},
            is_open=True,
        ),
    ] = "auto"
    num_threads: Annotated[
        int | None,
        Setting(
            title="CPU threads",
            explanation="CPU threads of the worker; without a value all cores.",
            bounds=Bounds(least=1),
        ),
    ] = None

    def __post_init__(self) -> None:
        require(bool(self.name.strip()), "An experiment needs a name.")
        check_settings(self)
        labels = [arm.label for arm in self.arms]
        require(
            len(set(labels)) == len(labels),
            f"Each arm needs a label of its own, got {', '.join(labels)}.",
        )
        known = self.device in settings_of(ExperimentConfig)["device"].choices
        require(
            known or (self.device.startswith("cuda:") and self.device[5:].isdigit()),
            f"Unknown device '{self.device}': use auto, cpu, mps, cuda or cuda:0.",
        )
