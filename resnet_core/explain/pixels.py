"""Maps at the picture's own resolution, all captum's: gradients at pixels, and covering them."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor

from resnet_core.explain.captum_methods import load_captum
from resnet_core.explain.draws import draw_until_alike
from resnet_core.explain.methods import method
from resnet_core.explain.settings import MethodSettings
from resnet_core.explain.target import ScoredNet


def _squares(settings: MethodSettings, channels: int, side: int) -> int:
    patch, stride = settings.patch_px(side), settings.stride_px(side)
    return 1 + (-(-(side - patch) // stride) + 1) ** 2


@method(
    name="guided-grad-cam",
    title="Guided Grad-CAM",
    paper="Selvaraju et al. 2017, arXiv 1610.02391",
    idea="Guided backpropagation inside the Grad-CAM map.",
    reduction="largest",
    needs_layer=True,
    num_pictures=lambda settings, channels, side: 2,
)
def guided_grad_cam(
    scored: ScoredNet, picture: Tensor, layer: str, settings: MethodSettings
) -> Tensor:
    """Guided backpropagation times the enlarged Grad-CAM map.

    Returns:
        (C, H, W), signed.

    Source: Selvaraju et al. 2017 (arXiv 1610.02391) sec. 3.2, bilinear enlargement as there.
    """
    guided = load_captum().GuidedGradCam(scored, scored.model.get_submodule(layer))
    with _quiet():
        product = guided.attribute(_asking(picture), interpolate_mode="bilinear")
    return cast(Tensor, product)[0]


@method(
    name="guided-backprop",
    title="Guided backprop",
    paper="Springenberg et al. 2015, arXiv 1412.6806",
    idea="Gradient at the pixels, negative parts dropped at each ReLU; sharp, and hardly "
    "dependent on the class.",
    reduction="largest",
)
def guided_backprop(
    scored: ScoredNet, picture: Tensor, layer: str, settings: MethodSettings
) -> Tensor:
    """Gradient at each pixel, with everything negative dropped at each ReLU on the way back.

    Returns:
        (C, H, W), signed.

    Source: Springenberg et al. 2015 (arXiv 1412.6806) sec. 3.4.
    """
    with _quiet():
        return cast(Tensor, load_captum().GuidedBackprop(scored).attribute(_asking(picture)))[0]


@method(
    name="integrated-gradients",
    title="Integrated gradients",
    paper="Sundararajan et al. 2017, arXiv 1703.01365",
    idea="Adds gradients along the way from the mean colour to the picture.",
    is_signed=True,
    starts_with_picture=False,
    num_pictures=lambda settings, channels, side: 1 + settings.num_steps,
)
def integrated_gradients(
    scored: ScoredNet, picture: Tensor, layer: str, settings: MethodSettings
) -> Tensor:
    """Gradients along the straight path from the mean colour to the picture, times the way.

    They add up to the score's rise along that path.

    Returns:
        (C, H, W), signed.

    Source: Sundararajan et al. 2017 (arXiv 1703.01365) eq. 1.
    """
    gradients = load_captum().IntegratedGradients(scored)
    integral = gradients.attribute(
        picture,
        baselines=torch.zeros_like(picture),
        n_steps=settings.num_steps,
        internal_batch_size=settings.batch_size,
    )
    return cast(Tensor, integral)[0]


@method(
    name="saliency",
    title="Saliency",
    paper="Simonyan et al. 2014, arXiv 1312.6034",
    idea="Size of the gradient at each pixel.",
    reduction="largest",
)
def saliency(scored: ScoredNet, picture: Tensor, layer: str, settings: MethodSettings) -> Tensor:
    """Gradient of the score at each pixel.

    Returns:
        (C, H, W), signed.

    Source: Simonyan et al. 2014 (arXiv 1312.6034) sec. 3.
    """
    return cast(Tensor, load_captum().Saliency(scored).attribute(_asking(picture), abs=False))[0]


@method(
    name="smoothgrad",
    title="SmoothGrad",
    paper="Smilkov et al. 2017, arXiv 1706.03825",
    idea="Mean gradient over noisy copies of the picture, so many that two draws agree.",
    reduction="largest",
    starts_with_picture=False,
    num_pictures=lambda settings, channels, side: (
        1 + 2 * max(settings.num_samples, settings.most_samples)
    ),
)
def smooth_grad(scored: ScoredNet, picture: Tensor, layer: str, settings: MethodSettings) -> Tensor:
    """Mean of the gradients at noisy copies of the picture, as many as two draws need to agree.

    Returns:
        (C, H, W), signed; `scored` keeps how far the draws agree.

    Source: Smilkov et al. 2017 (arXiv 1706.03825) sec. 3.
    """
    captum = load_captum()
    tunnel = captum.NoiseTunnel(captum.Saliency(scored))
    std = settings.noise_share * float(picture.max() - picture.min())

    def mean_of_samples(num_samples: int, seed: int) -> Tensor:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            smooth = tunnel.attribute(
                _asking(picture),
                nt_type="smoothgrad",
                nt_samples=num_samples,
                nt_samples_batch_size=min(settings.batch_size, num_samples),
                stdevs=std,
                abs=False,
            )
        return cast(Tensor, smooth)[0]

    values, scored.draws = draw_until_alike(mean_of_samples, settings)
    return values


@method(
    name="occlusion",
    title="Occlusion",
    paper="Zeiler and Fergus 2014, arXiv 1311.2901",
    idea="Covers the picture square by square and reads how far the score falls; no gradient.",
    reduction="mean",
    is_signed=True,
    num_pictures=_squares,
)
def occlusion(scored: ScoredNet, picture: Tensor, layer: str, settings: MethodSettings) -> Tensor:
    """Fall of the score when a square of the mean colour covers each place.

    Returns:
        (C, H, W), signed, the same for all channels, mean over the squares that cover a pixel.

    Source: Zeiler and Fergus 2014 (arXiv 1311.2901) sec. 4.2.
    """
    channels, side = picture.shape[1], min(picture.shape[2:])
    patch, stride = settings.patch_px(side), settings.stride_px(side)
    covering = load_captum().Occlusion(scored)
    fall = covering.attribute(
        picture,
        sliding_window_shapes=(channels, patch, patch),
        strides=(channels, stride, stride),
        baselines=0.0,
        perturbations_per_eval=settings.batch_size,
    )
    return cast(Tensor, fall)[0]


def _asking(picture: Tensor) -> Tensor:
    """A copy that asks for its gradient; captum would otherwise switch that on in the caller's."""
    return picture.detach().clone().requires_grad_()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Drops captum's announcement that it hooks the ReLUs, which it makes at every call."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Setting backward hooks on ReLU")
        yield
