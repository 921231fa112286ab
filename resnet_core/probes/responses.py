"""Layer responses: how strongly each 3x3 convolution speaks, as in He et al. 2015, fig. 7."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from resnet_core.data import Batch
from resnet_core.devices import where_doubles_are
from resnet_core.models import ResNet, dropped_blocks, weight_layers
from resnet_core.probes.gradients import layer_depths
from resnet_core.probes.hooks import borrowed, capture_outputs
from resnet_core.probes.spread import distinct


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerResponses:
    """Standard deviation of the response of each of L layers."""

    label: str
    """What figures call the net."""
    is_plain: bool
    """Whether the net has no shortcuts."""
    layers: tuple[str, ...]
    """The 3x3 convolutions, in depth order."""
    depths: np.ndarray
    """Layers of the main path up to and including each, (L,) int64."""
    stds: np.ndarray
    """Standard deviation over channels, pictures and places, (L,) float64."""

    @property
    def sorted_stds(self) -> np.ndarray:
        """The same, strongest first, (L,)."""
        return np.sort(self.stds)[::-1]

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        return (
            f"Half of its {len(self.stds)} layers respond with less than "
            f"{self.median:.3f}, the strongest with {self.stds.max():.2f} "
            f"({self.layers[int(self.stds.argmax())]})."
        )

    @property
    def median(self) -> float:
        """Median of the responses over the layers."""
        return float(np.median(self.stds))


def compare_responses_sentence(nets: Sequence[LayerResponses]) -> str:
    """Says how residual and plain nets differ in their median, and if He et al. found the same.

    Without both kinds it tells the medians.
    """
    written = dict(zip(nets, distinct([net.median for net in nets], fewest_digits=3), strict=True))
    kinds = {plain: [net for net in nets if net.is_plain is plain] for plain in (False, True)}
    said = {
        plain: " and ".join(f"{written[net]} in {net.label}" for net in found)
        for plain, found in kinds.items()
    }
    if not (kinds[False] and kinds[True]):
        missing = "plain" if kinds[False] else "residual"
        words = f"The median response is {said[False] or said[True]}: choose a {missing} net too"
        return f"{words}, to see what the skip does to it."
    residual, plain = ([net.median for net in kinds[kind]] for kind in (False, True))
    which = "is not the same in every pair, so these nets do not show what He et al. 2015 found"
    if max(residual) < min(plain):
        which = "is lower in every residual net here, as He et al. 2015 found"
    elif min(residual) > max(plain):
        which = "is lower in every plain net here, the opposite of what He et al. 2015 found"
    return (
        f"The median response {which}: {said[False]} against {said[True]}. Each is one training; "
        "how much seeds differ is not known."
    )


def measure_layer_responses(model: ResNet, batch: Batch, label: str) -> LayerResponses:
    """Measures a trained net in evaluation mode; it is given back as it was.

    A response is what leaves the layer after batch norm, before ReLU and addition.  A convolution
    that no norm follows (without normalisation, or at the end of a pre-activation branch) responds
    with its own output.

    Source: He et al. 2015 (arXiv 1512.03385), sec. 4.2, "Analysis of Layer Responses".
    """
    points = response_points(model)
    with (
        borrowed(model, training=False),
        torch.no_grad(),
        capture_outputs(model, tuple(points.values()), reduce=_std) as stds,
    ):
        model(batch.images)
    layers = weight_layers(model)
    depths = dict(zip(layers, layer_depths(layers), strict=True))
    return LayerResponses(
        label=label,
        is_plain=model.config.is_plain,
        layers=tuple(points),
        depths=np.array([depths[path] for path in points]),
        stds=torch.stack([stds[point] for point in points.values()]).cpu().numpy(),
    )


def response_points(model: ResNet) -> dict[str, str]:
    """Path of each 3x3 convolution to the path at whose output its response is read.

    Those of dropped blocks respond to nothing and are left out.
    """
    modules = dict(model.named_modules())
    silent = tuple(f"{path}." for path in dropped_blocks(model))
    points = {}
    for path, module in modules.items():
        is_3x3 = isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3)
        if is_3x3 and not path.startswith(silent):
            norm = path.replace("conv", "norm")
            follows = model.config.activation_order != "pre" or path == "stem.conv"
            points[path] = norm if follows and norm in modules else path
    return points


def _std(tensor: Tensor) -> Tensor:
    return where_doubles_are(tensor.detach()).double().std()
