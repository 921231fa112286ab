"""Every setting of an experiment, as frozen dataclasses that check themselves.

    ExperimentConfig
    ├── arms: ArmConfig...      the nets that train in lockstep, each a label and a ModelConfig
    ├── data: DataConfig        which pictures, how split and augmented
    └── training: TrainingConfig  the recipe: optimizer, schedule, telemetry

A config is a value: compare it, hash it, write it as JSON, read it back.  A wrong value raises
`ConfigError` with the allowed ones, at the moment the config is made.
"""

import hashlib
import math
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar, get_args

import pydantic

from resnet_core.errors import ConfigError

Block = Literal["basic", "bottleneck"]
Stem = Literal["cifar", "imagenet"]
Shortcut = Literal["A", "B", "C"]
ActivationOrder = Literal["post", "pre"]
Norm = Literal["batch", "none"]
Initialisation = Literal["he_fan_out", "he_fan_in", "xavier", "small"]
Optimizer = Literal["sgd", "adamw"]
Schedule = Literal["constant", "cosine", "step", "one_cycle"]
Precision = Literal["float32", "bfloat16"]
Augmentation = Literal["none", "crop_flip"]

BOTTLENECK_EXPANSION = 4
"""Channels that leave a bottleneck, per channel of its 3x3 convolution (He et al. 2015, 4.1)."""
_MOST_BLOCKS = 5_000
"""So that a slip of the finger does not build for minutes; resnet1202 has 600."""

_STRICT = pydantic.ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """A residual or plain net, fully described.

    Source: He et al. 2015 (arXiv 1512.03385), He et al. 2016 (arXiv 1603.05027).
    """

    __pydantic_config__: ClassVar = _STRICT

    name: str
    """Registry name, such as `resnet20`, or a name of one's own."""
    block: Block = "basic"
    """`basic`: two 3x3 convolutions.  `bottleneck`: 1x1, 3x3, 1x1 with four times the channels."""
    stage_blocks: tuple[int, ...] = (3, 3, 3)
    """Number of blocks in each stage."""
    stage_widths: tuple[int, ...] = (16, 32, 64)
    """Channels of the 3x3 convolutions in each stage."""
    stem: Stem = "cifar"
    """`cifar`: 3x3, stride 1.  `imagenet`: 7x7, stride 2, then 3x3 max-pool, stride 2."""
    stem_width: int = 16
    """Channels after the stem."""
    shortcut: Shortcut = "A"
    """Where shapes change, A pads with zeros and B projects with 1x1; C projects everywhere."""
    skip_strength: float = 1.0
    """Factor alpha on the shortcut: 1 is a residual net, 0 a plain net (no shortcut is built)."""
    activation_order: ActivationOrder = "post"
    """`post`: conv-norm-ReLU, ReLU after the addition (2015).  `pre`: norm-ReLU-conv (2016)."""
    norm: Norm = "batch"
    """Batch normalisation after every convolution, or none (convolutions then have a bias)."""
    initialisation: Initialisation = "he_fan_out"
    """Law of the convolution weights; `small` is half of He's standard deviation."""
    zero_gamma: bool = False
    """Start every residual branch at zero: the weight of its last normalisation, or of its last
    convolution where no normalisation follows it (Goyal et al. 2017, arXiv 1706.02677, 5.1)."""
    in_channels: int = 3
    """Channels of a picture."""
    num_classes: int = 10
    """Number of logits."""

    def __post_init__(self) -> None:
        _check_choices(self, block=Block, stem=Stem, shortcut=Shortcut, norm=Norm)
        _check_choices(self, activation_order=ActivationOrder, initialisation=Initialisation)
        _require(
            len(self.stage_blocks) == len(self.stage_widths) > 0,
            f"stage_blocks {self.stage_blocks} and stage_widths {self.stage_widths} must have "
            "the same length of at least 1.",
        )
        for count in (*self.stage_blocks, *self.stage_widths, self.stem_width):
            _require(count >= 1, f"Blocks and widths must be at least 1, got {count}.")
        _require(
            sum(self.stage_blocks) <= _MOST_BLOCKS,
            f"A net has at most {_MOST_BLOCKS} blocks here, got {sum(self.stage_blocks)}.",
        )
        channels = (self.stem_width, *self.stage_channels)
        _require(
            self.is_plain or self.shortcut != "A" or channels == tuple(sorted(channels)),
            f"Shortcut A can only add channels, and these go {', '.join(map(str, channels))}: "
            "let the widths grow, or take shortcut B or C.",
        )
        _require(
            0.0 <= self.skip_strength <= 1.0,
            f"skip_strength must lie between 0 (plain) and 1 (residual), got {self.skip_strength}.",
        )
        _require(
            not (self.zero_gamma and self.is_plain),
            "zero_gamma would silence every block of a plain net for good: switch it off, or give "
            "the net a skip_strength above 0.",
        )
        _require(self.in_channels >= 1, f"in_channels must be at least 1, got {self.in_channels}.")
        _require(self.num_classes >= 2, f"num_classes must be at least 2, got {self.num_classes}.")

    @property
    def is_plain(self) -> bool:
        """Whether the net has no shortcut at all."""
        return self.skip_strength == 0.0

    @property
    def stage_channels(self) -> tuple[int, ...]:
        """Channels that leave each stage."""
        factor = BOTTLENECK_EXPANSION if self.block == "bottleneck" else 1
        return tuple(width * factor for width in self.stage_widths)


