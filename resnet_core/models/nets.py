"""The net: stem, stages of blocks, global average pooling, classifier."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from resnet_core.config import Intervention, ModelConfig
from resnet_core.errors import OutOfMemoryError
from resnet_core.models.blocks import BlockShape, build_block
from resnet_core.models.convolutions import build_convolution, build_norm
from resnet_core.models.dense import build_dense_stage
from resnet_core.models.initialisation import initialise
from resnet_core.models.operations import BlurPooling, LearnedShift


class ResNet(nn.Module):
    """A residual, plain or dense net; its modules stand in the order in which a picture meets them.

        stem.conv [stem.norm stem.act] [stem.pool]      a deep stem goes on with conv2, conv3
        stage1 .. stageK       each a Sequential of blocks: stage1.0, stage1.1, ...; a dense net's
                               begin with a transition from the second on: stage2.transition
        [final_norm] [final_act]  in pre-activation nets, whose blocks end in an addition, and in
                               dense nets
        pool [final_shift] classifier

    Source: He et al. 2015 (arXiv 1512.03385) table 1 and sec. 4.2; He et al. 2016
    (arXiv 1603.05027) appendix; Huang et al. 2017 (arXiv 1608.06993) table 1.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.interventions: tuple[Intervention, ...] = ()  # what `apply_interventions` left
        self.frozen_blocks: tuple[str, ...] = ()  # what `freeze_blocks` holds still
        self.stem = _build_stem(config)
        channels = config.stage_channels[-1]
        numbers = range(1, len(config.stage_blocks) + 1)
        self.stage_names = tuple(f"stage{number}" for number in numbers)
        build_stage = build_dense_stage if config.is_dense else _build_stage
        for number, name in zip(numbers, self.stage_names, strict=True):
            self.add_module(name, build_stage(config, number))
        if config.activation_order == "pre" and config.norm != "none" and config.final_norm:
            self.final_norm = build_norm(config, channels)
        if config.activation_order in ("pre", "relu_only_pre") and config.final_norm:
            self.final_act = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        if config.branch_scale == "fixup":
            self.final_shift = LearnedShift()
        self.classifier = nn.Linear(channels, config.num_classes)

    def features(self, x: Tensor) -> Tensor:
        """Maps pictures (N, in_channels, H, W) to the last maps (N, C, h, w) before pooling."""
        x = self.stem(x)
        for name in self.stage_names:
            x = getattr(self, name)(x)
        return self.finish(x)

    def finish(self, x: Tensor) -> Tensor:
        """Applies what a pre-activation net has after its last block; others return x as it is."""
        if not self.config.final_norm:
            return x
        if self.config.activation_order == "pre" and self.config.norm != "none":
            x = self.final_norm(x)
        if self.config.activation_order in ("pre", "relu_only_pre"):
            x = self.final_act(x)
        return x

    def train(self, mode: bool = True) -> "ResNet":
        """Sets training mode, but for the batch norms of frozen blocks."""
        super().train(mode)
        for path in self.frozen_blocks:
            for module in self.get_submodule(path).modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Maps normalised pictures (N, in_channels, H, W) to logits (N, num_classes)."""
        return self.classifier(self.pooled(x))

    def pooled(self, x: Tensor) -> Tensor:
        """Maps normalised pictures (N, in_channels, H, W) to what the classifier reads (N, C)."""
        x = self.pool(self.features(x))  # (N, C, 1, 1)
        if self.config.branch_scale == "fixup":
            x = self.final_shift(x)
        return torch.flatten(x, 1)


def build_model(config: ModelConfig, *, seed: int = 0) -> ResNet:
    """Builds a net on the CPU whose initial weights depend on config and seed alone.

    Each parameter is drawn from a generator of its own, seeded by (seed, dotted path): two nets
    start with equal weights wherever name and shape agree, so a residual net and its plain twin
    start identical.  torch's global generator is left as it was.

    Raises:
        OutOfMemoryError: for a net whose weights do not fit into this machine.
    """
    model = build_on_meta(config)
    try:
        _allocate(model)
    except (RuntimeError, MemoryError) as exc:  # the CPU's allocator raises a bare RuntimeError
        needed = sum(parameter.numel() for parameter in model.parameters()) * 4 / 2**30
        raise OutOfMemoryError(
            f"{config.name} needs {needed:.0f} GiB for its weights, more than this machine can "
            "give: choose smaller widths or fewer blocks."
        ) from exc
    initialise(model, config, seed=seed)
    return model


def build_on_meta(config: ModelConfig) -> ResNet:
    """Builds a net without memory: shapes only, on torch's meta device."""
    with torch.device("meta"):
        return ResNet(config)


