"""Which axes of a net's tensors are channels, height and width, told by the functions they pass.

Four axes alone do not tell: ConvNeXt permutes its maps to channels last and back within a block,
Swin keeps them last throughout, and the weights of attention (N, heads, T, T) are no maps at all.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakTensorKeyDictionary

MapAxes = Literal["NCHW", "NHWC"]
MAP_AXES: tuple[MapAxes, ...] = get_args(MapAxes)
_CHANNELS_FIRST = ("conv2d", "conv_transpose2d", "batch_norm", "group_norm", "instance_norm")
"""Functions that give four axes one meaning, whatever came before."""
_REGROUPING = ("view", "reshape", "flatten", "unflatten", "unfold", "expand", "einsum", "matmul")
_REGROUPING += ("__matmul__", "scaled_dot_product_attention", "squeeze", "unsqueeze", "__get__")
"""Functions after which axes may mean something else, unless the shape is the same."""


class AxesWatch(TorchFunctionMode):
    """Notes, while it is entered, what the axes of each tensor of four dimensions mean."""

    def __init__(self, picture: Tensor) -> None:
        super().__init__()
        self._known: WeakTensorKeyDictionary = WeakTensorKeyDictionary()
        self.tell(picture, "NCHW")

    def tell(self, tensor: Tensor, axes: str) -> None:
        """Notes the axes of a tensor that is known otherwise."""
        self._known[tensor] = axes

    def axes(self, tensor: Tensor) -> str | None:
        """The axes of a tensor, such as NCHW; `None` where nothing told."""
        return self._known.get(tensor)

    def map_axes(self, tensor: Tensor) -> MapAxes | None:
        """The axes of a tensor of maps; `None` where they are unknown, or those of no map."""
        axes = self.axes(tensor)
        return next((known for known in MAP_AXES if known == axes), None)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Calls the function, and notes the axes of what it gives."""
        result = func(*args, **(kwargs or {}))
        for made in _tensors([result]):
            axes = self._follow(getattr(func, "__name__", ""), args, kwargs or {}, made)
            if axes is not None:
                self.tell(made, axes)
        return result

    def _follow(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], made: Tensor
    ) -> str | None:
        if made.ndim != 4:
            return None
        if name in _CHANNELS_FIRST:
            return "NCHW"
        known = [(t, axes) for t in _tensors([*args, *kwargs.values()]) if (axes := self.axes(t))]
        if not known:
            return None
        before, axes = known[0]
        if name in ("permute", "transpose", "swapaxes", "movedim"):
            return _moved(name, args, kwargs, axes)
        if name in _REGROUPING and made.shape != before.shape:
            return None
        return axes


def split_shape(shape: torch.Size, map_axes: MapAxes) -> tuple[int, tuple[int, int]]:
    """Reads channels, and height and width, from the shape of maps."""
    if map_axes == "NCHW":
        return shape[1], (shape[2], shape[3])
    return shape[3], (shape[1], shape[2])


def _moved(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], axes: str) -> str:
    """Moves letters as the function moves axes: it is asked itself, with sizes that differ."""
    sized = torch.empty(2, 3, 5, 7, device="meta")
    named = {key: value for key, value in kwargs.items() if key != "input"}
    moved = getattr(sized, name)(*args[1:], **named)
    return "".join(axes[sized.shape.index(size)] for size in moved.shape)


def _tensors(values: Any) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)
