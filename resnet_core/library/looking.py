"""What a net makes of a picture: its answer, where it looks, what its layers see."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image
from torch import Tensor, nn

from resnet_core.asking import Answer, AskedNet, Seen
from resnet_core.errors import PictureError, ProbeError
from resnet_core.explain import Attribution, Question, Target
from resnet_core.explain.own_nets import attribute_own_net
from resnet_core.library.nets import as_asked_net
from resnet_core.pictures.picture import Fit
from resnet_core.probes.features import FeatureMaps

PictureLike: TypeAlias = str | Path | bytes | np.ndarray | Image.Image
"""A file or its content, pixels uint8 (H, W, C) with C 1 or 3, or an image of Pillow."""


def classify(net: str | Path | AskedNet, picture: PictureLike, *, fit: Fit = "crop") -> Answer:
    """Says what a net sees in a picture, and how far it may be believed.

    Args:
        net: what `load` gave, or what it takes.
        picture: of any size; a file is judged by its content.
        fit: how it becomes square: crop, stretch or pad.

    Returns:
        Logits and probabilities of all classes; `top(k)` names the most probable, and
        `is_unfamiliar` tells whether the picture is unlike those of the training.

    Raises:
        CheckpointError: when there is no such net.
        PictureError: when the picture is refused.

    Examples:
        >>> import numpy as np, resnet_core
        >>> red = np.full((32, 32, 3), (200, 30, 30), np.uint8)
        >>> answer = resnet_core.classify("resnet20-synthetic", red)
        >>> len(answer.top(3)), round(float(answer.probabilities.sum()), 6)
        (3, 1.0)
    """
    ready = as_asked_net(net)
    return ready.answer(_see(ready, picture, fit))


def cam(
    net: str | Path | AskedNet | nn.Module,
    picture: PictureLike | Tensor,
    *,
    method: str = "grad-cam",
    layer: str | None = None,
    target: str | int | None = None,
    fit: Fit = "crop",
) -> Attribution:
    """Shows where in a picture a net finds its evidence for a class.

    Args:
        net: what `load` gave or takes; or a module of your own that maps pictures to logits.
        picture: as `classify` takes it; for a module of your own, a tensor (1, C, S, S) as it
            wants it.
        method: such as grad-cam, grad-cam++, layer-cam, hirescam, score-cam or saliency.
        layer: dotted path; by default the deepest whose map still tells places apart.
        target: the class, by number or (of a net with a card) by name; by default the predicted.
        fit: how the picture becomes square.

    Returns:
        `values`, float32 (h, w), with the net's logits and all that the map depends on.

    Raises:
        ProbeError: for a method, layer or class that is not there, or an answer that is not finite.
        PictureError: when the picture is refused.

    Examples:
        >>> import torch, resnet_core
        >>> own = torch.nn.Sequential(
        ...     torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1),
        ...     torch.nn.Flatten(), torch.nn.Linear(8, 5))
        >>> found = resnet_core.cam(own, torch.rand(1, 3, 32, 32), target=4)
        >>> found.layer, found.values.shape, found.target.class_index
        ('1', (32, 32), 4)
    """
    if isinstance(net, nn.Module):
        return _cam_of_own(net, picture, method, layer, target)
    ready = as_asked_net(net)
    question = Question(
        method=method,
        layer=layer or ready.question().layer,
        target=Target(class_index=ready.class_number(target)),
    )
    return ready.explain(_see(ready, picture, fit).pixels, question)


def features(
    net: str | Path | AskedNet,
    picture: PictureLike,
    *,
    layers: Sequence[str] | None = None,
    fit: Fit = "crop",
) -> tuple[FeatureMaps, ...]:
    """Takes the maps of a net's layers for a picture.

    Args:
        net: what `load` gave, or what it takes.
        picture: of any size.
        layers: dotted paths; by default stem and blocks in forward order, of a net of others what
            is no part of another layer.
        fit: how the picture becomes square.

    Returns:
        For each layer its `maps`, float32 (C, h, w), and its `point`.

    Raises:
        ProbeError: for a layer that is not there or has no height and width.
        PictureError: when the picture is refused.

    Examples:
        >>> import numpy as np, resnet_core
        >>> red = np.full((32, 32, 3), (200, 30, 30), np.uint8)
        >>> last = resnet_core.features("resnet20-synthetic", red)[-1]
        >>> last.point.path, last.maps.shape
        ('stage3.2', (64, 8, 8))
    """
    ready = as_asked_net(net)
    return ready.maps(_see(ready, picture, fit).pixels, layers or ready.layer_paths())


def _cam_of_own(
    net: nn.Module, picture: object, method: str, layer: str | None, target: str | int | None
) -> Attribution:
    if not isinstance(picture, Tensor):
        raise ProbeError(
            "A module of your own has no card that says how it wants pictures: give a tensor "
            "(1, C, S, S) as it was trained to see them."
        )
    if isinstance(target, str):
        raise ProbeError(
            f"A module of your own has no names of classes: give the number of '{target}'."
        )
    question = Question(method=method, layer=layer or "", target=Target(class_index=target))
    return attribute_own_net(net, picture, question)


def _see(net: AskedNet, picture: PictureLike | Tensor, fit: Fit) -> Seen:
    if isinstance(picture, str | Path):
        return net.see(Path(picture), name=Path(picture).name, fit=fit)
    if isinstance(picture, bytes):
        return net.see(picture, name="picture", fit=fit)
    if isinstance(picture, Image.Image):
        return net.see_pixels(np.asarray(picture.convert("RGB")), fit=fit)
    if (
        not isinstance(picture, np.ndarray)
        or picture.dtype != np.uint8
        or picture.ndim != 3
        or picture.shape[2] not in (1, 3)
    ):
        raise PictureError(
            "A picture is a file, its bytes, an image of Pillow, or pixels in uint8 of the shape "
            "(H, W, 3) or (H, W, 1)."
        )
    return net.see_pixels(picture, fit=fit)
