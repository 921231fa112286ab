"""From a name, a file or a list's entry to a net that is ready to be asked."""

from collections.abc import Iterable
from pathlib import Path

from resnet_core.asking.asked import AskedNet
from resnet_core.asking.net import ReadyNet
from resnet_core.asking.net_sources import NetSource, source_of_card, untrained_card
from resnet_core.checkpoints import CheckpointCard, load_checkpoint, read_calibrated_card
from resnet_core.devices import resolve_device
from resnet_core.errors import CheckpointError
from resnet_core.models import ResNet, build_model


def load_net(path: Path, *, device: str = "auto") -> ReadyNet:
    """Loads a checkpoint onto a device.

    Raises:
        CheckpointError: when it is missing, damaged, or takes neither gray nor colour pictures.
        DeviceError: when this machine does not have the device.
    """
    model, card = load_checkpoint(path)[0], read_calibrated_card(path)
    return _ready(model, card, source_of_card(card, path, card.name), device)


def load_source(source: NetSource, *, device: str = "cpu") -> ReadyNet:
    """Loads a net of a list, or draws the first weights of one that never trained.

    Raises:
        CheckpointError: when its file is gone or damaged, or no net for photographs.
        DeviceError: when this machine does not have the device.
    """
    if source.path is not None:
        model, card = load_checkpoint(source.path)[0], read_calibrated_card(source.path)
        return _ready(model, card, source, device)
    card = untrained_card(source.name)
    return _ready(build_model(card.model, seed=source.seed).eval(), card, source, device)


def one_of_each_arm(nets: Iterable[AskedNet]) -> tuple[ReadyNet, ...]:
    """Leaves out nets that come from no run, and further steps of an arm that is there already."""
    own = [net for net in nets if isinstance(net, ReadyNet)]
    arms = {(n.source.run_id, n.source.arm): n for n in own if n.source.run_id is not None}
    return tuple(arms.values())


def _ready(model: ResNet, card: CheckpointCard, source: NetSource, device: str) -> ReadyNet:
    if card.model.in_channels not in (1, 3):
        raise CheckpointError(
            f"{card.name} takes pictures of {card.model.in_channels} channels: photographs have 1 "
            "or 3, so it cannot be shown any."
        )
    target = resolve_device(device)
    return ReadyNet(model=model.to(target), card=card, device=target, source=source)
