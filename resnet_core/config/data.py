"""Which pictures an experiment uses."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from resnet_core.config.checks import STRICT, check_choices, require

Augmentation = Literal["none", "crop_flip"]
Resizing = Literal[1, 2]
"""How pictures of another size become a net's: 1 cuts the square out of a reduced picture first,
2 resizes the whole picture and cuts then, as torchvision does."""
FIRST_RESIZING: Resizing = 1
"""What configs, caches and cards mean that say nothing: they are older than the choice."""
NEWEST_RESIZING: Resizing = 2
"""What new experiments use."""


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Which pictures, how they are split, and how they are augmented."""

    __pydantic_config__: ClassVar = STRICT

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
    resizing: Resizing = NEWEST_RESIZING
    """Version of the resizing; JSON without it is older than version 2 and means 1."""

    def __post_init__(self) -> None:
        check_choices(self, augmentation=Augmentation)
        require(
            self.resizing in (FIRST_RESIZING, NEWEST_RESIZING),
            f"resizing must be {FIRST_RESIZING} or {NEWEST_RESIZING}, got {self.resizing}.",
        )
        require(bool(self.source.strip()), "A data source needs a name or a path.")
        require(
            0.0 < self.validation_share < 0.9,
            f"validation_share must lie between 0 and 0.9, got {self.validation_share}.",
        )
        require(
            0 <= self.crop_padding_px <= 64,
            f"crop_padding_px must lie between 0 and 64, got {self.crop_padding_px}.",
        )
        for name in ("max_train", "max_validation", "image_size_px"):
            value = getattr(self, name)
            require(value is None or value >= 1, f"{name} must be at least 1, got {value}.")
        require(
            self.image_size_px is None or 8 <= self.image_size_px <= 512,
            f"image_size_px must lie between 8 and 512, got {self.image_size_px}.",
        )
