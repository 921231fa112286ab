"""One line of the scoreboard."""

from dataclasses import dataclass
from typing import Literal

from resnet_core.config import TrainingConfig
from resnet_core.shares import wilson_interval
from resnet_core.students import mean_interval

ResultOrigin = Literal["published", "shipped", "run"]
NetKind = Literal["residual", "plain", "pre-activation", "wide", "dense"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A net's result, with its circumstances."""

    net: str
    """Registry name, or the paper's name of a net that the registry lacks."""
    title: str
    """What tables call it, such as `ResNet-20`."""
    depth: int | None
    """Weight layers on the main path."""
    kind: NetKind
    data_title: str
    """The data set as used."""
    origin: ResultOrigin
    test_error: float
    """Share of test pictures that were classified wrongly; the mean over `num_seeds`."""
    source: str
    """The paper and its table, the shipped checkpoint, or the run."""
    test_errors: tuple[float, ...] = ()
    """The same of each seed, where they are known one by one."""
    num_test: int | None = None
    """Test pictures, where they are known."""
    test_error_spread: float | None = None
    """Standard deviation over seeds; `None` for fewer than two."""
    training_error: float | None = None
    """The same share on the training pictures; degradation shows here first."""
    num_training_errors: int = 0
    """Seeds behind `training_error`."""
    parameters: int | None = None
    epochs: float | None = None
    """`None` where the source counts steps alone."""
    steps: int | None = None
    augmentation: str = ""
    """Such as `crop and flip`; empty where it is not known."""
    picked: str = "last step"
    """Which of several numbers it is: of which epoch, of how many runs."""
    num_seeds: int = 1
    training: TrainingConfig | None = None
    """The recipe of a net of ours."""
    learned: tuple[object, ...] = ()
    """What else nets of one budget have in common: pictures, augmentation, beginning, edits."""
    hardware: str = ""
    time_s: float | None = None
    """Seconds of the run of one seed, which may have trained several nets."""
    link: str | None = None
    """Where a published result can be read."""
    run_ids: tuple[str, ...] = ()
    """A person's runs behind it; each has one seed or more."""
    checkpoints: tuple[str, ...] = ()
    """Shipped cards behind it, one a seed."""
    note: str = ""
    """Why it must not be ranked with the others, or how it was averaged."""
    is_rough: bool = False
    """Whether the source gives no more than "about": such a number has no rank and no decimals."""

    @property
    def is_plain(self) -> bool:
        """Whether it has no shortcuts."""
        return self.kind == "plain"

    @property
    def is_ranked(self) -> bool:
        """Whether data and budget are those of the paper, so that numbers may be compared."""
        return not self.is_rough and (self.origin == "published" or not self.note)

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the error: Student's over seeds, else Wilson's over test pictures."""
        if len(self.test_errors) > 1:
            low, high = mean_interval(self.test_errors)
            return max(0.0, low), min(1.0, high)
        if self.num_test is None:
            return None
        return wilson_interval(round(self.test_error * self.num_test), self.num_test)