def _build_stem(config: ModelConfig) -> nn.Sequential:
    """Stem; a pre-activation net has its last norm and ReLU in the first block instead.

    A dense net that pools keeps them, so that the pooling compares rectified numbers.
    """
    operations: OrderedDict[str, nn.Module] = OrderedDict()
    convolutions = _stem_convolutions(config)
    keeps_ending = (config.is_dense and config.pools_in_stem) or config.stem_norm
    has_last_norm = keeps_ending or config.activation_order != "pre"
    has_last_act = keeps_ending or config.activation_order not in ("pre", "relu_only_pre")
    for number, convolution in enumerate(convolutions, start=1):
        ending = "" if number == 1 else str(number)
        is_last = number == len(convolutions)
        operations[f"conv{ending}"] = convolution
        if config.norm != "none" and (has_last_norm or not is_last):
            operations[f"norm{ending}"] = build_norm(config, convolution.out_channels)
        if config.branch_scale == "fixup":
            operations[f"shift{ending}"] = LearnedShift()
        if has_last_act or not is_last:
            operations[f"act{ending}"] = nn.ReLU()
    if config.pools_in_stem:
        stride = 1 if config.family.blurs else 2
        operations["pool"] = nn.MaxPool2d(3, stride=stride, padding=1)
        if config.family.blurs:
            operations["blur"] = BlurPooling()
    return nn.Sequential(operations)


def _stem_convolutions(config: ModelConfig) -> list[nn.Conv2d]:
    width = config.stem_width
    if config.stem == "imagenet":
        return [build_convolution(config, config.in_channels, width, 7, 2)]
    if config.stem in ("cifar", "pointwise"):
        kernel_px = 3 if config.stem == "cifar" else 1
        return [build_convolution(config, config.in_channels, width, kernel_px)]
    first = 3 * width // 8 if config.stem == "tiered" else width // 2
    return [
        build_convolution(config, config.in_channels, first, 3, 2),
        build_convolution(config, first, width // 2, 3),
        build_convolution(config, width // 2, width, 3),
    ]


def _build_stage(config: ModelConfig, number: int) -> nn.Sequential:
    """Stage `number`, from 1; the first block of all but the first stage halves the map."""
    out_channels = config.stage_channels[number - 1]
    before = config.stage_channels[number - 2] if number > 1 else config.stem_width
    blocks_before = sum(config.stage_blocks[: number - 1])
    return nn.Sequential(
        *(
            build_block(
                config,
                BlockShape(
                    in_channels=before if index == 0 else out_channels,
                    width=config.stage_widths[number - 1],
                    out_channels=out_channels,
                    stride=2 if number > 1 and index == 0 else 1,
                    is_first=number == 1 and index == 0,
                    depth_share=(blocks_before + index + 1) / sum(config.stage_blocks),
                ),
            )
            for index in range(config.stage_blocks[number - 1])
        )
    )


def _allocate(model: nn.Module) -> None:
    """Gives every parameter and buffer memory on the CPU, not yet filled.

    `Module.to_empty` does the same, but asks the meta device's Python kernels, whose first use
    imports a computer algebra system (0.6 s).
    """
    for module in model.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            empty = torch.empty(parameter.shape, dtype=parameter.dtype, device="cpu")
            setattr(module, name, nn.Parameter(empty))
        for name, buffer in list(module.named_buffers(recurse=False)):
            empty = torch.empty(buffer.shape, dtype=buffer.dtype, device="cpu")
            setattr(module, name, empty)
