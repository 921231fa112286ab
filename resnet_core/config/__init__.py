"""Every setting of an experiment, as frozen dataclasses that check themselves.

    ExperimentConfig
    ├── arms: ArmConfig...      the nets that train in lockstep, each a label and a ModelConfig,
    │                           and the StartingNet that it begins from, if it does
    ├── data: DataConfig        which pictures, how split and augmented
    └── training: TrainingConfig  the recipe: optimizer, schedule, telemetry

Each field's `Setting` says what it is called, does and may be; forms, `--help` and checks read it.
A config is a value: compare it, hash it, write it as JSON, read it back.  A wrong value raises
`ConfigError` with the allowed ones, at the moment the config is made.
"""

from resnet_core.config.checks import choices
from resnet_core.config.data import (
    FIRST_RESIZING,
    NEWEST_RESIZING,
    Augmentation,
    DataConfig,
    Resizing,
)
from resnet_core.config.experiment import (
    FOREIGN_NET,
    MOST_REPLICAS,
    ArmConfig,
    ExperimentConfig,
    Replica,
    RunKind,
)
from resnet_core.config.families import (
    BOTTLENECK_EXPANSION,
    DENSE_SETTINGS,
    BlockFamily,
    Convolution,
    block_family,
    find_family,
    list_families,
)
from resnet_core.config.interventions import (
    ALL_BLOCKS,
    BODY,
    BlockState,
    Intervention,
    InterventionKind,
    block_paths,
    block_states,
    check_intervention,
    find_blocks,
    is_body_frozen,
    named_together,
    standing_interventions,
)
from resnet_core.config.kinds import (
    ActivationOrder,
    Block,
    BranchScale,
    Initialisation,
    Norm,
    Shortcut,
    SkipKind,
    Stem,
)
from resnet_core.config.later import LATER_SETTINGS
from resnet_core.config.model import ModelConfig
from resnet_core.config.plugins import load_plugins
from resnet_core.config.settings import Bounds, Setting, settings_of
from resnet_core.config.starting import FROZEN_BODY, StartingNet
from resnet_core.config.text import config_from_json, config_to_json, fingerprint, run_to_json
from resnet_core.config.training import Optimizer, Precision, Schedule, TrainingConfig

__all__ = [
    "ALL_BLOCKS",
    "BODY",
    "BOTTLENECK_EXPANSION",
    "DENSE_SETTINGS",
    "FIRST_RESIZING",
    "FOREIGN_NET",
    "FROZEN_BODY",
    "LATER_SETTINGS",
    "MOST_REPLICAS",
    "NEWEST_RESIZING",
    "ActivationOrder",
    "ArmConfig",
    "Augmentation",
    "Block",
    "BlockFamily",
    "BlockState",
    "Bounds",
    "BranchScale",
    "Convolution",
    "DataConfig",
    "ExperimentConfig",
    "Initialisation",
    "Intervention",
    "InterventionKind",
    "ModelConfig",
    "Norm",
    "Optimizer",
    "Precision",
    "Replica",
    "Resizing",
    "RunKind",
    "Schedule",
    "Setting",
    "Shortcut",
    "SkipKind",
    "StartingNet",
    "Stem",
    "TrainingConfig",
    "block_family",
    "block_paths",
    "block_states",
    "check_intervention",
    "choices",
    "config_from_json",
    "config_to_json",
    "find_blocks",
    "find_family",
    "fingerprint",
    "is_body_frozen",
    "list_families",
    "load_plugins",
    "named_together",
    "run_to_json",
    "settings_of",
    "standing_interventions",
]
