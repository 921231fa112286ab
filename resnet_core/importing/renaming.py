"""The tensors of a net's parts under our names, in the form that our nets hold them.

What a part holds differently without answering differently is brought over: a bias before batch
norm goes into its running mean, a gate's linear map becomes a 1x1 convolution, a norm without
weights gets those that change nothing.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from resnet_core.errors import CheckpointError
from resnet_core.importing.insides import ForeignBlock
from resnet_core.importing.leaves import Leaf
from resnet_core.importing.parts import NetParts

_EPSILON = 1e-5
"""What batch norm adds to a variance, in torch and here."""

Named = Iterator[tuple[str, Tensor]]


def rename_parts(parts: NetParts, *, is_pre: bool) -> dict[str, Tensor]:
    """Gives every tensor of a net under our names.

    Args:
        parts: the net.
        is_pre: whether its norms come before its convolutions.

    Raises:
        CheckpointError: for a bias or a norm that has no place in our nets.
    """
    found = dict(_stem(parts))
    for number, stage in enumerate(parts.stages, start=1):
        for index, block in enumerate(stage):
            rename = _preactivated if is_pre else _postactivated
            for name, tensor in (*rename(block), *_gate(block)):
                found[f"stage{number}.{index}.{name}"] = tensor
    if parts.final_norm is not None:
        found |= _norm("final_norm", parts.final_norm)
    found |= _map("classifier", parts.classifier, num_dimensions=2)
    return found


def _stem(parts: NetParts) -> Named:
    for index, convolution in enumerate(parts.stem):
        ending = str(index + 1) if index else ""
        norm = parts.stem_norms[index] if index < len(parts.stem_norms) else None
        names = (f"stem.conv{ending}", f"stem.norm{ending}")
        yield from _normalised(*names, convolution, norm, is_bare=not parts.blocks[0].norms)


def _postactivated(block: ForeignBlock) -> Named:
    for index, convolution in enumerate(block.convolutions):
        norm = block.norms[index] if index < len(block.norms) else None
        names = (f"conv{index + 1}", f"norm{index + 1}")
        yield from _normalised(*names, convolution, norm, is_bare=not block.norms)
    if block.shortcut is None:
        return
    if block.shortcut_norm is None and block.norms:
        yield "shortcut.conv.weight", block.shortcut.weight
        yield from _unchanging_norm("shortcut.norm", block.shortcut)
    else:
        names = ("shortcut.conv", "shortcut.norm")
        is_bare = not block.norms
        yield from _normalised(*names, block.shortcut, block.shortcut_norm, is_bare=is_bare)


def _preactivated(block: ForeignBlock) -> Named:
    """Norm k + 1 follows convolution k; what enters the sum is normalised by nobody."""
    if block.shortcut_norm is not None:
        raise CheckpointError(
            f"has a norm '{block.shortcut_norm.path}' on the shortcut of a pre-activation block, "
            "and the lab's have none there."
        )
    if block.norms:
        yield from _norm("norm1", block.norms[0]).items()
    for index, convolution in enumerate(block.convolutions):
        following = block.norms[index + 1] if index + 1 < len(block.norms) else None
        names = (f"conv{index + 1}", f"norm{index + 2}")
        yield from _normalised(*names, convolution, following, is_bare=not block.norms)
    if block.shortcut is not None:
        is_bare = not block.norms
        yield from _normalised("shortcut.conv", "", block.shortcut, None, is_bare=is_bare)


def _normalised(
    name: str, norm_name: str, convolution: Leaf, norm: Leaf | None, *, is_bare: bool
) -> Named:
    """A convolution and the norm after it, whose mean takes up a bias.

    In a net without norms, which `is_bare`, the convolution has the bias itself.
    """
    yield f"{name}.weight", convolution.weight
    bias = convolution.tensors.get("bias")
    if norm is not None:
        yield from _norm(norm_name, norm, bias).items()
    elif is_bare:
        yield f"{name}.bias", torch.zeros(convolution.out_channels) if bias is None else bias
    elif bias is not None and bias.count_nonzero():
        raise CheckpointError(
            f"has a bias '{convolution.path}.bias' that no norm follows, and the lab's nets with "
            "norms have none there."
        )


def _norm(name: str, norm: Leaf, bias: Tensor | None = None) -> dict[str, Tensor]:
    held = dict(norm.tensors)
    held.setdefault("weight", torch.ones(norm.out_channels))
    held.setdefault("bias", torch.zeros(norm.out_channels))
    counter = held.setdefault("num_batches_tracked", torch.zeros((), dtype=torch.long))
    if counter.numel() == 1:  # some programs know no numbers without dimensions
        held["num_batches_tracked"] = counter.reshape(())
    if bias is not None and "running_mean" in held and bias.shape == held["running_mean"].shape:
        held["running_mean"] = held["running_mean"] - bias
    return {f"{name}.{part}": tensor for part, tensor in held.items()}


def _unchanging_norm(name: str, convolution: Leaf) -> Named:
    """A norm that adds the convolution's bias and changes nothing else."""
    channels = convolution.out_channels
    yield f"{name}.weight", torch.full((channels,), math.sqrt(1 + _EPSILON))
    yield f"{name}.bias", convolution.tensors.get("bias", torch.zeros(channels))
    yield f"{name}.running_mean", torch.zeros(channels)
    yield f"{name}.running_var", torch.ones(channels)
    yield f"{name}.num_batches_tracked", torch.zeros((), dtype=torch.long)


def _gate(block: ForeignBlock) -> Named:
    for name, leaf in zip(("se.reduce", "se.expand"), block.gate, strict=False):
        yield from _map(name, leaf, num_dimensions=4).items()


def _map(name: str, leaf: Leaf, *, num_dimensions: int) -> dict[str, Tensor]:
    """A linear map of channels, written as one or as a 1x1 convolution, with a bias."""
    weight = leaf.weight
    if weight.ndim == 2 and num_dimensions == 4:
        weight = weight[:, :, None, None]
    if weight.ndim == 4 and num_dimensions == 2:
        weight = weight[:, :, 0, 0]
    bias = leaf.tensors.get("bias", torch.zeros(leaf.out_channels))
    return {f"{name}.weight": weight, f"{name}.bias": bias}
