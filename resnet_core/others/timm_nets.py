"""timm's nets, where timm is installed, and what their configurations say of them."""

import functools
import importlib.util
import math
import re

from torch import nn

from resnet_core.others.facts import IMAGENET_TITLE, PublishedFacts

_CLASSES_1K = 1000


def why_absent() -> str | None:
    """Says how timm is installed, where it is not."""
    if importlib.util.find_spec("timm") is None:
        return "timm is not installed here; add it by pip install 'resnet-lab[timm]'."
    return None


@functools.cache
def list_timm_names() -> list[str]:
    """Lists the nets, without the tags that tell weights of one net apart."""
    import timm  # pyright: ignore[reportMissingImports]

    return timm.list_models()


def has_timm_net(name: str) -> bool:
    """Whether timm has a net of that name, with or without a tag of its weights."""
    import timm  # pyright: ignore[reportMissingImports]

    bare, dot, _ = name.partition(".")
    if not re.fullmatch(r"\w+(\.\w+)?", name) or not timm.is_model(bare):
        return False
    return not dot or name in timm.list_pretrained(f"{bare}.*")


def timm_facts(name: str) -> tuple[PublishedFacts, ...]:
    """Reads the configuration of a net; downloads nothing."""
    import timm  # pyright: ignore[reportMissingImports]
    from timm.models import PretrainedCfg  # pyright: ignore[reportMissingImports]

    config = timm.get_pretrained_cfg(name) or PretrainedCfg()
    side = config.input_size[-1]
    return (
        PublishedFacts(
            image_size_px=side,
            resize_px=math.floor(side / config.crop_pct) if config.crop_pct else None,
            mean=tuple(config.mean),
            std=tuple(config.std),
            class_names=_class_names(config.num_classes, config.label_names),
            weights_title=config.tag or "",
            data_title=IMAGENET_TITLE if config.num_classes == _CLASSES_1K else "",
        ),
    )


def build_timm_net(name: str, num_classes: int | None, image_size_px: int) -> nn.Module:
    """Builds a net with first weights; nothing is downloaded."""
    import timm  # pyright: ignore[reportMissingImports]

    settings = {} if num_classes is None else {"num_classes": num_classes}
    config = timm.get_pretrained_cfg(name)
    if config is not None and config.fixed_input_size and image_size_px != config.input_size[-1]:
        settings["img_size"] = image_size_px
    return timm.create_model(name, pretrained=False, **settings)


def _class_names(count: int, names: tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """The configuration's own names, or ImageNet's where there are a thousand."""
    if names and len(names) == count:
        return tuple(names)
    if count != _CLASSES_1K:
        return ()
    from torchvision.models import ResNet18_Weights

    return tuple(ResNet18_Weights.IMAGENET1K_V1.meta["categories"])
