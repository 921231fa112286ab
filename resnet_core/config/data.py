"""Which pictures an experiment uses."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from resnet_core.config.checks import STRICT, require
from resnet_core.config.settings import Bounds, Setting, check_settings

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

    source: Annotated[
        str,
        Setting(
            title="Pictures",
            explanation="A data set's name, or the path of a folder, a zip or parquet files.",
        ),
    ] = "synthetic"
    validation_share: Annotated[
        float,
        Setting(
            title="Validation share",
            explanation="Share of the training pictures held out for validation, drawn by the "
            "split's seed.",
            bounds=Bounds(above=0, below=0.9),
        ),
    ] = 0.1
    split_seed: Annotated[
        int,
        Setting(
            title="Seed of the split",
            explanation="Seed of the validation split; it stays while experiments vary their own "
            "seed.",
        ),
    ] = 0
    max_train: Annotated[
        int | None,
        Setting(
            title="Training pictures at most",
            explanation="Use at most so many training pictures (after the split); without a value "
            "all.",
            bounds=Bounds(least=1),
        ),
    ] = None
    max_validation: Annotated[
        int | None,
        Setting(
            title="Validation pictures at most",
            explanation="Use at most so many validation pictures; without a value all.",
            bounds=Bounds(least=1),
        ),
    ] = None
    augmentation: Annotated[
        Augmentation,
        Setting(
            title="Augmentation",
            explanation="Pictures as they are, or padded, cropped at random and flipped.",
            choices={"none": "none", "crop_flip": "crop and flip"},
            source="He et al. 2015, arXiv 1512.03385, sec. 4.2",
        ),
    ] = "crop_flip"
    crop_padding_px: Annotated[
        int,
        Setting(
            title="Padding before the crop",
            explanation="Zero padding on each side before the random crop, px.",
            bounds=Bounds(least=0, most=64),
        ),
    ] = 4
    image_size_px: Annotated[
        int | None,
        Setting(
            title="Side of a picture",
            explanation="Side of the square picture, px; without a value the source's own (64 for "
            "mixed sizes).",
            bounds=Bounds(least=8, most=512),
        ),
    ] = None

    resizing: Annotated[
        Resizing,
        Setting(
            title="Resizing",
            explanation="Version of the resizing of pictures of another size; a configuration "
            "without it is older than version 2 and means 1.",
            choices={"1": "square cut first", "2": "resized whole, then cut"},
            is_open=True,
        ),
    ] = NEWEST_RESIZING

    def __post_init__(self) -> None:
        check_settings(self)
        require(
            self.resizing in (FIRST_RESIZING, NEWEST_RESIZING),
            f"resizing must be {FIRST_RESIZING} or {NEWEST_RESIZING}, got {self.resizing}.",
        )
        require(bool(self.source.strip()), "A data source needs a name or a path.")
