"""Nets that have the same tensors as one of the lab's and compute something else.

Strides, dilation, averaging and the kind of activation leave no trace in a file.  The lab builds
none of these nets; each is made of one that it builds, for as long as batch norm's statistics are
compared, so that its weights are never taken for another net's in silence.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from torch import nn

from resnet_core.config import ModelConfig
from resnet_core.models import ResNet
from resnet_core.models.nets import build_on_meta
from resnet_core.models.operations import BlurPooling, ZeroPadShortcut

_BLURRED = {"basic": "basic_blur", "bottleneck": "bottleneck_blur"}
_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "SiLU": nn.SiLU,
    "GELU": nn.GELU,
    "leaky ReLU": lambda: nn.LeakyReLU(0.1),
}


@dataclass(frozen=True, kw_only=True)
class Lookalike:
    """A net of the same tensors that cannot be built here."""

    what: str
    """What tells it apart, after "a net that"."""
    build: Callable[[], ResNet]
    """Builds it without memory."""


def list_lookalikes(config: ModelConfig) -> Iterator[Lookalike]:
    """Lists the nets that have the same tensors as one of the lab's.

    Args:
        config: the net that was read.
    """
    if config.is_dense:
        return
    blurred = replace(config, block=_BLURRED.get(config.block, config.block))
    if blurred.family.blurs and len(config.stage_blocks) > 1:
        yield _of(blurred, "averages 2x2 pixels where its maps shrink", _average)
    if len(config.stage_blocks) > 1:
        yield _of(config, "does not shrink its maps in its last stage", _keep_last_size)
        yield _of(
            config, "widens its last stage's windows instead of shrinking its maps", _dilate_last
        )
    for stem_pool in ("keep", "none"):
        pooled = replace(config, stem_pool=stem_pool)
        if config.stem in ("cifar", "pointwise"):
            yield _of(pooled, "halves its pictures in its stem's convolution", _stride_stem(2))
        if config.stem == "imagenet":
            yield _of(
                pooled, "does not halve its pictures in its stem's convolution", _stride_stem(1)
            )
    if config.pools_in_stem and not config.family.blurs:
        yield _of(config, "averages pixels behind its stem", _pool_stem(nn.AvgPool2d(3, 2, 1)))
        yield _of(
            config, "takes the largest of 2x2 pixels behind its stem", _pool_stem(nn.MaxPool2d(2))
        )
    for name in _ACTIVATIONS:
        yield _of(config, f"has {name} in place of ReLU", _activate(name))


def _of(config: ModelConfig, what: str, alter: Callable[[ResNet], None]) -> Lookalike:
    def build() -> ResNet:
        model = build_on_meta(config)
        alter(model)
        return model

    return Lookalike(what=what, build=build)


def _replace(model: nn.Module, kind: type[nn.Module], other: Callable[[], nn.Module]) -> None:
    for holder in list(model.modules()):
        for name, module in list(holder.named_children()):
            if isinstance(module, kind):
                setattr(holder, name, other())


def _average(model: ResNet) -> None:
    _replace(model, BlurPooling, lambda: nn.AvgPool2d(2, ceil_mode=True))
    _replace(model, nn.MaxPool2d, nn.Identity)


def _keep_last_size(model: ResNet) -> None:
    first = _last_stage(model)[0]
    for module in first.modules():
        if isinstance(module, nn.Conv2d):
            module.stride = (1, 1)
        if isinstance(module, ZeroPadShortcut):
            module.stride = 1
    _replace(first, nn.AvgPool2d, nn.Identity)
    _replace(first, BlurPooling, nn.Identity)


def _dilate_last(model: ResNet) -> None:
    _keep_last_size(model)
    for number, block in enumerate(_last_stage(model)):
        for module in block.modules():
            if isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3) and number:
                module.dilation, module.padding = (2, 2), (2, 2)


def _last_stage(model: ResNet) -> list[nn.Module]:
    stage = model.get_submodule(f"stage{len(model.config.stage_blocks)}")
    return list(stage.children())


def _stride_stem(stride: int) -> Callable[[ResNet], None]:
    def alter(model: ResNet) -> None:
        convolution = model.get_submodule("stem.conv")
        assert isinstance(convolution, nn.Conv2d)
        convolution.stride = (stride, stride)

    return alter


def _pool_stem(pool: nn.Module) -> Callable[[ResNet], None]:
    return lambda model: _replace(model.get_submodule("stem"), nn.MaxPool2d, lambda: pool)


def _activate(name: str) -> Callable[[ResNet], None]:
    return lambda model: _replace(model, nn.ReLU, _ACTIVATIONS[name])
