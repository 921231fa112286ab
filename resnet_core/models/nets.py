"""The net: stem, stages of blocks, global average pooling, classifier."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from resnet_core.config import ModelConfig
from resnet_core.errors import OutOfMemoryError
from resnet_core.models.blocks import BlockShape, build_block, build_convolution, build_norm
from resnet_core.models.initialisation import initialise


class ResNet(nn.Module):
    """A residual or plain net; its modules stand in the order in which a picture meets them.

        stem.conv [stem.norm stem.act] [stem.pool]
        stage1 .. stageK       each a Sequential of blocks: stage1.0, stage1.1, ...
        [final_norm final_act]  in pre-activation nets, whose blocks end in an addition
        pool  classifier

    Source: He et al. 2015 (arXiv 1512.03385) table 1 and sec. 4.2; He et al. 2016
    (arXiv 1603.05027) appendix.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.stem = _build_stem(config)
        channels = config.stage_channels[-1]
        numbers = range(1, len(config.stage_blocks) + 1)
        self.stage_names = tuple(f"stage{number}" for number in numbers)
        for number, name in zip(numbers, self.stage_names, strict=True):
            self.add_module(name, _build_stage(config, number))
        if config.activation_order == "pre":
            if config.norm != "none":
                self.final_norm = build_norm(channels)
            self.final_act = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(channels, config.num_classes)

    def features(self, x: Tensor) -> Tensor:
        """Maps pictures (N, in_channels, H, W) to the last maps (N, C, h, w) before pooling."""
        x = self.stem(x)
        for name in self.stage_names:
            x = getattr(self, name)(x)
        if self.config.activation_order == "pre":
            x = self.final_norm(x) if self.config.norm != "none" else x
            x = self.final_act(x)
        return x

    def forward(self, x: Tensor) -> Tensor:
        """Maps normalised pictures (N, in_channels, H, W) to logits (N, num_classes)."""
        x = self.pool(self.features(x))  # (N, C, 1, 1)
        return self.classifier(torch.flatten(x, 1))


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
    """Stem; a pre-activation net has its first norm and ReLU in the first block instead."""
    kernel_px, stride = (7, 2) if config.stem == "imagenet" else (3, 1)
    operations: OrderedDict[str, nn.Module] = OrderedDict()
    operations["conv"] = build_convolution(
        config, config.in_channels, config.stem_width, kernel_px, stride
    )
    if config.activation_order == "post":
        if config.norm != "none":
            operations["norm"] = build_norm(config.stem_width)
        operations["act"] = nn.ReLU()
    if config.stem == "imagenet":
        operations["pool"] = nn.MaxPool2d(3, stride=2, padding=1)
    return nn.Sequential(operations)


def _build_stage(config: ModelConfig, number: int) -> nn.Sequential:
    """Stage `number`, from 1; the first block of all but the first stage halves the map."""
    out_channels = config.stage_channels[number - 1]
    before = config.stage_channels[number - 2] if number > 1 else config.stem_width
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
