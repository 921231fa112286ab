"""What a net costs before it is built: parameters, multiply-accumulates, memory, reach."""

from dataclasses import dataclass

from resnet_core.config import ModelConfig
from resnet_core.models.trace import Operation, OperationKind, last_maps, trace_operations

_MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class LayerCost:
    """Cost of one operation for one picture."""

    path: str
    """Dotted path of its module."""
    kind: OperationKind
    """What it does."""
    label: str
    """What a diagram calls it, such as `3x3 conv 32 /2`."""
    output_shape: tuple[int, ...]
    """(channels, height, width) of its output; (features,) for a linear map."""
    parameters: int
    """Numbers that it learns."""
    macs: int
    """Multiply-accumulates; biases, norms, pooling and additions count none."""
    activation_bytes: int
    """Bytes that autograd first keeps here for the backward pass, float32."""
    receptive_field_px: int
    """Side of the square of input pixels that one output position can depend on."""


@dataclass(frozen=True, kw_only=True)
class ModelCost:
    """Cost of a net for one picture."""

    parameters: int
    """Numbers that it learns."""
    macs: int
    """Multiply-accumulates of a forward pass; torchvision's tables call them GFLOPS / 10^9."""
    activation_mib: float
    """Memory that training keeps between forward and backward for one picture, float32, MiB."""
    receptive_field_px: int
    """Receptive field of the last maps before the global pooling, px."""
    layers: tuple[LayerCost, ...]
    """Every operation in forward order."""


def measure_cost(config: ModelConfig, image_size_px: int) -> ModelCost:
    """Adds up a net's cost for square pictures, without memory for its weights or maps.

    Raises:
        ConfigError: for a picture too small for the net.
    """
    operations = trace_operations(config, image_size_px)
    return ModelCost(
        parameters=sum(operation.parameters for operation in operations),
        macs=sum(operation.macs for operation in operations),
        activation_mib=sum(operation.activation_bytes for operation in operations) / _MIB,
        receptive_field_px=last_maps(operations).output.receptive_field_px,
        layers=tuple(_layer_cost(operation) for operation in operations),
    )


def _layer_cost(operation: Operation) -> LayerCost:
    output = operation.output
    is_linear = operation.kind == "linear"
    return LayerCost(
        path=operation.path,
        kind=operation.kind,
        label=operation.label,
        output_shape=(output.channels,) if is_linear else (output.channels, *output.map_size_px),
        parameters=operation.parameters,
        macs=operation.macs,
        activation_bytes=operation.activation_bytes,
        receptive_field_px=output.receptive_field_px,
    )
