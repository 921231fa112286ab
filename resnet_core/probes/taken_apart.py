"""One picture through every block of a net: what each adds, and how the gradient comes back.

A block reads x, computes F(x) and hands on their sum; the gradient of one class's logit comes back
through both.  One forward and one backward pass measure all blocks.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from resnet_core.errors import ProbeError
from resnet_core.models import ResNet, dropped_blocks
from resnet_core.models.blocks import Block
from resnet_core.models.dense import DenseBlock
from resnet_core.probes.activation_summary import length_of
from resnet_core.probes.anatomy import Anatomy, observe_anatomy, residual_blocks
from resnet_core.probes.features import list_blocks
from resnet_core.probes.hooks import (
    borrowed,
    capture_inputs,
    capture_output_gradients,
    capture_outputs,
)

_NOTHING = dict.fromkeys(("skip_norm", "skip_cosine", "skip_gradient_share"))
"""Of a block that adds nothing."""


@dataclass(frozen=True, kw_only=True)
class BlockFigures:
    """What one block does to one picture; norms are Euclidean, of all maps together."""

    path: str
    """Dotted path of the block."""
    input_norm: float
    """Of x, what enters the block."""
    branch_norm: float | None
    """Of F(x), as it meets the shortcut; `None` where the block is dropped."""
    skip_norm: float | None
    """Of what comes over the shortcut, times alpha; `None` where nothing is added."""
    sum_norm: float
    """Of what the addition gives; of what leaves the block where nothing is added."""
    cosine: float | None
    """Between what comes over the shortcut and F(x), 0 where one of them is zero; `None` where
    nothing is added."""
    skip_gradient_share: float | None
    """Share of the gradient that came back through the shortcut, the rest through the branch; it
    is above 1 where the branch works against the shortcut, and `None` where nothing is added."""
    gradient_norm: float
    """Of the gradient that reaches what leaves the block."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TakenApart:
    """A net taken apart by one picture."""

    logits: np.ndarray
    """float32 (K,)."""
    class_index: int
    """The class whose logit the gradient is of."""
    blocks: tuple[BlockFigures, ...]
    """Every block in forward order."""

    def block(self, path: str) -> BlockFigures:
        """Finds a block by its path, which must be one of the net's."""
        return next(block for block in self.blocks if block.path == path)


def measure_blocks(model: ResNet, picture: Tensor, *, class_index: int | None = None) -> TakenApart:
    """Measures every block for one picture, in evaluation mode, and leaves no trace.

    Args:
        model: a net that nobody else uses meanwhile.
        picture: (1, C, H, W) float32, normalised as the net wants it.
        class_index: the class whose logit's gradient is measured; `None` takes the predicted one.

    Raises:
        ProbeError: for a class that the net does not have, or numbers that are not finite.
    """
    paths, ends = list_blocks(model), _branch_ends(model)
    device = next(model.parameters()).device
    with contextlib.ExitStack() as stack:
        stack.enter_context(borrowed(model, training=False))
        inputs = stack.enter_context(capture_inputs(model, paths, reduce=_norm))
        outputs = stack.enter_context(capture_outputs(model, paths, reduce=_norm))
        branches = stack.enter_context(capture_outputs(model, tuple(ends), reduce=_norm))
        gradients = stack.enter_context(capture_output_gradients(model, paths, reduce=_norm))
        anatomy = stack.enter_context(observe_anatomy(model))
        logits = model(picture.to(device))[0]
        index = _checked_class(model, logits, class_index)
        logits[index].backward()
    added = _by_block(anatomy, residual_blocks(model))
    without_sum = {ends[end]: norm.item() for end, norm in branches.items()}
    found = tuple(
        BlockFigures(
            path=path,
            input_norm=inputs[path].item(),
            branch_norm=added[path]["branch_norm"] if path in added else without_sum.get(path),
            skip_norm=added.get(path, _NOTHING)["skip_norm"],
            sum_norm=added[path]["sum_norm"] if path in added else outputs[path].item(),
            cosine=added.get(path, _NOTHING)["skip_cosine"],
            skip_gradient_share=added.get(path, _NOTHING)["skip_gradient_share"],
            gradient_norm=gradients[path].item(),
        )
        for path in paths
    )
    _refuse_infinite(model, found)
    return TakenApart(logits=logits.detach().float().cpu().numpy(), class_index=index, blocks=found)


def _branch_ends(model: ResNet) -> dict[str, str]:
    """Last operation of each branch that meets no addition, to the block's path."""
    dropped, found = dropped_blocks(model), {}
    for path in list_blocks(model):
        block = model.get_submodule(path)
        assert isinstance(block, Block | DenseBlock)
        has_addition = isinstance(block, Block) and block.add is not None
        if path not in dropped and not has_addition:
            found[f"{path}.{block.branch[-1]}"] = path
    return found


def _by_block(anatomy: Anatomy, paths: Sequence[str]) -> dict[str, dict[str, float]]:
    """Each quantity of each block that added something; a dropped one did not."""
    rows = {
        path: {name: values[place].item() for name, values in anatomy.items()}
        for place, path in enumerate(paths)
    }
    return {path: row for path, row in rows.items() if row and not np.isnan(row["sum_norm"])}


def _checked_class(model: ResNet, logits: Tensor, class_index: int | None) -> int:
    if class_index is None:
        return int(logits.argmax())
    if not 0 <= class_index < len(logits):
        raise ProbeError(
            f"{model.config.name} knows {len(logits)} classes, numbered from 0 to "
            f"{len(logits) - 1}: there is no class {class_index}."
        )
    return class_index


def _refuse_infinite(model: ResNet, blocks: Sequence[BlockFigures]) -> None:
    forward = [(block.path, block.sum_norm) for block in blocks]
    backward = [(block.path, block.gradient_norm) for block in reversed(blocks)]
    for path, norm in (*forward, *backward):  # in the order in which they were computed
        if not np.isfinite(norm):
            raise ProbeError(
                f"The numbers of {model.config.name} are not finite any more at {path}: take "
                "another net, or put its blocks back."
            )


def _norm(tensor: Tensor) -> Tensor:
    return length_of(tensor.detach())
