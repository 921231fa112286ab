"""How nets are trained."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from resnet_core.config.checks import STRICT, check_choices, require

Optimizer = Literal["sgd", "adamw"]
Schedule = Literal["constant", "cosine", "step", "one_cycle"]
Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """A recipe: optimizer, schedule, regularisation, and how often to look."""

    __pydantic_config__: ClassVar = STRICT

    optimizer: Optimizer = "sgd"
    """`sgd` with momentum, or `adamw` (Loshchilov and Hutter 2019, arXiv 1711.05101)."""
    learning_rate: float = 0.1
    """Peak learning rate."""
    momentum: float = 0.9
    """Momentum of SGD; beta1 of AdamW."""
    nesterov: bool = False
    """Nesterov's form of the momentum (SGD only)."""
    weight_decay: float = 1e-4
    """L2 penalty (SGD) or decoupled decay (AdamW)."""
    decay_norm_and_bias: bool = False
    """Whether normalisation parameters and biases decay too (He et al. 2015 decay all)."""
    schedule: Schedule = "cosine"
    """How the learning rate falls after the warm-up."""
    milestones: tuple[float, ...] = (0.5, 0.75)
    """Shares of the run at which `step` multiplies the learning rate by `decay_factor`."""
    decay_factor: float = 0.1
    """Factor of the `step` schedule."""
    warmup_share: float = 0.0
    """Share of the run with a linear warm-up from zero (`one_cycle`: where the peak lies)."""
    epochs: float = 10.0
    """Length of the run in passes over the training pictures, unless `steps` is given."""
    steps: int | None = None
    """Length of the run in steps; wins over `epochs`."""
    batch_size: int = 128
    """Pictures in a step."""
    label_smoothing: float = 0.0
    """Share of the target spread over all classes (Szegedy et al. 2015, arXiv 1512.00567)."""
    clip_norm: float | None = None
    """Clip the global gradient norm to this, after it has been measured; `None` leaves it."""
    precision: Precision = "float32"
    """Arithmetic of forward and backward; weights are float32 always."""
    channels_last: bool = True
    """Memory layout NHWC, about twice as fast in convolutions on most CPUs and GPUs."""
    compile: bool = False
    """Use torch.compile (CUDA only; the first steps then take a minute)."""
    evaluate_every: int | None = None
    """Steps between evaluations on the validation split; `None`: once an epoch."""
    statistics_every: int = 50
    """Steps between measurements of activations, dead units and update-to-weight ratios."""
    checkpoint_every_s: float = 30.0
    """Seconds between saves of the resumable state."""
    num_snapshots: int = 12
    """Weights kept over the run at steps spread by powers, to look at how layers learn."""

    def __post_init__(self) -> None:
        check_choices(self, optimizer=Optimizer, schedule=Schedule, precision=Precision)
        for name in ("learning_rate", "epochs", "checkpoint_every_s"):
            value = getattr(self, name)
            require(0 < value < math.inf, f"{name} must be above 0, got {value}.")
        for name in ("batch_size", "statistics_every", "steps", "evaluate_every"):
            value = getattr(self, name)
            require(value is None or value >= 1, f"{name} must be at least 1, got {value}.")
        for name in ("momentum", "warmup_share", "label_smoothing"):
            value = getattr(self, name)
            require(0 <= value < 1, f"{name} must lie between 0 and below 1, got {value}.")
        for name in ("weight_decay", "num_snapshots"):
            value = getattr(self, name)
            require(value >= 0, f"{name} must not be negative, got {value}.")
        require(
            self.clip_norm is None or self.clip_norm > 0,
            f"clip_norm must be above 0, got {self.clip_norm}.",
        )
        require(
            all(0 < share < 1 for share in self.milestones),
            f"milestones are shares of the run between 0 and 1, got {self.milestones}.",
        )
