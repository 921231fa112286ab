"""torchvision's nets for classes of pictures, and what its weights' metadata say of them."""

import re
from typing import Any

from torch import nn

from resnet_core.others.facts import IMAGENET_TITLE, PublishedFacts

_WITH_HELPERS = ("googlenet", "inception_v3")
"""Nets that have further classifiers while they train, and rescale pictures that were normalised
as their published weights want them."""
_HELPERS = re.compile(r"(aux1|aux2|AuxLogits)\..*")
_OLD_DENSE = re.compile(r"(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.\w+)")
_KINDS = {
    "detection": "it finds objects",
    "segmentation": "it gives a class for every pixel",
    "quantization": "its weights are whole numbers, through which no gradient passes; take the net "
    "of the same name without quantized_",
    "video": "it takes films",
    "optical_flow": "it takes two pictures and gives motion",
}


def list_torchvision_names() -> list[str]:
    """Lists the nets for classes, by torchvision's own names."""
    from torchvision import models

    return models.list_models(module=models)


def has_net(name: str) -> bool:
    """Whether torchvision has a net for classes of that name."""
    return name in list_torchvision_names()


def what_else(name: str) -> str | None:
    """Says what a name means that torchvision knows as something else than a net for classes."""
    from torchvision import models

    if name not in models.list_models():
        return None
    room = models.get_model_builder(name).__module__.split(".")[2]
    kind = _KINDS.get(room, "it gives no classes")
    return f"it is there, but {kind}."


def published_facts(name: str) -> tuple[PublishedFacts, ...]:
    """Reads the metadata of a net's weights, the newest first; downloads nothing."""
    from torchvision import models

    weights = models.get_model_weights(name)
    newest = weights.DEFAULT  # pyright: ignore[reportAttributeAccessIssue]
    # Weights of a backbone alone, such as VGG-16's, know no classes.
    rest = [each for each in weights if each is not newest and each.meta["categories"]]
    return tuple(_facts(each) for each in (newest, *rest))


def build_net(name: str, num_classes: int | None, image_size_px: int) -> nn.Module:
    """Builds a net with first weights, without the further classifiers of its training."""
    from torchvision import models

    settings: dict[str, Any] = {} if num_classes is None else {"num_classes": num_classes}
    if name in _WITH_HELPERS:
        settings |= {"aux_logits": False, "transform_input": True, "init_weights": True}
    if name.startswith("vit_"):
        settings["image_size"] = image_size_px
    return models.get_model(name, weights=None, **settings)


def renamed(name: str, key: str) -> str | None:
    """Today's name of a tensor in a published file, `None` for what is left out."""
    if name in _WITH_HELPERS and _HELPERS.fullmatch(key):
        return None
    return _OLD_DENSE.sub(r"\1\2", key) if name.startswith("densenet") else key


def _facts(weights: Any) -> PublishedFacts:
    wanted, meta = weights.transforms(), weights.meta
    digest = re.search(r"-([0-9a-f]{8,})\.pth$", weights.url)
    return PublishedFacts(
        image_size_px=wanted.crop_size[0],
        resize_px=wanted.resize_size[0],
        mean=tuple(wanted.mean),
        std=tuple(wanted.std),
        class_names=tuple(meta["categories"]),
        weights_title=weights.name,
        data_title=IMAGENET_TITLE,
        weights_digest=digest[1] if digest else "",
        parameters=meta["num_params"],
        giga_macs=meta["_ops"],
    )
