"""Dense blocks: every block appends its maps to its input, which all later ones then see.

    x ── norm1 act1 conv1 [norm2 act2 conv2] ──(concat)──►      conv2 in bottlenecks
     └──────────────────────────────────────────┘

Between two stages a transition lets a share of the channels through and halves height and width.
A stage here is what the paper calls a dense block, a block what it calls a layer.

Source: Huang et al. 2017 (arXiv 1608.06993) sec. 3, fig. 1 and 2.
"""

from collections import OrderedDict

from torch import Tensor, nn

from resnet_core.config import ModelConfig
from resnet_core.models.convolutions import build_convolution, build_listed_convolution, build_norm
from resnet_core.models.operations import Concatenation, TransitionPooling


class DenseBlock(nn.Module):
    """One dense block; the names of its operations stand in `branch` in forward order."""

    def __init__(self, config: ModelConfig, in_channels: int, growth: int) -> None:
        super().__init__()
        names: list[str] = []
        listed = config.family.convolutions(config, in_channels, growth, growth)
        operations: list[tuple[str, nn.Module]] = []
        for number, each in enumerate(listed, start=1):
            convolution = build_listed_convolution(config, each)
            operations += _composite(config, convolution, f"{number}").items()
        if config.family.ending is not None:
            operations += config.family.ending(config, growth)
        for name, operation in operations:
            self.add_module(name, operation)
            names.append(name)
        self.branch = tuple(names)
        self.concat = Concatenation()

    def forward(self, x: Tensor) -> Tensor:
        """Maps (N, C, H, W) to (N, C + growth, H, W)."""
        new = x
        for name in self.branch:
            new = getattr(self, name)(new)
        return self.concat(x, new)


def build_dense_stage(config: ModelConfig, number: int) -> nn.Sequential:
    """Stage `number`, from 1: a `transition` in all but the first, then its blocks."""
    stage = nn.Sequential()
    growth = config.stage_widths[number - 1]
    num_blocks = config.stage_blocks[number - 1]
    channels = config.stage_channels[number - 1] - num_blocks * growth
    if number > 1:
        before = config.stage_channels[number - 2]
        stage.add_module("transition", build_transition(config, before, channels))
    for index in range(num_blocks):
        stage.add_module(f"{index}", DenseBlock(config, channels + index * growth, growth))
    return stage


def build_transition(config: ModelConfig, in_channels: int, out_channels: int) -> nn.Sequential:
    """What stands between two stages: `norm act conv pool`."""
    operations = _composite(config, build_convolution(config, in_channels, out_channels, 1), "")
    return nn.Sequential(OrderedDict(operations | {"pool": TransitionPooling()}))


def _composite(config: ModelConfig, convolution: nn.Conv2d, number: str) -> dict[str, nn.Module]:
    """Norm, ReLU, convolution: the paper's composite function H."""
    norm = {} if config.norm == "none" else {"norm": build_norm(config, convolution.in_channels)}
    operations = {**norm, "act": nn.ReLU(), "conv": convolution}
    return {f"{name}{number}": operation for name, operation in operations.items()}
