"""How nets are trained."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from resnet_core.config.checks import STRICT, require
from resnet_core.config.settings import Bounds, Setting, check_settings

Optimizer = Literal["sgd", "adamw"]
Schedule = Literal["constant", "cosine", "step", "one_cycle"]
Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """A recipe: optimizer, schedule, regularisation, and how often to look."""

    __pydantic_config__: ClassVar = STRICT

    optimizer: Annotated[
        Optimizer,
        Setting(
            title="Optimizer",
            explanation="SGD with momentum, or AdamW.",
            choices={"sgd": "SGD", "adamw": "AdamW"},
            source="AdamW: Loshchilov and Hutter 2019, arXiv 1711.05101",
        ),
    ] = "sgd"
    learning_rate: Annotated[
        float,
        Setting(
            title="Peak learning rate",
            explanation="Peak learning rate, which the schedule reaches after the warm-up.",
            bounds=Bounds(above=0),
        ),
    ] = 0.1
    momentum: Annotated[
        float,
        Setting(
            title="Momentum",
            explanation="Momentum of SGD; beta1 of AdamW.",
            bounds=Bounds(least=0, below=1),
        ),
    ] = 0.9
    nesterov: Annotated[
        bool,
        Setting(
            title="Nesterov",
            explanation="Use Nesterov's form of the momentum, which SGD alone has.",
        ),
    ] = False
    weight_decay: Annotated[
        float,
        Setting(
            title="Weight decay",
            explanation="L2 penalty (SGD) or decoupled decay (AdamW).",
            bounds=Bounds(least=0),
        ),
    ] = 1e-4
    decay_norm_and_bias: Annotated[
        bool,
        Setting(
            title="Decay norms and biases",
            explanation="Let normalisation parameters and biases decay too.",
            source="He et al. 2015, arXiv 1512.03385, sec. 3.4, decay all",
        ),
    ] = False
    schedule: Annotated[
        Schedule,
        Setting(
            title="Schedule",
            explanation="How the learning rate falls after the warm-up.",
            choices={
                "constant": "constant",
                "cosine": "cosine",
                "step": "step",
                "one_cycle": "one cycle",
            },
        ),
    ] = "cosine"
    milestones: Annotated[
        tuple[float, ...],
        Setting(
            title="Milestones",
            explanation="Shares of the run at which the step schedule multiplies the learning rate "
            "by the decay factor.",
            bounds=Bounds(above=0, below=1),
        ),
    ] = (0.5, 0.75)
    decay_factor: Annotated[
        float,
        Setting(
            title="Decay factor",
            explanation="Factor of the step schedule.",
        ),
    ] = 0.1
    warmup_share: Annotated[
        float,
        Setting(
            title="Warm-up",
            explanation="Share of the run with a linear warm-up from zero; with one cycle, where "
            "the peak lies.",
            bounds=Bounds(least=0, below=1),
        ),
    ] = 0.0
    epochs: Annotated[
        float,
        Setting(
            title="Epochs",
            explanation="Length of the run in passes over the training pictures, unless steps are "
            "given.",
            bounds=Bounds(above=0),
        ),
    ] = 10.0
    steps: Annotated[
        int | None,
        Setting(
            title="Steps",
            explanation="Length of the run in steps; wins over epochs.",
            bounds=Bounds(least=1),
        ),
    ] = None
    batch_size: Annotated[
        int,
        Setting(title="Batch size", explanation="Pictures in a step.", bounds=Bounds(least=1)),
    ] = 128
    label_smoothing: Annotated[
        float,
        Setting(
            title="Label smoothing",
            explanation="Share of the target spread over all classes.",
            bounds=Bounds(least=0, below=1),
            source="Szegedy et al. 2015, arXiv 1512.00567, sec. 7",
        ),
    ] = 0.0
    clip_norm: Annotated[
        float | None,
        Setting(
            title="Gradient clipping",
            explanation="Clip the global gradient norm to this, after it has been measured; "
            "without a value it is left alone.",
            bounds=Bounds(above=0),
        ),
    ] = None
    precision: Annotated[
        Precision,
        Setting(
            title="Precision",
            explanation="Arithmetic of forward and backward; weights are float32 always. On a CPU "
            "bfloat16 is for those that have instructions for it (avx512_bf16, amx_bf16): others "
            "take longer in it.",
            choices={"float32": "float32", "bfloat16": "bfloat16"},
        ),
    ] = "float32"
    channels_last: Annotated[
        bool,
        Setting(
            title="Channels last",
            explanation="Memory layout NHWC, about twice as fast in convolutions on most CPUs and "
            "GPUs.",
        ),
    ] = True
    compile: Annotated[
        bool,
        Setting(
            title="Compile",
            explanation="Use torch.compile (CUDA only; the first steps then take a minute).",
        ),
    ] = False
    evaluate_every: Annotated[
        int | None,
        Setting(
            title="Steps between evaluations",
            explanation="Steps between evaluations on the validation split; without a value once "
            "an epoch.",
            bounds=Bounds(least=1),
        ),
    ] = None
    statistics_every: Annotated[
        int,
        Setting(
            title="Steps between measurements",
            explanation="Steps between measurements of activations, dead units and "
            "update-to-weight ratios.",
            bounds=Bounds(least=1),
        ),
    ] = 50
    checkpoint_every_s: Annotated[
        float,
        Setting(
            title="Seconds between saves",
            explanation="Seconds between saves of the resumable state.",
            bounds=Bounds(above=0),
        ),
    ] = 30.0
    num_snapshots: Annotated[
        int,
        Setting(
            title="Snapshots",
            explanation="Weights kept over the run at steps spread by powers, to look at how "
            "layers learn.",
            bounds=Bounds(least=0),
        ),
    ] = 12

    def __post_init__(self) -> None:
        check_settings(self)
        # Beyond, neither cards nor tables can hold the numbers: a run would fail at its first step.
        for name in ("learning_rate", "weight_decay", "steps", "batch_size"):
            _require_at_most(name, getattr(self, name), 15)
        _require_at_most("epochs", self.epochs, 9)  # of a million pictures, one by one, 10^15 steps


_MOST_DIGITS = 30
"""Of a number that a sentence repeats."""


def _require_at_most(name: str, value: float | None, power: int) -> None:
    is_held = value is None or value <= 10**power
    got = str(value)
    told = f", got {got}" if len(got) <= _MOST_DIGITS else ""
    require(is_held, f"{name} must be at most 10^{power}{told}.")
