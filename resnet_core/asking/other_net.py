"""A net of others, ready to be asked: it sees, answers, explains and gives maps as the lab's do."""

import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from resnet_core.asking.asked import AskedNet
from resnet_core.asking.net_sources import NetSource
from resnet_core.devices import resolve_device
from resnet_core.errors import ProbeError
from resnet_core.explain import (
    Attribution,
    Question,
    find_method,
)
from resnet_core.explain.own_nets import attribute_own_net
from resnet_core.others import OtherCard, OtherRequest, build_other
from resnet_core.others.layers import LayerTable, trace_layers
from resnet_core.others.maps import measure_other_maps
from resnet_core.probes.features import FeatureMaps
from resnet_core.probes.own_nets import SpatialLayer
from resnet_core.progress import Progress, ignore_progress


@dataclass(frozen=True, kw_only=True, eq=False)
class OtherNet(AskedNet[nn.Module]):
    """A net of others that is loaded and can be asked."""

    card: OtherCard
    request: OtherRequest
    """What it was loaded by."""
    table: LayerTable
    """Its layers with height and width, as one traced pass found them."""

    @property
    def key(self) -> tuple[object, ...]:
        """Changes whenever the weights, or what a person says of the net, do."""
        return (self.source.key,)

    @property
    def layers(self) -> tuple[SpatialLayer, ...]:
        """Every module whose output has height and width, in the order in which they end."""
        return self.table.layers

    @property
    def coarse(self) -> tuple[SpatialLayer, ...]:
        """The layers that are no part of another one, but for plain containers."""
        return self.table.coarse

    @property
    def layers_problem(self) -> str:
        """Why there are no maps to look at, in a sentence; empty where there are."""
        return self.table.problem

    def layer_paths(self) -> tuple[str, ...]:
        """Paths of the coarse layers, in forward order.

        Raises:
            ProbeError: where no layer has a map worth looking at.
        """
        self._require_maps()
        return tuple(layer.path for layer in self.coarse)

    def find_layer(self, path: str) -> SpatialLayer:
        """Looks a layer with height and width up.

        Raises:
            ProbeError: for any other path; it names the nearest.
        """
        self._require_maps()
        by_path = {layer.path: layer for layer in self.layers}
        if path not in by_path:
            near = difflib.get_close_matches(path, by_path, n=3) or [self.table.first]
            raise ProbeError(
                f"{self.card.name} has no layer '{path}' with height and width: did you mean "
                f"{', '.join(near)}?"
            )
        return by_path[path]

    def describe_path(self, path: str) -> str:
        """Says what a map of the layer can show.

        Raises:
            ProbeError: for a layer that is not there or has no map.
        """
        height, width = self.find_layer(path).map_size_px
        cell_px = self.card.image_size_px / height
        return (
            f"The map of {path} has {height}x{width} cells, one for each {cell_px:.3g} px of the "
            "picture; how much more of it each of them sees is not known of nets of others."
        )

    def attribute(
        self,
        model: nn.Module,
        picture: Tensor,
        question: Question,
        progress: Progress = ignore_progress,
    ) -> Attribution:
        """Answers a question about a picture (1, C, S, S) by its model, which is lent or a copy."""
        if find_method(question.method).needs_layer:
            self.find_layer(question.layer)
        return attribute_own_net(model, picture, question, progress)

    def _deepest_path(self) -> str:
        return self.table.first

    def _map_size_px(self, path: str) -> tuple[int, int]:
        return self.find_layer(path).map_size_px

    def _measure_maps(
        self, model: nn.Module, picture: Tensor, paths: Sequence[str]
    ) -> tuple[FeatureMaps, ...]:
        return measure_other_maps(model, picture, [self.find_layer(path) for path in paths])


def load_other(
    request: OtherRequest, *, device: str = "cpu", progress: Progress = ignore_progress
) -> OtherNet:
    """Builds a net of others, fills it where a file is given, and lists its layers.

    Args:
        request: the net.
        device: where it goes.
        progress: told before each part; it may cancel.

    Raises:
        CheckpointError: when it cannot be built, its weights do not fit, or it gives no logits.
        ConfigError: for a size, a mean or names of classes that cannot be.
        DeviceError: when this machine does not have the device.
        CancelledError: if `progress` cancels.
    """
    target = resolve_device(device)
    built = build_other(request, progress)
    card, model = built.card, built.model.to(target)
    side = card.image_size_px
    picture = torch.zeros(1, card.model.in_channels, side, side, device=target)
    progress("Tracing its layers")
    return OtherNet(
        model=model,
        card=card,
        device=target,
        source=_source(request, card),
        request=request,
        table=trace_layers(model, picture, card.name),
    )


def _source(request: OtherRequest, card: OtherCard) -> NetSource:
    weights = f"with {Path(request.weights).name}" if request.weights is not None else "untrained"
    key = hashlib.sha256(repr((card, request.code, request.seed)).encode()).hexdigest()[:16]
    return NetSource(title=f"{card.name}, {weights}", key=key, name=request.name, seed=request.seed)
