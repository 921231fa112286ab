"""Nets to work with: fresh ones by name, trained ones by name or file."""

from pathlib import Path
from typing import Any

from resnet_core.asking import ReadyNet, load_net
from resnet_core.checkpoints import find_checkpoint
from resnet_core.models import ResNet, build_model, model_config


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


def load(name: str | Path, *, device: str = "auto") -> ReadyNet:
    """Loads a trained net that can be asked: a shipped or imported one by name, any by its file.

    Args:
        name: such as `resnet20-synthetic`, or the path of a checkpoint with its card beside it.
        device: auto, cpu, mps, cuda or cuda:0.

    Raises:
        CheckpointError: when there is none, or it is damaged; the message lists the names.
        DeviceError: when this machine does not have the device.

    Examples:
        >>> import resnet_core
        >>> net = resnet_core.load("resnet20-synthetic", device="cpu")
        >>> net.card.class_names[:2], net.model.config.num_classes
        (('ring', 'cross'), 10)
    """
    return load_net(find_checkpoint(str(name)), device=device)


def as_ready_net(net: str | Path | ReadyNet) -> ReadyNet:
    """A net as it is, or loaded by its name or file."""
    return net if isinstance(net, ReadyNet) else load(net)
