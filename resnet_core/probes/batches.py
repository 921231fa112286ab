"""The pictures that a measurement looks at: real ones or noise, drawn by a seed."""

import functools
import threading
from dataclasses import dataclass, replace
from typing import Literal

import torch

from resnet_core.config import DataConfig, ModelConfig, choices
from resnet_core.data import Batch, DataCard, DeviceSplit, load_dataset, to_device, training_batch
from resnet_core.errors import ProbeError
from resnet_core.progress import Progress, ignore_progress

BatchKind = Literal["pictures", "noise"]
Normalisation = tuple[tuple[float, ...], tuple[float, ...]]
"""Mean and standard deviation of each channel on the 0..1 scale."""

MAX_PICTURES = 1024
PROBE_MEMORY_LIMIT_MIB = 3000
"""What a measurement may keep between forward and backward; a laptop has it to spare."""


@dataclass(frozen=True, kw_only=True)
class BatchSpec:
    """Which pictures to draw."""

    kind: BatchKind = "pictures"
    """`pictures` of the training split without augmentation, or normal `noise`."""
    source: str = "synthetic"
    """A name from the data catalogue, or a path; not looked at for noise."""
    num_pictures: int = 64
    """Pictures in the batch; batch norm needs at least 2."""
    noise_size_px: int = 32
    """Side of a picture of noise, px; at 1 px a convolution is a fully connected layer."""

    def __post_init__(self) -> None:
        if self.kind not in choices(BatchKind):
            raise ProbeError(f"A probe batch is of pictures or noise, got '{self.kind}'.")
        if not 2 <= self.num_pictures <= MAX_PICTURES:
            raise ProbeError(
                f"A probe batch has 2 to {MAX_PICTURES} pictures, got {self.num_pictures}."
            )
        if not 1 <= self.noise_size_px <= 512:
            raise ProbeError(
                f"A picture of noise has a side of 1 to 512 px, got {self.noise_size_px}."
            )


def fit_config(config: ModelConfig, spec: BatchSpec) -> ModelConfig:
    """Sets a net's channels and classes to those of the pictures."""
    if spec.kind == "noise":
        return config
    card = _pool(spec.source)[1]
    return replace(config, in_channels=card.channels, num_classes=card.num_classes)


def draw_batch(
    config: ModelConfig, spec: BatchSpec, *, seed: int, normalisation: Normalisation | None = None
) -> Batch:
    """Draws (N, C, H, W) float32 of zero mean and unit variance, and N labels.

    Labels of noise are drawn evenly from the net's classes.

    Args:
        config: the net.
        spec: the pictures.
        seed: of the choice of pictures, or of the noise.
        normalisation: mean and standard deviation of each channel by which the net was trained to
            see pictures; `None` takes the data set's own.

    Raises:
        ProbeError: when the net does not take such pictures, or would need too much memory.
        ResNetLabError: when the pictures cannot be loaded.
    """
    refuse_giants(config, spec)
    size_px = image_size_px(spec)
    if spec.kind == "pictures":
        split, card = _pool(spec.source)
        _refuse_strangers(config, card)
        if normalisation is not None:
            card = replace(card, mean=normalisation[0], std=normalisation[1])
        return training_batch(
            split, card, _AS_THEY_ARE, seed=seed, step=0, batch_size=spec.num_pictures
        )
    generator = torch.Generator().manual_seed(seed)
    shape = (spec.num_pictures, config.in_channels, size_px, size_px)
    images = torch.randn(shape, generator=generator).to(memory_format=torch.channels_last)
    labels = torch.randint(config.num_classes, shape[:1], generator=generator)
    return Batch(images, labels)


def image_size_px(spec: BatchSpec) -> int:
    """Side of the pictures, px."""
    if spec.kind == "noise":
        return spec.noise_size_px
    return _pool(spec.source)[1].image_size_px


def load_pictures(spec: BatchSpec, *, progress: Progress = ignore_progress) -> None:
    """Loads what `draw_batch` draws from; the first time may take a while.

    Raises:
        ResNetLabError: when the pictures cannot be loaded.
    """
    if spec.kind == "pictures":
        progress("Reading the pictures")
        _pool(spec.source)


_AS_THEY_ARE = DataConfig(augmentation="none")


_POOL_LOCK = threading.Lock()


def _pool(source: str) -> tuple[DeviceSplit, DataCard]:
    """A data set's first training pictures, the classes in proportion, and its card."""
    with _POOL_LOCK:  # measurements run side by side, and the first one loads
        return _load_pool(source)


@functools.lru_cache(maxsize=8)
def _load_pool(source: str) -> tuple[DeviceSplit, DataCard]:
    config = DataConfig(source=source, augmentation="none", max_train=MAX_PICTURES)
    data = load_dataset(config, needs=("train",))
    return to_device(data.train, "cpu"), data.card


def _refuse_strangers(config: ModelConfig, card: DataCard) -> None:
    if config.in_channels != card.channels or config.num_classes < card.num_classes:
        raise ProbeError(
            f"{config.name} takes pictures of {config.in_channels} channels and "
            f"{config.num_classes} classes, and {card.title} have {card.channels} channels and "
            f"{card.num_classes} classes: choose other pictures, or noise."
        )


def refuse_giants(config: ModelConfig, spec: BatchSpec) -> None:
    """Refuses a measurement that would keep too much memory, before it begins.

    Raises:
        ProbeError: with the number of pictures that would fit.
    """
    one_mib = _kept_mib(config, image_size_px(spec))
    needed_mib = one_mib * spec.num_pictures
    if needed_mib <= PROBE_MEMORY_LIMIT_MIB:
        return
    fitting = int(PROBE_MEMORY_LIMIT_MIB / one_mib)
    advice = f"take at most {fitting} pictures" if fitting >= 2 else "take a smaller net"
    raise ProbeError(
        f"{config.name} keeps about {needed_mib:,.0f} MiB for {spec.num_pictures} pictures, and a "
        f"measurement may keep {PROBE_MEMORY_LIMIT_MIB:,} MiB: {advice}."
    )


def _kept_mib(config: ModelConfig, size_px: int) -> float:
    """Memory that one picture's maps need until backward, roughly: input and output of each layer.

    `measure_cost` knows it exactly, but it traces the net, during which no other thread of the
    process may run one.
    """
    side_px = size_px // 2**config.num_stem_halvings
    numbers = 3.0 * config.stem_width * side_px**2
    per_layer = 1 if config.norm == "none" else 2
    stages = zip(config.stage_blocks, config.stage_widths, config.stage_channels, strict=True)
    for stage, (blocks, width, channels) in enumerate(stages):
        # A dense block also keeps all that it was handed, which grows towards `channels`.
        listed = config.family.convolutions(config, channels, width, channels)
        widths = sum(each.out_channels for each in listed) + 2 * channels * config.is_dense
        numbers += blocks * (widths * per_layer + width) * (side_px / 2**stage) ** 2
    return 4 * numbers / 2**20
