"""The command that brings somebody else's weights."""

from pathlib import Path
from typing import Annotated, Any

import typer

from resnet_core.cli.console import AsJson, command, print_json, print_text, progress_bar
from resnet_core.config.other_names import file_sentence
from resnet_core.config.plugins import is_other_name
from resnet_core.errors import CheckpointError


@command
def import_weights(
    file: Annotated[
        Path,
        typer.Argument(
            help="A .pt, .pth, .th, .ckpt, .npz or .safetensors file, or the index of split "
            "weights."
        ),
    ],
    name: Annotated[str, typer.Option(help="Name of the new checkpoint.")],
    arch: Annotated[str, typer.Option(help="The net, such as resnet20, or auto.")] = "auto",
    mean: Annotated[str, typer.Option(help="Mean of each channel, such as 0.49,0.48,0.45.")] = "",
    std: Annotated[str, typer.Option(help="Standard deviation of each channel.")] = "",
    classes: Annotated[
        str,
        typer.Option(
            help="Class names in order: cifar10, cifar100, imagenet, a file with a name a line or "
            "of JSON, or names with commas between."
        ),
    ] = "",
    image_size: Annotated[int | None, typer.Option(help="Side of its pictures, px.")] = None,
    part: Annotated[
        str, typer.Option(help="Which of several nets in the file, such as state_dict_ema.")
    ] = "",
    stem_pool: Annotated[str, typer.Option(help="Max pooling behind the stem: keep or none.")] = "",
    skips: Annotated[
        str,
        typer.Option(
            help="Shortcuts without weights: zeros-around, zeros-behind, or plain for none."
        ),
    ] = "",
    stride_on: Annotated[
        str, typer.Option(help="Which convolution of a bottleneck has the stride: 3x3 or 1x1.")
    ] = "",
    blur: Annotated[
        str, typer.Option(help="Whether maps are blurred before they shrink: yes or no.")
    ] = "",
    projection_pool: Annotated[
        str, typer.Option(help="Whether projections average 2x2 pixels first: yes or no.")
    ] = "",
    pre_shortcut: Annotated[
        str,
        typer.Option(
            help="Where shortcuts of pre-activation blocks start: shared, projections or raw."
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Bring somebody else's ResNet: torchvision, timm, Hugging Face, kuangliu, a script's, or ours.

    The file is read in a process of its own and no code in it is run.  The net is told by its
    tensors; what they leave open is measured, or else taken as it commonly is, and named.  Mean and
    std, classes and size are those that the file states where you give none.

    Example: `python -m resnet_core import net.pth --name mine --classes cifar10`
    """
    from resnet_core.checkpoints import read_card
    from resnet_core.importing import (
        ImportRequest,
        import_checkpoint,
        read_class_names,
        read_numbers,
    )

    if is_other_name(str(file)) and not file.exists():
        raise CheckpointError(file_sentence(str(file)))
    request = ImportRequest(
        name=name,
        architecture=arch,
        class_names=read_class_names(classes),
        mean=read_numbers(mean),
        std=read_numbers(std),
        image_size_px=image_size,
        part=part,
        stem_pool=stem_pool,
        skips=skips,
        stride_on=stride_on,
        blur=blur,
        projection_pool=projection_pool,
        pre_shortcut=pre_shortcut,
    )
    with progress_bar() as tell:
        path = import_checkpoint(file, request, file_name=file.name, progress=tell)
    _tell(path, read_card(path), as_json=as_json)


def _tell(path: Path, card: Any, *, as_json: bool) -> None:
    brought = card.brought
    if as_json:
        print_json(
            {
                "checkpoint": card.name,
                "path": path,
                "architecture": card.model.name,
                "family": brought.family,
                "model": card.model.name,
                "assumed": brought.assumed,
                "warnings": brought.warnings,
                "left_out": brought.left_out,
                "class_names": card.class_names,
                "mean": card.mean,
                "std": card.std,
                "image_size_px": card.image_size_px,
            }
        )
        return
    print_text(
        f"{card.name}: {card.model.name}, {len(card.class_names):,} classes, pictures of "
        f"{card.image_size_px} px. {card.source}."
    )
    for what, count in brought.left_out.items():
        print_text(f"Left out: {count:,} {what}.")
    for sentence in brought.assumed:
        print_text(f"Assumed: {sentence}.")
    for sentence in brought.warnings:
        print_text(f"Warning: {sentence}")
