"""Explanations: where a net finds its evidence, and whether the map can be trusted."""

from resnet_core.explain.attribution import Attribution, Question, attribute, calibrated
from resnet_core.explain.export import build_manifest, values_csv, values_npy
from resnet_core.explain.layers import (
    MapLayer,
    describe_layer,
    find_map_layer,
    list_map_layers,
    matching_layer,
    recommended_layer,
)
from resnet_core.explain.over_training import StepMap, attribute_steps
from resnet_core.explain.pictures import normalise_pictures
from resnet_core.explain.randomisation import (
    RandomisedMap,
    measure_randomisation,
    rank_correlation,
)
from resnet_core.explain.registry import Method, find_method, list_methods
from resnet_core.explain.removal import RemovalCurve, RemovalSettings, measure_removal
from resnet_core.explain.road import RoadCurve, measure_road
from resnet_core.explain.settings import MethodSettings
from resnet_core.explain.target import Target

__all__ = [
    "Attribution",
    "MapLayer",
    "Method",
    "MethodSettings",
    "Question",
    "RandomisedMap",
    "RemovalCurve",
    "RemovalSettings",
    "RoadCurve",
    "StepMap",
    "Target",
    "attribute",
    "attribute_steps",
    "build_manifest",
    "calibrated",
    "describe_layer",
    "find_map_layer",
    "find_method",
    "list_map_layers",
    "list_methods",
    "matching_layer",
    "measure_randomisation",
    "measure_removal",
    "measure_road",
    "normalise_pictures",
    "rank_correlation",
    "recommended_layer",
    "values_csv",
    "values_npy",
]
