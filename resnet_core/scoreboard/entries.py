"""One line of the scoreboard."""

from dataclasses import dataclass
from typing import Literal

ResultOrigin = Literal["published", "shipped", "run"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A net's result, with its circumstances."""

    net: str
    """Registry name, or the paper's name of a net that the registry lacks."""
    title: str
    """What tables call it, such as `ResNet-20`."""
    depth: int | None
    """Weight layers on the main path."""
    is_plain: bool
    data_title: str
    """The data set as used."""
    origin: ResultOrigin
    test_error: float
    """Share of test pictures that were classified wrongly; the mean over `num_seeds`."""
    source: str
    """The paper and its table, the shipped checkpoint, or the run."""
    test_error_spread: float | None = None
    """Standard deviation over seeds; `None` for fewer than two."""
    training_error: float | None = None
    """The same share on the training pictures; degradation shows here first."""
    parameters: int | None = None
    epochs: float | None = None
    num_seeds: int = 1
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

    @property
    def is_ranked(self) -> bool:
        """Whether data and budget are those of the paper, so that numbers may be compared."""
        return self.origin == "published" or not self.note
