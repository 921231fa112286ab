"""Every net in checkpoints/ is what its card says."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_core import paths
from resnet_core.asking import load_net
from resnet_core.checkpoints import list_checkpoints, load_checkpoint, read_card
from resnet_core.config import DataConfig
from resnet_core.data import DataSet, Split, list_sources, load_dataset
from resnet_core.evaluation import evaluate_model
from resnet_core.recipes.files import list_recipes, load_recipe
from tests.strange_rates import measure_rates

CARDS = list_checkpoints()
NAMES = [card.name for card in CARDS]
SUBSET = 500
STRANGE_PICTURES = 60
SHARED = Path(os.environ.get("RESNET_LAB_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def weights(name: str) -> Path:
    return paths.checkpoints_dir() / f"{name}.safetensors"


def _source_at_hand(title: str) -> str:
    """Name or path of the data set of that title, if it can be opened without a download."""
    copy = SHARED / "data" / "cifar10-jpeg"
    if "JPEG" in title and copy.is_dir():
        return str(copy)
    ready = [source.name for source in list_sources() if source.status == "ready"]
    for source in list_sources():
        if source.title == title and source.name in ready:
            return source.name
    pytest.skip(f"{title} is not on this machine")


def first_test_pictures(data: DataSet) -> DataSet:
    return dataclasses.replace(
        data, test=Split(data.test.images[:SUBSET], data.test.labels[:SUBSET])
    )


def test_there_are_shipped_nets_within_60_mib():
    files = list(paths.checkpoints_dir().iterdir())
    assert len(CARDS) >= 4
    assert sum(file.stat().st_size for file in files) < 60 * 2**20
    cards_without_weights = [
        f for f in files if f.suffix == ".json" and not weights(f.stem).exists()
    ]
    assert cards_without_weights == []


@pytest.mark.parametrize("name", NAMES)
def test_shipped_net_loads_and_its_card_is_whole(name):
    model, card = load_checkpoint(weights(name))  # checks the hash, the keys and the shapes
    assert not model.training
    assert card.metrics.keys() >= {"test_accuracy", "train_accuracy", "test_loss"}
    assert card.layer_responses
    assert card.training is not None
    for value in (card.hardware, card.date, card.data_title, card.libraries, card.training):
        assert value
    assert f"{card.num_steps:,} steps" in card.budget
    assert ("short budget" in card.budget) == (
        card.num_steps * card.training.batch_size < 8_192_000
    )
    assert card.step == card.num_steps > 0
    assert len(card.class_names) == card.model.num_classes


@pytest.mark.usefixtures("decoding_home")
@pytest.mark.parametrize("name", NAMES)
def test_shipped_net_is_as_accurate_as_its_card_says(name):
    model, card = load_checkpoint(weights(name))
    data = load_dataset(DataConfig(source=_source_at_hand(card.data_title)))
    assert data.card.sha256 == card.data_sha256
    normalised = dataclasses.replace(data.card, mean=card.mean, std=card.std)
    subset = first_test_pictures(dataclasses.replace(data, card=normalised))
    accuracy = evaluate_model(model, subset, "test", device="cpu").accuracy
    # Four standard deviations of the accuracy on so many pictures.
    expected = card.metrics["test_accuracy"]
    assert accuracy == pytest.approx(expected, abs=4 * (0.25 / SUBSET) ** 0.5)


@pytest.mark.usefixtures("decoding_home")
@pytest.mark.parametrize("name", NAMES)
def test_shipped_net_notices_what_its_card_says(name):
    net = load_net(weights(name), device="cpu")
    assert net.watch_problem == ""
    detection = net.card.detection
    assert detection is not None
    source = _source_at_hand(net.card.data_title)
    found = measure_rates(net, load_dataset(DataConfig(source=source)), STRANGE_PICTURES)
    assert found.keys() == detection.rates.keys()
    for kind, rate in detection.rates.items():
        # Four standard deviations of so many pictures, and room for one that falls the other way.
        spread = 4 * (max(rate * (1 - rate), 0.01) / STRANGE_PICTURES) ** 0.5
        assert found[kind] == pytest.approx(rate, abs=spread + 1 / STRANGE_PICTURES), kind
    for kind in ("uniform noise", "flat colours", "shuffled pixels"):
        assert found[kind] > detection.energy_rates[kind] or found[kind] == 1


@pytest.mark.slow
def test_command_gives_the_accuracy_of_the_card():
    card = read_card(weights("resnet20-synthetic"))
    command = [sys.executable, "-m", "resnet_core", "evaluate", "checkpoints/resnet20-synthetic"]
    done = subprocess.run(
        [*command, "--data", "synthetic", "--json"],
        cwd=paths.checkpoints_dir().parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["accuracy"] == pytest.approx(
        card.metrics["test_accuracy"], abs=0.001
    )


@pytest.mark.parametrize("name", NAMES)
def test_shipped_net_was_made_by_a_recipe_under_version_control(name):
    _, card = load_checkpoint(weights(name))
    recipes = [load_recipe(recipe) for recipe in list_recipes()]
    assert card.training in [recipe.training for recipe in recipes]
