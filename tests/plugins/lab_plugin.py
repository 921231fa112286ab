"""A plugin as somebody outside would write it: a block, an operation, a net, a map, a quantity."""

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from resnet_core.config import Convolution, ModelConfig, block_family
from resnet_core.explain.methods import method
from resnet_core.models import register_net
from resnet_core.models.geometry import Rules, operation
from resnet_core.probes.hooks import capture_outputs
from resnet_core.runs.quantities import FlowQuantity, measures
from resnet_core.training.observe import activation_paths


@operation(
    Rules(
        kind="scale",
        label="x channel",
        keeps_inputs=True,
        formula=r"\mathrm{each}",
        initialise=lambda module, draw: nn.init.constant_(module.weight, 0.5),
    )
)
class ChannelScale(nn.Module):
    """One learned factor a channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight


@block_family(
    "single",
    word="single: 5x5",
    paper=("Nobody 2026, Single blocks, eq. 1", "0000.00000"),
    ending=lambda net, channels: [("each", ChannelScale(channels))],
)
def single(net: ModelConfig, entering: int, width: int, leaving: int) -> tuple[Convolution, ...]:
    return (Convolution(5, entering, leaving, is_strided=True),)


register_net(
    ModelConfig(
        name="single8",
        block=f"{__name__}:single",
        stage_blocks=(2, 2),
        stage_widths=(4, 8),
        stem_width=4,
    )
)


@method(
    name="mean-map",
    title="Mean of maps",
    paper="Nobody 2026",
    idea="The plain mean of the layer's maps.",
    needs_layer=True,
    has_layer_grid=True,
)
def mean_map(scored, picture, layer, settings) -> Tensor:
    with capture_outputs(scored.model, [layer]) as seen:
        scored(picture)
    return seen[layer].detach()[0].mean(dim=0, keepdim=True)


@measures(
    FlowQuantity("peak", "Largest activation", "largest value", "log", "activation"),
    at=activation_paths,
)
@contextlib.contextmanager
def observe_peaks(model: nn.Module) -> Iterator[dict[str, Tensor]]:
    profile: dict[str, Tensor] = {}
    with capture_outputs(model, activation_paths(model)) as seen:
        yield profile
    profile["peak"] = torch.stack([seen[path].max() for path in activation_paths(model)])
