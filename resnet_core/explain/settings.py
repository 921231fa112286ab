"""The knobs of the methods that have some."""

from dataclasses import dataclass

from resnet_core.errors import ProbeError

_LIMITS = {
    "num_steps": (2, 1000),
    "num_samples": (1, 1000),
    "most_samples": (1, 10_000),
    "agreement": (0.0, 1.0),
    "noise_share": (0.0, 1.0),
    "patch_share": (0.02, 0.9),
    "stride_share": (0.01, 0.9),
    "batch_size": (1, 512),
}


@dataclass(frozen=True, kw_only=True)
class MethodSettings:
    """How finely a method samples; each field serves the methods that it names."""

    num_steps: int = 32
    """Integrated gradients: points on the path from the mean colour to the picture."""
    num_samples: int = 16
    """SmoothGrad: noisy copies of the picture in each of two draws, at first."""
    most_samples: int = 512
    """SmoothGrad: the same at most; they are doubled until the two draws agree."""
    agreement: float = 0.9
    """SmoothGrad: rank correlation of the two draws that is enough; 0 takes them as they are."""
    noise_share: float = 0.15
    """SmoothGrad: standard deviation of the noise over the picture's range of values.

    Source: Smilkov et al. 2017 (arXiv 1706.03825) sec. 3.2, which finds 10 to 20 % best.
    """
    patch_share: float = 0.25
    """Occlusion: side of the covering square over the picture's side."""
    stride_share: float = 0.0625
    """Occlusion: distance between neighbouring squares over the picture's side."""
    batch_size: int = 32
    """Pictures in one pass of the methods that need many."""
    seed: int = 0
    """SmoothGrad: seed of the noise."""

    def __post_init__(self) -> None:
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ProbeError(f"{name} must lie between {low} and {high}, got {value}.")

    def patch_px(self, side_px: int) -> int:
        """Side of the covering square on a picture of that side, px."""
        return max(1, round(self.patch_share * side_px))

    def stride_px(self, side_px: int) -> int:
        """Distance between neighbouring squares, px; never more than a square."""
        return min(self.patch_px(side_px), max(1, round(self.stride_share * side_px)))
