"""Explanations: where a net finds its evidence, and whether the map can be trusted."""

from resnet_core.explain.attribution import Attribution, Question, attribute
from resnet_core.explain.export import build_manifest, values_csv, values_npy
from resnet_core.explain.layers import (
    MapLayer,
    describe_layer,
    find_map_layer,
    list_map_layers,
    recommended_layer,
)
from resnet_core.explain.pictures import prepare_pictures
from resnet_core.explain.registry import Method, find_method, list_methods
from resnet_core.explain.settings import MethodSettings
from resnet_core.explain.target import Target

__all__ = [
    "Attribution",
    "MapLayer",
    "Method",
    "MethodSettings",
    "Question",
    "Target",
    "attribute",
    "build_manifest",
    "describe_layer",
    "find_map_layer",
    "find_method",
    "list_map_layers",
    "list_methods",
    "prepare_pictures",
    "recommended_layer",
    "values_csv",
    "values_npy",
]
