"""Every setting is described once, and no description changes what a config is called."""

import hashlib
import json
from dataclasses import fields, replace
from typing import Literal, get_args, get_origin

import pytest
from typer.testing import CliRunner

from resnet_core.cli import app
from resnet_core.config import (
    FIRST_RESIZING,
    ArmConfig,
    DataConfig,
    ExperimentConfig,
    ModelConfig,
    TrainingConfig,
    config_to_json,
    fingerprint,
    settings_of,
)
from resnet_core.config.settings import Bounds
from resnet_core.models import model_config
from resnet_core.recipes.files import load_recipe

KINDS = (ModelConfig, DataConfig, TrainingConfig, ArmConfig, ExperimentConfig)
# Made by commit 5e5141a: run folders and cards of that time are found by these names.
NETS = {
    "resnet20": "ac8afd955390a42f",
    "resnet32": "4318d12286db0c97",
    "resnet44": "a85cdbde7f724e96",
    "resnet56": "e9ba31310b19a878",
    "resnet110": "a9aa34bfe12b5801",
    "resnet1202": "163035ece7c09843",
    "plain20": "13c3ea325171a7a2",
    "plain32": "7245957e9f6d0bfe",
    "plain44": "33bc492e8620d23e",
    "plain56": "be4abb03feb36c68",
    "plain110": "71f3171709007dce",
    "preact_resnet20": "4f878c822b066a92",
    "preact_resnet56": "4feed0feb83d9ff7",
    "preact_resnet110": "786f3b45bdf6b2d6",
    "preact_resnet164": "beb480fc92316651",
    "preact_resnet1001": "06dff1a65aeb7cb9",
    "resnet18": "70e705a8b145580a",
    "resnet34": "721916f8f4f0b010",
    "resnet50": "7377289f5e9a86df",
    "resnet101": "370c6301d6c746d9",
    "resnet152": "170c8ea8613b46c6",
    "resnet18_cifar": "2c6cd19a95000cf6",
    "plain18": "bd901205a8fc31ab",
    "plain34": "f1d1a7600d71cb05",
    "wrn16_8": "15e3e849b672e1ff",
    "wrn28_10": "6069d5e9616aead6",
    "resnext29_8x64d": "68819987d2ea5d41",
    "se_resnet20": "1fecb7111aebe30b",
    "stochastic_resnet110": "d3649d376c2e9961",
    "skipinit_resnet56": "5213a01b594af763",
    "rezero_resnet56": "637e8846a9531f21",
    "fixup_resnet56": "8988fd37a671ece1",
    "resnext50_32x4d": "fca8615a67cf0c44",
    "resnext101_32x8d": "df03471b3cc85cb1",
    "resnext101_64x4d": "aa0d970dcd109c84",
    "wide_resnet50_2": "74320539267905f6",
    "wide_resnet101_2": "039d752d4699cdee",
    "se_resnet50": "3abddaac068333a4",
    "resnet50_d": "441ebadd0f9eba68",
    "densenet40_12": "83426dd376adcd2a",
    "densenet_bc100_12": "19db9eda469bbe35",
    "densenet121": "22dfa5e3755ce7e8",
}
RECIPES = {
    "cifar10-110-paper": "99d448fe39535bbf",
    "cifar10-20-cpu": "f42b4825e262453c",
    "cifar10-20-paper": "38f554f5f21cc472",
    "cifar10-32-paper": "1092269a85c94cb9",
    "cifar10-44-paper": "e0ab1e124a4d8c3c",
    "cifar10-56-paper": "af47e893b9e3cde9",
    "cifar10-resnet18-article": "cef51467d265ead2",
    "cifar10-resnet18-cifar-article": "3f041180870bde66",
    "cifar10-resnet18-cifar-fast": "0f31e32f52c86332",
    "cifar10-resnet18-fast": "12752bd1f82a6ab4",
    "fashion-mnist-20-cpu": "df6d3ee8b310f157",
    "fashion-mnist-20-paper": "ac8243c573d3444e",
    "synthetic-20-cpu": "f1673d930c689bdd",
    "synthetic-56-cpu": "faaeb76718b75331",
    "fast": "99e79b3ae7701d03",
    "resnet18-article": "b27f21df6a5307d0",
    "paper-cifar": "7b53b9d11bfd5319",
}
ALL_NETS, ALL_RECIPES = "3b502be4162114c8", "792ca4a642536d47"
"""Hashes of all their JSON texts, one after the other in the order of their names."""


