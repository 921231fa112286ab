"""The methods, each with its paper, what it needs and what it costs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from resnet_core.errors import ProbeError
from resnet_core.explain.cams import grad_cam, grad_cam_plus_plus, hires_cam, layer_cam
from resnet_core.explain.pixels import (
    guided_backprop,
    guided_grad_cam,
    integrated_gradients,
    occlusion,
    saliency,
    smooth_grad,
)
from resnet_core.explain.score_cam import score_cam
from resnet_core.explain.settings import MethodSettings
from resnet_core.explain.target import Scored

Compute = Callable[[Scored, Tensor, str, MethodSettings], Tensor]
"""(net with target, picture (1, C, H, W), layer path or "", knobs) to a map (K, h, w)."""
Reduction = Literal["sum", "largest", "mean"]


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to ask where the net looks."""

    name: str
    """What the command line and manifests call it."""
    title: str
    """What pages call it."""
    paper: str
    """Authors, year and address of its source."""
    idea: str
    """What it does, one sentence."""
    compute: Compute
    """Computes its map of K channels."""
    reduction: Reduction = "sum"
    """How K channels become one map: their sum, their mean, or the largest magnitude."""
    needs_layer: bool = False
    """Whether it looks at one layer."""
    has_layer_grid: bool = False
    """Whether the map has the layer's grid of cells, and not the picture's pixels."""
    is_signed: bool = False
    """Whether its map has negative values, which speak against the target."""
    starts_with_picture: bool = True
    """Whether its first pass is the picture as it is."""
    num_pictures: Callable[[MethodSettings, int, int], int] = lambda settings, channels, side: 1
    """Pictures that pass through the net, from knobs, layer channels and picture side."""


def _squares(settings: MethodSettings, channels: int, side: int) -> int:
    patch, stride = settings.patch_px(side), settings.stride_px(side)
    return 1 + (-(-(side - patch) // stride) + 1) ** 2


_METHODS = (
    Method(
        name="grad-cam",
        title="Grad-CAM",
        paper="Selvaraju et al. 2017, arXiv 1610.02391",
        idea="Weighs each map of the layer by the mean of its gradient.",
        compute=grad_cam,
        needs_layer=True,
        has_layer_grid=True,
    ),
    Method(
        name="grad-cam++",
        title="Grad-CAM++",
        paper="Chattopadhay et al. 2018, arXiv 1710.11063",
        idea="Weighs the places of each map unequally, so that several objects all count.",
        compute=grad_cam_plus_plus,
        needs_layer=True,
        has_layer_grid=True,
    ),
    Method(
        name="hirescam",
        title="HiResCAM",
        paper="Draelos and Carin 2020, arXiv 2011.08891",
        idea="Adds up gradient times activation at each place, with its sign.",
        compute=hires_cam,
        needs_layer=True,
        has_layer_grid=True,
        is_signed=True,
    ),
    Method(
        name="layer-cam",
        title="Layer-CAM",
        paper="Jiang et al. 2021, IEEE TIP 30",
        idea="Weighs each place by its own gradient where positive; good in early layers.",
        compute=layer_cam,
        needs_layer=True,
        has_layer_grid=True,
    ),
    Method(
        name="score-cam",
        title="Score-CAM",
        paper="Wang et al. 2020, arXiv 1910.01279",
        idea="Shows the net the picture through each map and weighs by its answer; no gradient.",
        compute=score_cam,
        needs_layer=True,
        has_layer_grid=True,
        num_pictures=lambda settings, channels, side: 1 + channels,
    ),
    Method(
        name="guided-grad-cam",
        title="Guided Grad-CAM",
        paper="Selvaraju et al. 2017, arXiv 1610.02391",
        idea="Guided backpropagation inside the Grad-CAM map.",
        compute=guided_grad_cam,
        reduction="largest",
        needs_layer=True,
        num_pictures=lambda settings, channels, side: 2,
    ),
    Method(
        name="guided-backprop",
        title="Guided backprop",
        paper="Springenberg et al. 2015, arXiv 1412.6806",
        idea="Gradient at the pixels, negative parts dropped at each ReLU; sharp, and hardly "
        "dependent on the class.",
        compute=guided_backprop,
        reduction="largest",
    ),
    Method(
        name="integrated-gradients",
        title="Integrated gradients",
        paper="Sundararajan et al. 2017, arXiv 1703.01365",
        idea="Adds gradients along the way from the mean colour to the picture.",
        compute=integrated_gradients,
        is_signed=True,
        starts_with_picture=False,
        num_pictures=lambda settings, channels, side: 1 + settings.num_steps,
    ),
    Method(
        name="saliency",
        title="Saliency",
        paper="Simonyan et al. 2014, arXiv 1312.6034",
        idea="Size of the gradient at each pixel.",
        compute=saliency,
        reduction="largest",
    ),
    Method(
        name="smoothgrad",
        title="SmoothGrad",
        paper="Smilkov et al. 2017, arXiv 1706.03825",
        idea="Mean gradient over noisy copies of the picture.",
        compute=smooth_grad,
        reduction="largest",
        starts_with_picture=False,
        num_pictures=lambda settings, channels, side: 1 + settings.num_samples,
    ),
    Method(
        name="occlusion",
        title="Occlusion",
        paper="Zeiler and Fergus 2014, arXiv 1311.2901",
        idea="Covers the picture square by square and reads how far the score falls; no gradient.",
        compute=occlusion,
        reduction="mean",
        is_signed=True,
        num_pictures=_squares,
    ),
)
_BY_NAME = {method.name: method for method in _METHODS}
assert len(_BY_NAME) == len(_METHODS), "Two methods share a name."


def list_methods() -> tuple[Method, ...]:
    """Lists all methods, the quick ones of one layer first."""
    return _METHODS


def find_method(name: str) -> Method:
    """Looks a method up by its name.

    Raises:
        ProbeError: for an unknown name; the message lists the known ones.
    """
    if name not in _BY_NAME:
        raise ProbeError(f"There is no method '{name}': use {', '.join(_BY_NAME)}.")
    return _BY_NAME[name]
