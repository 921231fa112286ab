"""Score-CAM: maps weighed by what the net says when it sees the picture through them."""

import torch
from torch import Tensor
from torch.nn import functional

from resnet_core.explain.methods import method
from resnet_core.explain.settings import MethodSettings
from resnet_core.explain.target import ScoredNet
from resnet_core.probes.hooks import capture_outputs


@method(
    name="score-cam",
    title="Score-CAM",
    paper="Wang et al. 2020, arXiv 1910.01279",
    idea="Shows the net the picture through each map and weighs by its answer; no gradient.",
    needs_layer=True,
    has_layer_grid=True,
    num_pictures=lambda settings, channels, side: 1 + channels,
)
@torch.no_grad()
def score_cam(scored: ScoredNet, picture: Tensor, layer: str, settings: MethodSettings) -> Tensor:
    """Multiplies the picture by each map, reads the scores, and adds the maps up by softmax.

    The increase over a baseline picture, as the paper has it, differs from the score by a constant
    that softmax does not see.  The masked pictures go through the net in batches.

    Returns:
        (1, h, w), not negative.

    Source: Wang et al. 2020 (arXiv 1910.01279) eq. 4 to 7.
    """
    with capture_outputs(scored.model, [layer]) as seen:
        scored(picture)
    maps = seen[layer][0]  # (C, h, w)
    scores = [scored(picture * _masks(chunk, picture)) for chunk in maps.split(settings.batch_size)]
    weights = torch.cat(scores).softmax(dim=0)
    return (weights[:, None, None] * maps).sum(dim=0, keepdim=True).relu()


def _masks(maps: Tensor, picture: Tensor) -> Tensor:
    """Enlarges maps (B, h, w) to the picture, each scaled to 0..1; (B, 1, H, W)."""
    size = list(picture.shape[2:])
    large = functional.interpolate(maps[:, None], size, mode="bilinear", align_corners=False)
    low, high = large.amin(dim=(2, 3), keepdim=True), large.amax(dim=(2, 3), keepdim=True)
    # A flat map says nothing about places: it masks everything.
    return (large - low) / torch.where(high > low, high - low, 1.0)
