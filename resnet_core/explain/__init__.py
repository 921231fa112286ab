"""Explanations: where a net finds its evidence, and whether the map can be trusted."""

from resnet_core.explain.attribution import Attribution, Question, attribute, calibrated
from resnet_core.explain.chance import Chance, ChanceRank, measure_chance
from resnet_core.explain.draws import DrawAgreement
from resnet_core.explain.export import build_manifest, values_csv, values_npy
from resnet_core.explain.layers import (
    MapLayer,
    describe_layer,
    find_map_layer,
    list_map_layers,
    matching_layer,
    recommended_layer,
)
from resnet_core.explain.many_pictures import ManyPictures, MeanDifference, measure_many
from resnet_core.explain.over_training import StepMap, attribute_steps
from resnet_core.explain.pictures import normalise_pictures
from resnet_core.explain.randomisation import (
    RandomisationCheck,
    RandomisedMap,
    check_randomisation,
    fresh_seeds,
    measure_randomisation,
)
from resnet_core.explain.ranks import rank_correlation
from resnet_core.explain.registry import Method, find_method, list_methods
from resnet_core.explain.removal import RemovalCurve, RemovalSettings, measure_removal
from resnet_core.explain.road import RoadCurve, measure_road
from resnet_core.explain.settings import MethodSettings
from resnet_core.explain.target import Target

__all__ = [
    "Attribution",
    "Chance",
    "ChanceRank",
    "DrawAgreement",
    "ManyPictures",
    "MapLayer",
    "MeanDifference",
    "Method",
    "MethodSettings",
    "Question",
    "RandomisationCheck",
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
    "check_randomisation",
    "describe_layer",
    "find_map_layer",
    "find_method",
    "fresh_seeds",
    "list_map_layers",
    "list_methods",
    "matching_layer",
    "measure_chance",
    "measure_many",
    "measure_randomisation",
    "measure_removal",
    "measure_road",
    "normalise_pictures",
    "rank_correlation",
    "recommended_layer",
    "values_csv",
    "values_npy",
]