@dataclass(frozen=True, kw_only=True)
class ArmConfig:
    """One net of an experiment."""

    __pydantic_config__: ClassVar = _STRICT

    label: str
    """What charts and tables call it; unique within the experiment."""
    model: ModelConfig
    """The net.  Channels and classes are set to the data set's when training starts."""

    def __post_init__(self) -> None:
        _require(bool(self.label.strip()), "An arm needs a label.")


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Which pictures, how they are split, and how they are augmented."""

    __pydantic_config__: ClassVar = _STRICT

    source: str = "synthetic"
    """A name from the data catalogue, or the path of a folder, a zip or parquet files."""
    validation_share: float = 0.1
    """Share of the training pictures held out for validation, drawn by `split_seed`."""
    split_seed: int = 0
    """Seed of the validation split; it stays while experiments vary their own seed."""
    max_train: int | None = None
    """Use at most so many training pictures (after the split); `None` uses all."""
    max_validation: int | None = None
    """Use at most so many validation pictures; `None` uses all."""
    augmentation: Augmentation = "crop_flip"
    """`crop_flip`: pad, random crop and horizontal flip, as in He et al. 2015 sec. 4.2."""
    crop_padding_px: int = 4
    """Zero padding on each side before the random crop, px."""
    image_size_px: int | None = None
    """Side of the square picture, px; `None` keeps the source's own (64 for mixed sizes)."""

    def __post_init__(self) -> None:
        _check_choices(self, augmentation=Augmentation)
        _require(bool(self.source.strip()), "A data source needs a name or a path.")
        _require(
            0.0 < self.validation_share < 0.9,
            f"validation_share must lie between 0 and 0.9, got {self.validation_share}.",
        )
        _require(
            0 <= self.crop_padding_px <= 64,
            f"crop_padding_px must lie between 0 and 64, got {self.crop_padding_px}.",
        )
        for name in ("max_train", "max_validation", "image_size_px"):
            value = getattr(self, name)
            _require(value is None or value >= 1, f"{name} must be at least 1, got {value}.")
        _require(
            self.image_size_px is None or 8 <= self.image_size_px <= 512,
            f"image_size_px must lie between 8 and 512, got {self.image_size_px}.",
        )


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """A recipe: optimizer, schedule, regularisation, and how often to look."""

    __pydantic_config__: ClassVar = _STRICT

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
        _check_choices(self, optimizer=Optimizer, schedule=Schedule, precision=Precision)
        for name in ("learning_rate", "epochs", "checkpoint_every_s"):
            value = getattr(self, name)
            _require(0 < value < math.inf, f"{name} must be above 0, got {value}.")
        for name in ("batch_size", "statistics_every", "steps", "evaluate_every"):
            value = getattr(self, name)
            _require(value is None or value >= 1, f"{name} must be at least 1, got {value}.")
        for name in ("momentum", "warmup_share", "label_smoothing"):
            value = getattr(self, name)
            _require(0 <= value < 1, f"{name} must lie between 0 and below 1, got {value}.")
        for name in ("weight_decay", "num_snapshots"):
            value = getattr(self, name)
            _require(value >= 0, f"{name} must not be negative, got {value}.")
        _require(
            self.clip_norm is None or self.clip_norm > 0,
            f"clip_norm must be above 0, got {self.clip_norm}.",
        )
        _require(
            all(0 < share < 1 for share in self.milestones),
            f"milestones are shares of the run between 0 and 1, got {self.milestones}.",
        )


@dataclass(frozen=True, kw_only=True)
class ExperimentConfig:
    """Nets that train on the same batches from the same seed."""

    __pydantic_config__: ClassVar = _STRICT

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
        _require(bool(self.name.strip()), "An experiment needs a name.")
        _require(1 <= len(self.arms) <= 8, f"An experiment has 1 to 8 arms, got {len(self.arms)}.")
        labels = [arm.label for arm in self.arms]
        _require(
            len(set(labels)) == len(labels),
            f"Each arm needs a label of its own, got {', '.join(labels)}.",
        )
        _require(0 <= self.seed < 2**32, f"seed must lie between 0 and 2^32, got {self.seed}.")
        known = self.device in ("auto", "cpu", "mps", "cuda")
        _require(
            known or (self.device.startswith("cuda:") and self.device[5:].isdigit()),
            f"Unknown device '{self.device}': use auto, cpu, mps, cuda or cuda:0.",
        )
        _require(
            self.num_threads is None or self.num_threads >= 1,
            f"num_threads must be at least 1, got {self.num_threads}.",
        )


Config = TypeVar("Config", ModelConfig, DataConfig, TrainingConfig, ExperimentConfig)


def config_to_json(config: Config, *, indent: int | None = 2) -> str:
    """Writes a config as JSON, every field included."""
    return pydantic.TypeAdapter(type(config)).dump_json(config, indent=indent).decode()


def config_from_json(kind: type[Config], text: str | bytes) -> Config:
    """Reads a config from JSON.

    Raises:
        ConfigError: for a field that is unknown, missing, or of another type.
    """
    try:
        return pydantic.TypeAdapter(kind).validate_json(text)
    except pydantic.ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the text"
        raise ConfigError(f"The configuration is not valid at '{where}': {first['msg']}.") from exc


def fingerprint(config: Config) -> str:
    """Names a config by its content: equal configs, and only they, share these 16 hex digits."""
    return hashlib.sha256(config_to_json(config, indent=None).encode()).hexdigest()[:16]


def choices(kind: Any) -> tuple[str, ...]:
    """Lists what a `Literal` type allows, for pickers and messages."""
    return get_args(kind)


def _check_choices(config: Any, **kinds: Any) -> None:
    for name, kind in kinds.items():
        value, allowed = getattr(config, name), choices(kind)
        _require(value in allowed, f"{name} must be one of {', '.join(allowed)}, got '{value}'.")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ConfigError(message)
