"""Weights that modules compute at each step from other tensors, computed once for good.

Pruning keeps a tensor and its mask; weight norm (Salimans and Kingma 2016) a length and a
direction; spectral norm (Miyato et al. 2018) a tensor and the two vectors that give its largest
singular value.  In evaluation each is a fixed tensor, which is what a net of the lab holds.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from resnet_core.errors import CheckpointError

_LEFT = re.compile(r"(.*\.)?(weight_(g|v|u|orig|mask)|parametrizations\..*)")
"""Names of tensors that a weight is computed from."""

_Compute = Callable[..., Tensor | None]


def computed_weights(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Puts what weights are computed from together; every other tensor stays as it is.

    Raises:
        CheckpointError: naming a part of a weight whose other parts are missing or do not fit.
    """
    found = dict(tensors)
    for key in tensors:
        for form in _FORMS:
            match = form.first.fullmatch(key)
            if match is None:
                continue
            parts = [pattern.format(match[1] or "", match[2]) for pattern in form.parts]
            if not all(part in found for part in parts):
                continue
            weight = form.compute(*(found[part].detach() for part in parts))
            if weight is not None:
                found[f"{match[1] or ''}{match[2]}"] = weight
                for part in parts:
                    del found[part]
                break
    _refuse_rest(found)
    return found


def _refuse_rest(found: Mapping[str, Tensor]) -> None:
    odd = next((key for key in found if _LEFT.fullmatch(key)), None)
    if odd is not None:
        raise CheckpointError(
            f"holds weights in parts that cannot be put together ('{odd}'): remove what computes "
            "them before saving, by torch.nn.utils.remove_weight_norm, remove_spectral_norm, "
            "prune.remove or parametrize.remove_parametrizations."
        )


def _masked(weight: Tensor, mask: Tensor) -> Tensor | None:
    return weight * mask if weight.shape == mask.shape else None


def _lengthened(length: Tensor, direction: Tensor) -> Tensor | None:
    """Weight norm; the length has one number for each slice of the dimensions it spans."""
    is_whole = length.ndim == 0
    sizes = (1,) * direction.ndim if is_whole else tuple(length.shape)
    if len(sizes) != direction.ndim or any(
        size not in (1, whole) for size, whole in zip(sizes, direction.shape, strict=True)
    ):
        return None
    shared = [at for at, size in enumerate(sizes) if size == 1]
    norm = direction.float().square().sum(shared, keepdim=True).sqrt() if shared else 1.0
    return (direction * (length.reshape(sizes) / norm)).to(direction.dtype)


def _by_singular_value(weight: Tensor, left: Tensor, right: Tensor) -> Tensor | None:
    """Spectral norm of a convolution or a linear map, as it is in evaluation."""
    matrix = weight.float().flatten(1) if weight.ndim > 1 else weight.float().reshape(1, -1)
    if matrix.shape != (left.numel(), right.numel()):
        return None
    largest = left.float().flatten() @ (matrix @ right.float().flatten())
    return (weight / largest).to(weight.dtype)


@dataclass(frozen=True)
class _Form:
    """One way of keeping a weight in parts."""

    first: re.Pattern[str]
    """Names of the part that tells it: what precedes, and the weight's own name."""
    parts: tuple[str, ...]
    """Names of all parts, from these two."""
    compute: _Compute
    """Puts the parts together; `None` where they do not fit each other."""


_OLD, _NEW = r"(.*\.)?(\w+)", r"(.*\.)?parametrizations\.(\w+)\."
_FORMS = (
    _Form(re.compile(rf"{_OLD}_mask"), ("{0}{1}_orig", "{0}{1}_mask"), _masked),
    _Form(re.compile(rf"{_OLD}_g"), ("{0}{1}_g", "{0}{1}_v"), _lengthened),
    _Form(
        re.compile(rf"{_OLD}_u"),
        ("{0}{1}_orig", "{0}{1}_u", "{0}{1}_v"),
        _by_singular_value,
    ),
    _Form(
        re.compile(rf"{_NEW}original0"),
        ("{0}parametrizations.{1}.original0", "{0}parametrizations.{1}.original1"),
        _lengthened,
    ),
    _Form(
        re.compile(rf"{_NEW}0\._u"),
        (
            "{0}parametrizations.{1}.original",
            "{0}parametrizations.{1}.0._u",
            "{0}parametrizations.{1}.0._v",
        ),
        _by_singular_value,
    ),
)
