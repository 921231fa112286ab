"""What tensors of a stranger's file must be before anything is computed with them."""

from collections.abc import Mapping

import torch
from torch import Tensor

from resnet_core.errors import CheckpointError
from resnet_core.importing.parts import NetParts

_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_WHOLE = (torch.int64, torch.int32, torch.uint8, torch.bool)
_QUANTISED = (torch.int8, torch.float8_e4m3fn, torch.float8_e5m2)
_COUNTER = "num_batches_tracked"


def check_storage(state: Mapping[str, Tensor]) -> None:
    """Refuses tensors that claim more numbers than the file has, or that are not plain.

    Raises:
        CheckpointError: naming the first of them.
    """
    for key, tensor in state.items():
        if tensor.device.type == "meta":
            raise CheckpointError(
                f"has a tensor '{key}' of which only the shape was saved (on the device meta): "
                "load the net's weights before you save them."
            )
        if tensor.layout != torch.strided or tensor.device.type != "cpu" or tensor.is_quantized:
            raise CheckpointError(
                f"has a tensor '{key}' that is not plain (sparse or quantised): bring the "
                "floating-point weights that it was made of."
            )
        if tensor.dtype in _QUANTISED:
            raise CheckpointError(
                f"has a tensor '{key}' of numbers that only quantised nets have "
                f"({_type_name(tensor)}): bring the floating-point weights that it was made of."
            )
        if tensor.dtype not in (*_FLOATS, *_WHOLE):
            raise CheckpointError(
                f"has a tensor '{key}' of numbers that no weights are ({_type_name(tensor)}): save "
                "them as float32, float16 or bfloat16."
            )
        if not tensor.numel() and key.rpartition(".")[2] == "weight":
            raise CheckpointError(
                f"has a tensor '{key}' of no numbers at all, as programs leave it that spread a "
                "net over several devices: gather its weights before you save them."
            )
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise CheckpointError(f"has a tensor '{key}' that claims more numbers than it holds.")


def check_numbers(parts: NetParts, state: Mapping[str, Tensor]) -> None:
    """Refuses whole numbers where a net computes with fractions: rounded, weights are lost.

    Raises:
        CheckpointError: naming the first of them.
    """
    leaves = [*parts.stem, *parts.stem_norms, parts.classifier]
    for block in parts.blocks:
        beside = (block.shortcut, block.shortcut_norm, *block.gate)
        leaves += [*block.convolutions, *block.norms, *(leaf for leaf in beside if leaf)]
    leaves += [parts.final_norm] if parts.final_norm else []
    for leaf in leaves:
        for name, tensor in leaf.tensors.items():
            if name != _COUNTER and not tensor.is_floating_point():
                raise CheckpointError(
                    f"has a tensor '{leaf.path}.{name}' of whole numbers ({_type_name(tensor)}) "
                    "where the net needs floating-point ones: save the weights as float32, "
                    "float16 or bfloat16."
                )
            if name == _COUNTER and not torch.isfinite(tensor).all():
                raise CheckpointError(
                    f"holds values at '{leaf.path}.{name}' that are not finite numbers: take an "
                    "earlier checkpoint."
                )


def check_values(tensors: Mapping[str, Tensor]) -> None:
    """Refuses what is no finite number, and variances below zero.

    Raises:
        CheckpointError: naming the first tensor that has such.
    """
    for key, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(
                f"holds values at '{key}' that are not finite numbers: take an earlier checkpoint."
            )
        if key.endswith("running_var") and (tensor < 0).any():
            raise CheckpointError(f"has a negative variance at '{key}': it is damaged.")


def _type_name(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
