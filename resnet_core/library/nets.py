"""Nets to work with: fresh ones by name, trained ones by name or file."""

from pathlib import Path
from typing import Any, TypedDict, Unpack

from resnet_core.asking import AskedNet, OtherNet, ReadyNet, load_net, load_other
from resnet_core.checkpoints import find_checkpoint
from resnet_core.errors import ConfigError
from resnet_core.models import ResNet, build_model, model_config
from resnet_core.others import asked_request, is_other_name


class SaidOfNet(TypedDict, total=False):
    """What may be said of a net of others; see `resnet_core.others.OtherRequest`."""

    weights: str | Path
    seed: int
    image_size_px: int
    class_names: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]


def build(name: str, *, seed: int = 0, **settings: Any) -> ResNet:
    """Builds a fresh net by its name: an `nn.Module` on the CPU, (N, C, S, S) to logits (N, K).

    Its first weights depend on its settings and the seed alone, so that a net and its plain twin
    begin with equal ones.

    Args:
        name: such as `resnet20`, `plain56` or `densenet121`; `resnet-lab models` lists them.
        seed: of the first weights.
        **settings: fields of `resnet_core.config.ModelConfig`, such as `num_classes=100`.

    Raises:
        UnknownNetError: for a name that is not there; the message names the nearest.
        ConfigError: for a setting that is not there, or a value that is not allowed.

    Examples:
        >>> import resnet_core
        >>> net = resnet_core.build("resnet20", num_classes=100)
        >>> sum(weight.numel() for weight in net.parameters())
        275572
    """
    return build_model(model_config(name, **settings), seed=seed)


def load(
    name: str | Path, *, device: str = "auto", **said: Unpack[SaidOfNet]
) -> ReadyNet | OtherNet:
    """Loads a net that can be asked: one of the lab by name or file, or one of others.

    Args:
        name: such as `resnet20-synthetic`, the path of a checkpoint with its card beside it,
            `torchvision:resnet50`, `timm:NAME`, or `package.module:build`, whose code is run.
        device: auto, cpu, mps, cuda or cuda:0.
        **said: of a net of others alone: `weights`, the path of a file, without which it is
            untrained; `seed` of untrained weights; `image_size_px`, `mean`, `std` and
            `class_names` where they are not those of its library.

    Raises:
        CheckpointError: when there is none, or it is damaged; the message lists the names.
        ConfigError: for a net of others that is not there, or a value that cannot be.
        DeviceError: when this machine does not have the device.

    Examples:
        >>> import resnet_core
        >>> net = resnet_core.load("resnet20-synthetic", device="cpu")
        >>> net.card.class_names[:2], net.model.config.num_classes
        (('ring', 'cross'), 10)
        >>> other = resnet_core.load("torchvision:squeezenet1_1", image_size_px=64, device="cpu")
        >>> other.card.class_names[:2], other.first_path()
        (('tench', 'goldfish'), 'features.7')
        >>> other.card.caution[:37]
        'torchvision:squeezenet1_1 is untraine'
    """
    if is_other_name(str(name)):
        return load_other(asked_request(str(name), **said), device=device)
    if said:
        raise ConfigError(
            f"'{name}' is a net of the lab, whose card says all of this: leave out "
            f"{', '.join(said)}."
        )
    return load_net(find_checkpoint(str(name)), device=device)


def as_asked_net(net: str | Path | AskedNet) -> AskedNet:
    """A net as it is, or loaded by its name or file."""
    return net if isinstance(net, AskedNet) else load(net)
