"""The nets that have a name, each as its paper describes it, and the twin of any net."""

import dataclasses
from typing import Any

from resnet_core.config import ModelConfig
from resnet_core.errors import ConfigError

CIFAR_DEPTHS = (20, 32, 44, 56, 110, 1202)
"""Depths 6n+2 of He et al. 2015, table 6."""
_IMAGENET_WIDTHS = (64, 128, 256, 512)
_IMAGENET_BLOCKS: dict[int, tuple[int, int, int, int]] = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}


def cifar_config(depth: int, *, plain: bool = False, preactivation: bool = False) -> ModelConfig:
    """Describes the CIFAR net of a depth 6n+2: three stages of n basic blocks, option A.

    Raises:
        ConfigError: for a depth that is not 6n+2 with n of at least 1.
    """
    if depth < 8 or (depth - 2) % 6:
        lower, upper = nearest_depths(depth)
        raise ConfigError(
            f"A CIFAR net has a depth of 6n+2 layers, got {depth}: the nearest are "
            f"{lower} and {upper}."
        )
    family = "plain" if plain else "resnet"
    return ModelConfig(
        name=f"preact_{family}{depth}" if preactivation else f"{family}{depth}",
        stage_blocks=((depth - 2) // 6,) * 3,
        skip_strength=0.0 if plain else 1.0,
        activation_order="pre" if preactivation else "post",
    )


def nearest_depths(depth: int) -> tuple[int, int]:
    """The depths 6n+2 below and above one that is none."""
    lower = max(8, (depth - 2) // 6 * 6 + 2)
    return lower, lower + 6


def twin_config(config: ModelConfig) -> ModelConfig:
    """Gives the plain twin of a residual net, and the residual twin of a plain one.

    The two differ in `skip_strength` and in `name`, and in nothing else.

    Raises:
        ConfigError: for a net whose other settings a plain net cannot have, such as `zero_gamma`.
    """
    return dataclasses.replace(
        config,
        name=_twin_name(config),
        skip_strength=1.0 if config.is_plain else 0.0,
    )


def has_twin(config: ModelConfig) -> bool:
    """Whether a net's other settings allow it to be turned plain, or residual."""
    try:
        twin_config(config)
    except ConfigError:
        return False
    return True


def _twin_name(config: ModelConfig) -> str:
    """`resnet20` and `plain20`; a name of one's own gets a prefix, which its twin loses."""
    here, there = ("plain", "resnet") if config.is_plain else ("resnet", "plain")
    own = "plain_" if config.is_plain else "residual_"
    other = "residual_" if config.is_plain else "plain_"
    if config.name.startswith(own):
        return config.name.removeprefix(own)
    if here in config.name:
        return config.name.replace(here, there, 1)
    return other + config.name


def _preact_bottleneck(depth: int) -> ModelConfig:
    """Depth 9n+2, widths 16-16-64 and so on; projections where the shape changes (2016, 4)."""
    return ModelConfig(
        name=f"preact_resnet{depth}",
        block="bottleneck",
        stage_blocks=((depth - 2) // 9,) * 3,
        shortcut="B",
        activation_order="pre",
    )


def _imagenet(depth: int, name: str | None = None, **changes: Any) -> ModelConfig:
    """He et al. 2015, table 1, with projection shortcuts (B)."""
    config = ModelConfig(
        name=name or f"resnet{depth}",
        block="basic" if depth < 50 else "bottleneck",
        stage_blocks=_IMAGENET_BLOCKS[depth],
        stage_widths=_IMAGENET_WIDTHS,
        stem="imagenet",
        stem_width=64,
        shortcut="B",
    )
    return dataclasses.replace(config, **changes)


def _imagenet_relatives() -> list[ModelConfig]:
    """Nets of later papers on ImageNet's stem and stages.

    ResNeXt (Xie et al. 2017, table 1), Wide ResNet (Zagoruyko and Komodakis 2016, table 8),
    SE-ResNet (Hu et al. 2018, table 1), ResNet-D (He et al. 2018, table 5).
    """
    return [
        _imagenet(50, "resnext50_32x4d", groups=32, width_factor=2),
        _imagenet(101, "resnext101_32x8d", groups=32, width_factor=4),
        _imagenet(101, "resnext101_64x4d", groups=64, width_factor=4),
        _imagenet(50, "wide_resnet50_2", width_factor=2),
        _imagenet(101, "wide_resnet101_2", width_factor=2),
        _imagenet(50, "se_resnet50", squeeze_reduction=16),
        _imagenet(50, "resnet50_d", stem="deep", shortcut="D"),
    ]


def _wide_cifar(depth: int, factor: int) -> ModelConfig:
    """Wide ResNet for CIFAR: depth 6n+4, pre-activation (Zagoruyko and Komodakis 2016, table 1)."""
    return ModelConfig(
        name=f"wrn{depth}_{factor}",
        stage_blocks=((depth - 4) // 6,) * 3,
        stage_widths=(16 * factor, 32 * factor, 64 * factor),
        shortcut="B",
        activation_order="pre",
    )


def _narrow() -> list[ModelConfig]:
    """ResNet-56 and its plain twin with half the channels: deep, and quick enough for a demo."""
    halved = {"stage_widths": (8, 16, 32), "stem_width": 8}
    residual = dataclasses.replace(cifar_config(56), name="resnet56_narrow", **halved)
    return [residual, twin_config(residual)]


def _cifar_relatives() -> list[ModelConfig]:
    """CIFAR nets of later papers, and ways to live without batch normalisation."""
    resnet20 = cifar_config(20)
    return [
        *_narrow(),
        _wide_cifar(16, 8),
        _wide_cifar(28, 10),
        # Xie et al. 2017, sec. 5.3: 9n+2 layers with n = 3, template 64 to 256 channels.
        ModelConfig(
            name="resnext29_8x64d",
            block="bottleneck",
            stage_blocks=(3, 3, 3),
            stage_widths=(64, 128, 256),
            width_factor=8,
            groups=8,
            stem_width=64,
            shortcut="B",
        ),
        dataclasses.replace(resnet20, name="se_resnet20", squeeze_reduction=16),
        # Huang et al. 2016, sec. 4: 110 layers, the last block dropped half of the time.
        dataclasses.replace(cifar_config(110), name="stochastic_resnet110", stochastic_depth=0.5),
        *_nets_without_norm(),
    ]


def _nets_without_norm() -> list[ModelConfig]:
    """Three ways to train 56 layers without normalisation.

    ReZero has nothing after the addition (Bachlechner et al. 2020, table 1), SkipInit and Fixup
    are put into the block of 2015.
    """
    bare = dataclasses.replace(cifar_config(56), norm="none")
    return [
        dataclasses.replace(bare, name="skipinit_resnet56", branch_scale="skipinit"),
        dataclasses.replace(
            bare,
            name="rezero_resnet56",
            branch_scale="rezero",
            activation_order="relu_before_add",
        ),
        dataclasses.replace(bare, name="fixup_resnet56", branch_scale="fixup"),
    ]


def _dense_cifar(name: str, *, is_bc: bool) -> ModelConfig:
    """DenseNet of 40 layers with k = 12, or DenseNet-BC of 100 (Huang et al. 2017, table 2)."""
    return ModelConfig(
        name=name,
        block="dense_bottleneck" if is_bc else "dense",
        stage_blocks=(16, 16, 16) if is_bc else (12, 12, 12),
        stage_widths=(12, 12, 12),
        stem_width=24 if is_bc else 16,
        compression=0.5 if is_bc else 1.0,
        activation_order="pre",
    )


def _dense() -> list[ModelConfig]:
    """Dense nets (Huang et al. 2017, tables 1 and 2)."""
    densenet121 = ModelConfig(
        name="densenet121",
        block="dense_bottleneck",
        stage_blocks=(6, 12, 24, 16),
        stage_widths=(32, 32, 32, 32),
        stem="imagenet",
        stem_width=64,
        compression=0.5,
        activation_order="pre",
    )
    return [
        _dense_cifar("densenet40_12", is_bc=False),
        _dense_cifar("densenet_bc100_12", is_bc=True),
        densenet121,
    ]


def named_nets() -> tuple[ModelConfig, ...]:
    """Lists the lab's own nets, the papers' first."""
    residual = [cifar_config(depth) for depth in CIFAR_DEPTHS]
    plain = [cifar_config(depth, plain=True) for depth in CIFAR_DEPTHS if depth <= 110]
    preact = [cifar_config(depth, preactivation=True) for depth in (20, 56, 110)]
    preact += [_preact_bottleneck(depth) for depth in (164, 1001)]
    imagenet = [_imagenet(depth) for depth in _IMAGENET_BLOCKS]
    small = dataclasses.replace(_imagenet(18), name="resnet18_cifar", stem="cifar")
    imagenet += [small, twin_config(_imagenet(18)), twin_config(_imagenet(34))]
    later = [*_cifar_relatives(), *_imagenet_relatives(), *_dense()]
    return (*residual, *plain, *preact, *imagenet, *later)
