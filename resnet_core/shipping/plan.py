"""What the lab wants to have trained on a GPU, and how one machine goes about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from resnet_core import paths
from resnet_core.config import ExperimentConfig
from resnet_core.errors import ConfigError
from resnet_core.recipes.files import load_recipe


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """One run of a recipe."""

    recipe: str
    seed: int = 0
    keeps_weights: bool = True
    """Whether its weights are shipped; of the others the cards are, for their results."""

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"{self.recipe}, seed {self.seed}"


_SEEDED = tuple(
    PlannedRun(recipe=f"cifar10-{depth}-paper", seed=seed, keeps_weights=seed == 0)
    for depth in (56, 20)
    for seed in (0, 1, 2)
)
_SHORT = tuple(
    PlannedRun(recipe=f"cifar10-{depth}-short", seed=seed, keeps_weights=seed == 0)
    for depth in (56, 20)
    for seed in (0, 1, 2)
)
_WIDE = tuple(
    PlannedRun(recipe=f"cifar10-{name}", keeps_weights=name == "resnet18-cifar-article")
    for name in (
        "resnet18-cifar-article",
        "resnet18-article",
        "resnet18-cifar-fast",
        "resnet18-fast",
    )
)
PLAN: tuple[PlannedRun, ...] = (
    *(PlannedRun(recipe=f"cifar10-{depth}-paper") for depth in (110, 44, 32)),
    *_SEEDED,
    *_WIDE,
    PlannedRun(recipe="fashion-mnist-20-paper"),
    *_SHORT,
    PlannedRun(recipe="cifar10-20-fast"),
)
"""He et al. 2015 table 6 with the plain twins, the article's net with either stem, and clothes;
then depth with one short budget and three seeds, and 20 layers with a longer one."""


def choose_runs(recipes: Sequence[str]) -> tuple[PlannedRun, ...]:
    """Picks the planned runs of some recipes, or all of them if none is named.

    Raises:
        ConfigError: for a recipe that is not planned; the message lists those that are.
    """
    known = list(dict.fromkeys(planned.recipe for planned in PLAN))
    for recipe in recipes:
        if recipe not in known:
            raise ConfigError(f"'{recipe}' is not in the plan: choose {', '.join(known)}.")
    return tuple(planned for planned in PLAN if not recipes or planned.recipe in recipes)


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where a plan is carried out, and with what."""

    cifar10: str = "cifar10"
    """The data set's name, or a path of pictures."""
    is_jpeg_copy: bool = False
    """Whether `cifar10` is the lossy JPEG copy: the names and cards of the nets then say so."""
    device: str = "auto"
    at_once: int = 1
    """Experiments that train on the device together."""
    num_threads: int | None = None
    """CPU threads of each of them."""
    num_steps: int | None = None
    """A trial: so many steps instead of the recipe's."""
    num_minutes: float | None = None
    """After so long runs are asked to save and stop; another call takes them up."""
    folder: Path = field(default_factory=paths.checkpoints_dir)
    """Where the nets go; cards without shipped weights go to `results` in it."""

    def __post_init__(self) -> None:
        if self.folder == paths.checkpoints_dir():
            paths.require_checkout("name a folder of your own with --into")
        if self.num_steps is not None and self.folder == paths.checkpoints_dir():
            raise ConfigError("A trial's nets are not for shipping: name another folder for them.")
        if self.at_once < 1:
            raise ConfigError(f"At least one run trains at once, got {self.at_once}.")

    def experiment(self, planned: PlannedRun) -> ExperimentConfig:
        """The planned experiment, with this machine's data, device and threads."""
        config = load_recipe(planned.recipe)
        data, training = config.data, config.training
        if data.source == "cifar10":
            data = replace(data, source=self.cifar10)
        if self.num_steps is not None:
            training = replace(training, steps=self.num_steps)
        return replace(
            config,
            name=f"{config.name}, seed {planned.seed}",
            data=data,
            training=training,
            seed=planned.seed,
            device=self.device,
            num_threads=self.num_threads,
        )

    def data_title(self, planned: PlannedRun) -> str | None:
        """What cards call the data, where its own title does not say enough."""
        return "CIFAR-10 (JPEG copy)" if self._is_copy(planned) else None

    def net_name(self, planned: PlannedRun, net: str) -> str:
        """File name of a planned net, such as `resnet20-cifar10-paper-seed0`."""
        source, kind = load_recipe(planned.recipe).data.source, planned.recipe.split("-")[-1]
        copy = "-jpeg" if self._is_copy(planned) else ""
        return f"{net}-{source}{copy}-{kind}-seed{planned.seed}"

    def folder_of(self, planned: PlannedRun) -> Path:
        """Where the nets of a planned run go."""
        results = self.folder / paths.results_dir().name
        return self.folder if planned.keeps_weights else results

    def _is_copy(self, planned: PlannedRun) -> bool:
        return self.is_jpeg_copy and load_recipe(planned.recipe).data.source == "cifar10"
