"""An experiment: nets, pictures and a recipe."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, NamedTuple

from resnet_core.config.checks import STRICT, require
from resnet_core.config.data import DataConfig
from resnet_core.config.model import ModelConfig
from resnet_core.config.settings import Bounds, Setting, check_settings, settings_of
from resnet_core.config.starting import StartingNet
from resnet_core.config.training import TrainingConfig
from resnet_core.errors import ConfigError

MOST_REPLICAS = 24
"""Nets that one run trains at most: arms times seeds."""
_LARGEST_SEED = 2**32 - 1

RunKind = Literal["trained", "watched"]
FOREIGN_NET = ModelConfig(name="watched")
"""Stands for a net that the lab did not build: of it nothing but the label is known, and no file
says otherwise."""


class Replica(NamedTuple):
    """One net of a run: an arm, trained from one seed."""

    arm: int
    """Its place among the experiment's arms."""
    seed: int


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
    start: Annotated[
        StartingNet | None,
        Setting(
            title="Begins from",
            explanation="A trained net whose weights it takes over, all but the classifier's; "
            "without one it begins from first weights.",
        ),
    ] = None

    def __post_init__(self) -> None:
        require(bool(self.label.strip()), "An arm needs a label.")

    @property
    def is_plain(self) -> bool | None:
        """Whether the net has no shortcuts; `None` where the lab did not build it."""
        return None if self.model == FOREIGN_NET else self.model.is_plain


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
            bounds=Bounds(least=0, most=_LARGEST_SEED),
        ),
    ] = 0
    seeds: Annotated[
        int,
        Setting(
            title="Seeds",
            explanation="How often each net is trained, from this many seeds in a row. Each has "
            "its own first weights and order of the pictures, which all nets share, so that what "
            "differs between nets can be told from what differs between seeds.",
            bounds=Bounds(least=1, most=MOST_REPLICAS),
        ),
    ] = 1
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
    kind: Annotated[
        RunKind,
        Setting(
            title="Kind",
            explanation="Whether the lab trains the nets, or watches one in somebody's own loop.",
            choices={"trained": "trained by the lab", "watched": "watched in a loop of one's own"},
        ),
    ] = "trained"

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
        self._check_seeds()
        require(
            len({arm.start.normalisation for arm in self.arms if arm.start}) <= 1,
            "All nets of a run see the same pictures: begin from nets whose pictures were "
            "normalised alike, or give each a run of its own.",
        )

    @property
    def start(self) -> StartingNet | None:
        """The first of the trained nets that arms begin from; all see pictures as that one does."""
        return next((arm.start for arm in self.arms if arm.start is not None), None)

    @property
    def replicas(self) -> tuple[Replica, ...]:
        """Every net of the run: all arms of the first seed, then all of the second, and so on."""
        seeds = range(self.seed, self.seed + self.seeds)
        return tuple(Replica(arm, seed) for seed in seeds for arm in range(len(self.arms)))

    def title_of(self, replica: Replica) -> str:
        """What a net of the run is called: its arm's label, with its seed if there are several."""
        label = self.arms[replica.arm].label
        return label if self.seeds == 1 else f"{label}, seed {replica.seed}"

    def find_arm(self, name: str | int) -> int:
        """Finds an arm's place by its number from 0, its label, or its net's name in the registry.

        Where none is just so, the one whose label or name begins so is meant, whatever its
        capitals and hyphens: `ResNet-56` and `resnet56` are "ResNet-56 narrow".

        Raises:
            ConfigError: naming the arms, where none or several are meant.
        """
        wanted = str(name).strip()
        labels = [arm.label for arm in self.arms]
        if wanted in labels:
            return labels.index(wanted)
        if wanted.isdecimal() and int(wanted) < len(self.arms):
            return int(wanted)
        found = [place for place, arm in enumerate(self.arms) if arm.model.name == wanted]
        found = found or [place for place, arm in enumerate(self.arms) if _is_short(wanted, arm)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(f"{place} ({label})" for place, label in enumerate(labels))
        problem = "means several nets" if found else "is no net"
        raise ConfigError(f"'{wanted[:80]}' {problem} of {self.name}: name one of {known}.")

    def _check_seeds(self) -> None:
        count = len(self.arms)
        require(
            count * self.seeds <= MOST_REPLICAS,
            f"{count} nets from {self.seeds} seeds each are {count * self.seeds} trainings: a run "
            f"has at most {MOST_REPLICAS}, so use at most {MOST_REPLICAS // count} seeds.",
        )
        last = self.seed + self.seeds - 1
        require(
            last <= _LARGEST_SEED,
            f"seed must leave room for {self.seeds} seeds up to {_LARGEST_SEED:,}: got "
            f"{self.seed:,}, use at most {_LARGEST_SEED - self.seeds + 1:,}.",
        )


def _is_short(wanted: str, arm: ArmConfig) -> bool:
    """Whether an arm's label or registry name begins so, but for capitals and hyphens."""
    return bool(_plain(wanted)) and any(
        _plain(name).startswith(_plain(wanted)) for name in (arm.label, arm.model.name)
    )


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
