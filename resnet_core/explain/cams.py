"""Class activation maps from the gradient at one layer.

With A the layer's maps (C, h, w) and g the gradient of the score at them:

    Grad-CAM     ReLU( sum_c  mean(g_c) A_c )
    Grad-CAM++   ReLU( sum_c  w_c A_c ),  w_c = sum( alpha_c ReLU(g_c) )
    HiResCAM           sum_c  g_c A_c
    Layer-CAM    ReLU( sum_c  ReLU(g_c) A_c )
"""

from typing import cast

import torch
from torch import Tensor

from resnet_core.explain.captum_methods import load_captum
from resnet_core.explain.methods import method
from resnet_core.explain.settings import MethodSettings
from resnet_core.explain.target import ScoredNet
from resnet_core.probes.hooks import capture_outputs


@method(
    name="grad-cam",
    title="Grad-CAM",
    paper="Selvaraju et al. 2017, arXiv 1610.02391",
    idea="Weighs each map of the layer by the mean of its gradient.",
    needs_layer=True,
    has_layer_grid=True,
)
def grad_cam(scored: ScoredNet, picture: Tensor, layer: str, settings: MethodSettings) -> Tensor:
    """Weighs each map by the mean of its gradient, and keeps what speaks for the target.

    Returns:
        (1, h, w), not negative.

    Source: Selvaraju et al. 2017 (arXiv 1610.02391) eq. 1 and 2; computed by captum, whose own
    default leaves out the ReLU of eq. 2.
    """
    cam = load_captum().LayerGradCam(scored, scored.model.get_submodule(layer))
    return cast(Tensor, cam.attribute(picture, relu_attributions=True))[0]


@method(
    name="grad-cam++",
    title="Grad-CAM++",
    paper="Chattopadhay et al. 2018, arXiv 1710.11063",
    idea="Weighs the places of each map unequally, so that several objects all count.",
    needs_layer=True,
    has_layer_grid=True,
)
def grad_cam_plus_plus(
    scored: ScoredNet, picture: Tensor, layer: str, settings: MethodSettings
) -> Tensor:
    """Weighs the places of each map unequally, so that several objects of a class all count.

    With the exponential of the score, as the paper takes it, all derivatives are powers of g and

        alpha = g^2 / (2 g^2 + sum(A) g^3) = 1 / (2 + sum(A) g),

    where the second form needs no safeguard against a gradient that is almost zero.

    Returns:
        (1, h, w), not negative.

    Source: Chattopadhay et al. 2018 (arXiv 1710.11063) eq. 10 to 13 and 19.
    """
    maps, gradients = _record(scored, picture, layer)
    denominators = 2 + maps.sum(dim=(1, 2), keepdim=True) * gradients
    alphas = torch.where(denominators == 0, 1.0, 1 / denominators)
    weights = (alphas * gradients.relu()).sum(dim=(1, 2), keepdim=True)
    return (weights * maps).sum(dim=0, keepdim=True).relu()


@method(
    name="hirescam",
    title="HiResCAM",
    paper="Draelos and Carin 2020, arXiv 2011.08891",
    idea="Adds up gradient times activation at each place, with its sign.",
    needs_layer=True,
    has_layer_grid=True,
    is_signed=True,
)
def hires_cam(scored: ScoredNet, picture: Tensor, layer: str, settings: MethodSettings) -> Tensor:
    """Adds up gradient times activation at each place, without averaging the gradient first.

    At the last maps before global pooling and one linear layer, the map adds up to the score less
    the linear layer's bias.

    Returns:
        (1, h, w), signed.

    Source: Draelos and Carin 2020 (arXiv 2011.08891) sec. 3; the product is captum's.
    """
    attribution = load_captum().LayerGradientXActivation
    product = attribution(scored, scored.model.get_submodule(layer))
    return cast(Tensor, product.attribute(picture))[0].sum(dim=0, keepdim=True)


@method(
    name="layer-cam",
    title="Layer-CAM",
    paper="Jiang et al. 2021, IEEE TIP 30",
    idea="Weighs each place by its own gradient where positive; good in early layers.",
    needs_layer=True,
    has_layer_grid=True,
)
def layer_cam(scored: ScoredNet, picture: Tensor, layer: str, settings: MethodSettings) -> Tensor:
    """Weighs each place of each map by its own gradient where that is positive.

    Returns:
        (1, h, w), not negative.

    Source: Jiang et al. 2021 (IEEE Transactions on Image Processing 30, 5875) eq. 5 to 7.
    """
    maps, gradients = _record(scored, picture, layer)
    return (gradients.relu() * maps).sum(dim=0, keepdim=True).relu()


def _record(scored: ScoredNet, picture: Tensor, layer: str) -> tuple[Tensor, Tensor]:
    """Gives a layer's maps and the score's gradient at them, each (C, h, w)."""
    with capture_outputs(scored.model, [layer], reduce=_asking) as seen:
        score = scored(picture).sum()
    (gradients,) = torch.autograd.grad(score, seen[layer])
    return seen[layer].detach()[0], gradients[0]


def _asking(output: Tensor) -> Tensor:
    """Lets autograd begin its record here, where frozen weights would have it record nothing."""
    return output if output.requires_grad else output.requires_grad_()