def _of_that_time(name: str) -> ExperimentConfig:
    """A recipe as it was before there was a choice of resizing."""
    recipe = load_recipe(name)
    return replace(recipe, data=replace(recipe.data, resizing=FIRST_RESIZING))


def test_fingerprints_are_those_of_earlier_versions():
    assert {name: fingerprint(model_config(name)) for name in NETS} == NETS
    assert {name: fingerprint(_of_that_time(name)) for name in RECIPES} == RECIPES


def test_json_is_that_of_earlier_versions_but_for_the_resizing():
    nets = "".join(config_to_json(model_config(name)) for name in sorted(NETS))
    recipes = "".join(config_to_json(_of_that_time(name)) for name in sorted(RECIPES))
    recipes = recipes.replace(',\n    "resizing": 1', "")
    assert hashlib.sha256(nets.encode()).hexdigest()[:16] == ALL_NETS
    assert hashlib.sha256(recipes.encode()).hexdigest()[:16] == ALL_RECIPES


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_has_a_setting_of_its_own_title(kind):
    settings = settings_of(kind)
    assert list(settings) == [field.name for field in fields(kind)]
    for setting in settings.values():
        assert setting.title
        assert setting.explanation.endswith((".", "?"))
    assert len({setting.title for setting in settings.values()}) == len(settings)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_words_are_there_for_every_value_that_a_type_lists(kind):
    for field in fields(kind):
        values, *_ = get_args(field.type)
        if get_origin(values) is Literal:
            assert tuple(settings_of(kind)[field.name].choices) == tuple(
                map(str, get_args(values))
            ), field.name


@pytest.mark.parametrize(
    ("bounds", "text", "inside", "outside"),
    [
        (Bounds(least=1), "be at least 1", (1, 5), (0, float("inf"), float("nan"))),
        (Bounds(above=0), "be above 0", (0.1, 10**400), (0, -1, -(10**400))),
        (Bounds(least=0, most=1), "lie between 0 and 1", (0, 1), (-0.1, 1.1)),
        (Bounds(least=0, below=1), "lie between 0 and below 1", (0, 0.9), (1,)),
        (Bounds(above=0, most=1), "lie above 0 and up to 1", (1,), (0,)),
        (Bounds(above=0, below=0.9), "lie above 0 and below 0.9", (0.5,), (0, 0.9)),
    ],
    ids=str,
)
def test_bounds_hold_what_they_say(bounds, text, inside, outside):
    assert str(bounds) == text
    assert all(map(bounds.hold, inside))
    assert not any(map(bounds.hold, outside))


def test_command_lists_every_setting():
    done = CliRunner().invoke(app, ["settings", "--json"])
    found = {setting["name"]: setting for setting in json.loads(done.output)}
    assert len(found) == sum(len(settings_of(kind)) for kind in KINDS)
    norm = found["model.norm"]
    assert set(norm) == {"name", "title", "explanation", "choices", "bounds", "source"}
    assert norm["choices"]["batch"] == "batch norm"
    assert found["model.skip_strength"]["bounds"] == {"least": 0, "most": 1}
    lines = CliRunner().invoke(app, ["settings"]).output.splitlines()
    assert "model.norm: Normalisation; may be batch, group, layer, none" in lines
    assert "model.stage_blocks: Blocks in each stage; may be at least 1" in lines
    begun = {line.partition(":")[0] for line in lines if not line.startswith(" ")}
    assert found.keys() <= begun, "each begins a line of its own, whole"


def test_help_of_a_command_says_what_the_form_says():
    done = CliRunner().invoke(app, ["gradients", "--help"], env={"COLUMNS": "400"})
    assert settings_of(ModelConfig)["norm"].explanation in done.output
