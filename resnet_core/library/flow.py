"""How much of the gradient reaches every layer: of the lab's nets by name, of any module."""

from collections.abc import Sequence
from typing import overload

from torch import Tensor, nn
from torch.nn import functional

from resnet_core.asking import OtherNet
from resnet_core.errors import ProbeError
from resnet_core.models import model_config
from resnet_core.others import OtherRequest, asked_request, is_other_name
from resnet_core.others.flow import OtherFlow, measure_other_flow
from resnet_core.probes.batches import BatchSpec
from resnet_core.probes.gradients import GradientProfile, measure_gradients
from resnet_core.probes.own_nets import LayerGradients, LossFunction, measure_layer_gradients


@overload
def gradients(
    net: str,
    *,
    data: str = ...,
    num_pictures: int = ...,
    seeds: Sequence[int] = ...,
    device: str = ...,
) -> GradientProfile | OtherFlow: ...
@overload
def gradients(
    net: OtherNet,
    *,
    data: str = ...,
    num_pictures: int = ...,
    seeds: Sequence[int] = ...,
    device: str = ...,
) -> OtherFlow: ...
@overload
def gradients(
    net: nn.Module | OtherNet, images: Tensor, labels: Tensor, *, loss: LossFunction = ...
) -> LayerGradients: ...
def gradients(
    net: str | nn.Module | OtherNet,
    images: Tensor | None = None,
    labels: Tensor | None = None,
    *,
    loss: LossFunction = functional.cross_entropy,
    data: str = "synthetic",
    num_pictures: int = 32,
    seeds: Sequence[int] = (0,),
    device: str = "cpu",
) -> GradientProfile | OtherFlow | LayerGradients:
    """Measures the gradient of one batch over the depth of a net, before any clipping or step.

    Of a net by its name: fresh weights and a batch of pictures for each seed. Of a module, the
    lab's or your own: its weights as they are, and your batch; it is left as it was.

    Args:
        net: a name as `build` takes it, or of a net of others as `load` does; what `load` gave of
            the latter; or a module.
        images: (N, ...), of a module, or of what `load` gave: what it takes, on its device.
        labels: what the loss compares its answer with.
        loss: of a module's answer and the labels; cross-entropy by default.
        data: pictures for a net by name: a data set's name or path, or `noise`.
        num_pictures: in each of its batches.
        seeds: of its weights and pictures.
        device: where it is measured.

    Returns:
        For a name, norms at weights and outputs, (S, L) and (S, T), with depths, of a net of
        others (S, L) both; for a module, `layers` and their `weight_norms`, (L,), NaN where no
        gradient arrived.

    Raises:
        ProbeError: when a gradient is not finite, or a module comes without its batch.
        UnknownNetError: for a name that is not there.
        CheckpointError: when a net of others cannot be built.

    Examples:
        >>> import torch, resnet_core
        >>> profile = resnet_core.gradients("plain8", num_pictures=4, seeds=(0, 1))
        >>> profile.weight_norms.shape, profile.layers[0]
        ((2, 8), 'stem.conv')
        >>> own = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2))
        >>> found = resnet_core.gradients(own, torch.rand(4, 3, 2, 2), torch.tensor([0, 1, 0, 1]))
        >>> found.layers, found.weight_norms.shape
        (('1',), (1,))
    """
    if isinstance(net, nn.Module) or (isinstance(net, OtherNet) and images is not None):
        if images is None or labels is None:
            raise ProbeError("A module needs a batch: give images and labels.")
        module = net.model if isinstance(net, OtherNet) else net
        return measure_layer_gradients(module, images, labels, loss=loss)
    request = _other(net)
    if images is not None or labels is not None:
        raise ProbeError(
            f"The pictures of a net by its name are drawn from `data`: build '{net}' to show it "
            "your own batch."
        )
    kind = "noise" if data == "noise" else "pictures"
    source = "synthetic" if data == "noise" else data
    spec = BatchSpec(kind=kind, source=source, num_pictures=num_pictures)
    if request is not None:
        return measure_other_flow(request, batch=spec, seeds=seeds, device=device)
    return measure_gradients(model_config(str(net)), batch=spec, seeds=seeds, device=device)


def _other(net: str | OtherNet) -> OtherRequest | None:
    if isinstance(net, OtherNet):
        return net.request
    return asked_request(net) if is_other_name(net) else None
