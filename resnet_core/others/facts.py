"""What is published of a net: how it wants pictures, what its classes are called, its size."""

from dataclasses import dataclass

IMAGENET_TITLE = "ImageNet-1k (ILSVRC 2012)"


@dataclass(frozen=True, kw_only=True)
class PublishedFacts:
    """What is known of a net before it is built, without its weights."""

    image_size_px: int
    """Side of the square that it is shown, px."""
    resize_px: int | None
    """Side to which a picture is brought before that square is cut from its middle."""
    mean: tuple[float, ...]
    """Of each channel on the 0..1 scale."""
    std: tuple[float, ...]
    """Of each channel on the 0..1 scale."""
    class_names: tuple[str, ...]
    """In the order of its outputs; empty where nobody says."""
    weights_title: str = ""
    """Whose weights all this belongs to, such as `IMAGENET1K_V2`."""
    data_title: str = ""
    """What those weights learned."""
    weights_digest: str = ""
    """First hex digits of the SHA-256 of the file of those weights; empty where nobody says."""
    parameters: int | None = None
    """Numbers that it learns, as published."""
    giga_macs: float | None = None
    """Multiply-accumulates for one picture, as published, 10^9."""
