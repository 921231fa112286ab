"""Nets: one builder over one frozen `ModelConfig`, a registry, probe points and costs."""

from resnet_core.models.cost import LayerCost, ModelCost, measure_cost
from resnet_core.models.foreign import akamaster_state, torchvision_state
from resnet_core.models.interventions import (
    apply_interventions,
    dropped_blocks,
    freeze_blocks,
    learns_by_classifier_alone,
    redraw_blocks,
)
from resnet_core.models.layers import ProbeKind, ProbePoint, list_probe_points, weight_layers
from resnet_core.models.named_nets import cifar_config, has_twin, twin_config
from resnet_core.models.nets import ResNet, build_model
from resnet_core.models.registry import list_models, model_config, register_net
from resnet_core.models.titles import net_label

__all__ = [
    "LayerCost",
    "ModelCost",
    "ProbeKind",
    "ProbePoint",
    "ResNet",
    "akamaster_state",
    "apply_interventions",
    "build_model",
    "cifar_config",
    "dropped_blocks",
    "freeze_blocks",
    "has_twin",
    "learns_by_classifier_alone",
    "list_models",
    "list_probe_points",
    "measure_cost",
    "model_config",
    "net_label",
    "redraw_blocks",
    "register_net",
    "torchvision_state",
    "twin_config",
    "weight_layers",
]
