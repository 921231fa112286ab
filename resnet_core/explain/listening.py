"""A place behind a layer where any method finds its maps, whatever the net does with them next.

A method hears what leaves a module. Where that is written over in place (VGG's and DenseNet's ReLU,
the addition of torchvision's residual nets) it would hear what comes after; where channels stand
last (Swin), it would take a row for a channel; and of a module that is called several times it
would hear several. So a question is put to a module of its own that stands behind the layer's last
call for as long as the question takes.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from resnet_core.probes.own_nets import SpatialLayer

LISTENING_PLACE = "place"
"""Path of the place in the net that `listening` lends."""


class _ListenedNet(nn.Module):
    def __init__(self, net: nn.Module, layer: SpatialLayer) -> None:
        super().__init__()
        self.net, self.place = net, nn.Identity()
        self._layer, self._num_calls = layer, 0

    def forward(self, pictures: Tensor) -> Tensor:
        self._num_calls = 0
        return self.net(pictures)

    def listen(self, _module: nn.Module, _inputs: Any, output: Tensor) -> Tensor | None:
        self._num_calls += 1
        if self._num_calls < self._layer.num_calls:
            return None
        if self._layer.map_axes == "NCHW":
            return self.place(output).clone()  # the net may write into this one
        return self.place(output.permute(0, 3, 1, 2)).permute(0, 2, 3, 1).clone()


@contextlib.contextmanager
def listening(model: nn.Module, layer: SpatialLayer) -> Iterator[nn.Module]:
    """Lends a net that answers as the given one, with `LISTENING_PLACE` behind one of its layers.

    Args:
        model: any net; nothing of it is changed, and its hook is taken away afterwards.
        layer: one of those that `list_spatial_layers` found in it.
    """
    listened = _ListenedNet(model, layer)
    handle = model.get_submodule(layer.path).register_forward_hook(listened.listen)
    try:
        yield listened
    finally:
        handle.remove()
