"""Convolutions and normalisations as a config asks for them."""

from torch import nn

from resnet_core.config import Convolution, ModelConfig


def build_convolution(
    config: ModelConfig, in_channels: int, out_channels: int, kernel_px: int, stride: int = 1
) -> nn.Conv2d:
    """Builds a convolution that keeps the size at stride 1.

    It has a bias in nets without norm, except under Fixup, whose biases are operations.
    """
    return nn.Conv2d(
        in_channels,
        out_channels,
        kernel_px,
        stride=stride,
        padding=kernel_px // 2,
        bias=_has_bias(config),
    )


def build_norm(config: ModelConfig, channels: int) -> nn.Module:
    """Builds the normalisation of one map.

    Groups have at least four channels and number at most 32 (the choice of Wu and He 2018,
    arXiv 1803.08494, for nets of 64 channels and more).
    """
    if config.norm == "batch":
        return nn.BatchNorm2d(channels)
    most = 1 if config.norm == "layer" else max(1, min(32, channels // 4))
    return nn.GroupNorm(next(n for n in range(most, 0, -1) if channels % n == 0), channels)


def build_listed_convolution(
    config: ModelConfig, convolution: Convolution, stride: int = 1
) -> nn.Conv2d:
    """Builds one of the convolutions that a family of blocks lists."""
    return nn.Conv2d(
        convolution.in_channels,
        convolution.out_channels,
        convolution.kernel_px,
        stride=stride if convolution.is_strided and not convolution.is_blurred else 1,
        padding=convolution.kernel_px // 2,
        groups=config.groups if convolution.is_grouped else 1,
        bias=_has_bias(config),
    )


def _has_bias(config: ModelConfig) -> bool:
    return config.norm == "none" and config.branch_scale != "fixup"
