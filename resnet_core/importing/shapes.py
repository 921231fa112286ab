"""The net that parts belong to, read from their shapes: no list of names is asked.

Whatever `ModelConfig` can describe is recognised: stages, widths, groups, bottlenecks, gates,
pre-activation, projections.  What it cannot is refused by the one thing that is missing.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from resnet_core.config import ModelConfig, Stem
from resnet_core.config.families import BOTTLENECK_EXPANSION
from resnet_core.errors import CheckpointError, ConfigError, UnknownNetError
from resnet_core.importing.insides import ForeignBlock
from resnet_core.importing.parts import NetParts
from resnet_core.models import list_models, model_config

_BLOCKS = {(3, 3): "basic", (1, 3, 1): "bottleneck"}
_MOST_CLASSES = 100_000
_MOST_COLOURS = 64


def describe_parts(parts: NetParts) -> ModelConfig:
    """Describes the net that parts belong to.

    Where shapes cannot tell, it is the commonest: see `readings`.

    Raises:
        CheckpointError: naming what the lab's nets do not have.
    """
    _check_chain(parts.blocks)
    is_pre = _is_preactivated(parts)
    settings: dict[str, Any] = {
        **_sizes(parts),
        **_stem(parts),
        **_gates(parts.blocks),
        **_order(parts, is_pre=is_pre),
        "shortcut": _shortcut(parts),
        "norm": "batch" if parts.blocks[0].norms else "none",
        "num_classes": parts.classifier.out_channels,
        "in_channels": parts.stem[0].in_channels,
    }
    check_counts(parts)
    try:
        return named(ModelConfig(name="imported", **settings))
    except ConfigError as exc:
        raise CheckpointError(f"describes a net that cannot be: {exc}") from exc


def check_counts(parts: NetParts) -> None:
    """Refuses numbers of classes and colours that no net has.

    Raises:
        CheckpointError: with what is allowed.
    """
    classes, channels = parts.classifier.out_channels, parts.stem[0].in_channels
    if classes == 1:
        raise CheckpointError(
            "has one output, as nets have that tell yes from no or give a number, and the lab's "
            "nets have one for each class: if it is the logit of yes, give the classifier two rows,"
            " one of zeros and its own."
        )
    if not (2 <= classes <= _MOST_CLASSES and 1 <= channels <= _MOST_COLOURS):
        raise CheckpointError(
            f"tells {classes:,} classes apart from pictures of {channels:,} channels; 2 to "
            f"{_MOST_CLASSES:,} classes and 1 to {_MOST_COLOURS} channels are allowed."
        )


def named(config: ModelConfig) -> ModelConfig:
    """Gives a net the name that it has in the lab, or one that says what it is."""
    for name in (*list_models(), *_possible_names(config)):
        try:
            known = model_config(name)
        except UnknownNetError:
            continue
        same = replace(
            known,
            num_classes=config.num_classes,
            in_channels=config.in_channels,
            stochastic_depth=0.0,
        )
        if known.stochastic_depth == 0.0 and same == replace(config, name=name):
            return replace(config, name=name)
    return replace(config, name=_own_name(config))


def usual_side_px(config: ModelConfig) -> int:
    """Side of the pictures that nets of a stem usually see, px."""
    return 224 if config.stem in ("imagenet", "deep", "tiered") else 32


def _possible_names(config: ModelConfig) -> tuple[str, ...]:
    """CIFAR nets exist at every depth 6n+2, more than a list can hold."""
    return tuple(f"{kind}{config.depth}" for kind in ("resnet", "plain", "preact_resnet"))


def _own_name(config: ModelConfig) -> str:
    """Such as `resnet26_imagenet`, `se_preact_resnet18_cifar` or `resnext29_pointwise`."""
    parts = [
        "se" if config.squeeze_reduction else "",
        "preact" if config.activation_order == "pre" else "",
        "plain" if config.is_plain else "resnext" if config.groups > 1 else "resnet",
    ]
    stem = {"deep": "d"}.get(config.stem, config.stem)
    pool = {"keep": "_pool", "none": "_no_pool"}.get(config.stem_pool, "")
    blur = "_blur" if config.family.blurs else ""
    return f"{'_'.join(filter(None, parts))}{config.depth}_{stem}{pool}{blur}"


def _check_chain(blocks: Sequence[ForeignBlock]) -> None:
    """Sees that each block takes what the one before gives, and that all are of one kind."""
    kinds = {block.kernels_px for block in blocks}
    if len(kinds) > 1 or not kinds <= set(_BLOCKS):
        shown = " and ".join(sorted({"-".join(map(str, kernels)) for kernels in kinds}))
        raise CheckpointError(
            f"has blocks of convolutions of {shown} px, and the lab builds 3-3 (basic) and 1-3-1 "
            "(bottleneck) alone."
        )
    for before, block in itertools.pairwise(blocks):
        if before.out_channels != block.in_channels:
            raise CheckpointError(
                f"has blocks that do not follow each other: '{block.path}' takes "
                f"{block.in_channels} channels, and {before.out_channels} leave '{before.path}'."
            )
    for block in blocks:
        if len(block.norms) not in (0, len(block.convolutions)):
            raise CheckpointError(
                f"has a block '{block.path}' of {len(block.convolutions)} convolutions and "
                f"{len(block.norms)} norms, and the lab's blocks have a norm for each or none."
            )
        for norm in block.norms:
            if "running_mean" not in norm.tensors:
                raise CheckpointError(
                    f"has a norm '{norm.path}' without running statistics (group norm, or batch "
                    "norm that does not track them): its groups cannot be told from the file."
                )


def _is_preactivated(parts: NetParts) -> bool:
    told = {block.is_preactivated for block in parts.blocks if block.norms} - {None}
    if len(told) > 1:
        raise CheckpointError("has norms before convolutions in some blocks, behind in others.")
    return True in told if told else parts.final_norm is not None


def _sizes(parts: NetParts) -> dict[str, Any]:
    """Kind, number and widths of the blocks."""
    first = [stage[0] for stage in parts.stages]
    kind = _BLOCKS[first[0].kernels_px]
    expansion = BOTTLENECK_EXPANSION if kind == "bottleneck" else 1
    for stage in parts.stages:
        if len({block.widths for block in stage}) > 1:
            raise CheckpointError(
                f"has blocks of different widths within a stage ('{stage[0].path}' and those after "
                "it), and the lab's stages have one width."
            )
    inner, leaving = [b.widths[0] for b in first], [b.out_channels for b in first]
    factors = {width * expansion / out for width, out in zip(inner, leaving, strict=True)}
    factor = factors.pop()
    if factors or factor < 1 or factor % 1 or any(out % expansion for out in leaving):
        raise CheckpointError(
            f"has {kind} blocks that take {inner} channels to {leaving}, and the lab's widen "
            f"{expansion} to 1, or {expansion} to a whole factor."
        )
    groups = {b.widths[0] // max(1, b.convolutions[1].in_channels) for b in parts.blocks}
    if len(groups) > 1:
        raise CheckpointError("has another number of groups in each stage; the lab's nets do not.")
    return {
        "block": kind,
        "stage_blocks": tuple(map(len, parts.stages)),
        "stage_widths": tuple(out // expansion for out in leaving),
        "width_factor": int(factor),
        "groups": groups.pop(),
    }


def _stem(parts: NetParts) -> dict[str, Any]:
    kernels = tuple(leaf.kernel_px for leaf in parts.stem)
    stems: dict[tuple[int, ...], Stem] = {(7,): "imagenet", (3,): "cifar", (1,): "pointwise"}
    width = parts.stem[-1].out_channels
    stem = stems.get(kernels)
    if kernels == (3, 3, 3):
        widths = tuple(leaf.out_channels for leaf in parts.stem)
        tiers: dict[tuple[int, ...], Stem] = {
            (width // 2, width // 2, width): "deep",
            (3 * width // 8, width // 2, width): "tiered",
        }
        stem = tiers.get(widths)
    if stem is None:
        shown = ", ".join(
            f"{k}x{k} to {leaf.out_channels}" for k, leaf in zip(kernels, parts.stem, strict=True)
        )
        raise CheckpointError(
            f"has a stem of {shown} channels, and the lab builds 1x1, 3x3, 7x7, or three 3x3 of "
            "which the first two have half of the channels."
        )
    return {"stem": stem, "stem_width": width}


def _gates(blocks: Sequence[ForeignBlock]) -> dict[str, Any]:
    """Reduction of squeeze-and-excitation, and the fewest channels that it leaves."""
    sizes = {(b.out_channels, b.gate[0].out_channels) for b in blocks if b.gate}
    if not sizes:
        return {}
    if any(not block.gate for block in blocks):
        raise CheckpointError("has gates in some blocks alone; the lab's nets have them in all.")
    widest, squeezed = max(sizes)
    reduction, least = widest // squeezed, min(inner for _, inner in sizes)
    if widest % squeezed == 0:
        for fewest in (1, least):
            if all(inner == max(fewest, channels // reduction) for channels, inner in sizes):
                return {"squeeze_reduction": reduction, "squeeze_least": fewest}
    shown = ", ".join(f"{channels} to {inner}" for channels, inner in sorted(sizes))
    raise CheckpointError(
        f"has gates that squeeze {shown} channels, and the lab's squeeze by one factor throughout."
    )


def _order(parts: NetParts, *, is_pre: bool) -> dict[str, Any]:
    if not is_pre:
        if parts.final_norm is not None:
            raise CheckpointError(
                f"does not fit: '{parts.final_norm.path}' is a norm after the last block, which "
                "nets of post-activation blocks do not have."
            )
        return {}
    is_closed = parts.final_norm is not None
    return {
        "activation_order": "pre",
        "final_norm": is_closed,
        "stem_norm": len(parts.stem_norms) == len(parts.stem),
        "pre_shortcut": "shared" if is_closed else "projections",
    }


def _shortcut(parts: NetParts) -> str:
    """Which blocks project; A where none does."""
    blocks = parts.blocks
    projecting = {block.path for block in blocks if block.shortcut}
    if not projecting:
        return "A"
    starts = {stage[0].path for stage in parts.stages[1:]}
    wider = {block.path for block in blocks if block.in_channels != block.out_channels}
    odd = sorted(projecting ^ (starts | wider), key=len)
    if odd and len(projecting) == len(blocks):
        return "C"
    if odd:
        verb = "projects" if odd[0] in projecting else "does not project"
        raise CheckpointError(
            f"has a block '{odd[0]}' that {verb} on its shortcut, and the lab's nets project where "
            "the shape changes, everywhere, or nowhere."
        )
    pooled = [b for b in blocks if b.shortcut and re.search(r"\.[1-9]$", b.shortcut.path)]
    return "D" if len(pooled) == len(projecting) else "B"
