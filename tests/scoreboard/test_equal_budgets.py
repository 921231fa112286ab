"""Results stand beside each other where nothing but net, depth and seed differs."""

import dataclasses

import pytest
import torch

from resnet_core.checkpoints import save_checkpoint
from resnet_core.config import ArmConfig, TrainingConfig
from resnet_core.models import model_config
from resnet_core.runs.status import WorkerState, create_run, write_state
from resnet_core.scoreboard import Entry, equal_budgets, list_entries, put_on_scoreboard
from tests.scoreboard.test_scoreboard import card
from tests.training.conftest import home, tiny_experiment  # noqa: F401

_TRAINING = TrainingConfig(epochs=3)


@pytest.fixture
def joined(home):  # noqa: F811
    """Puts a finished run of one net on the scoreboard."""

    def join(net: str, seed: int = 0, *, data=None, **changes) -> None:
        model = model_config(net, num_classes=2)
        config = tiny_experiment()
        config = dataclasses.replace(
            config,
            arms=(ArmConfig(label="net", model=model),),
            seed=seed,
            data=dataclasses.replace(config.data, **(data or {})),
        )
        folder = create_run(config)
        write_state(folder, WorkerState(phase="finished"))
        final = card(f"0-net-{seed}", model=model, seed=seed, training=_TRAINING, **changes)
        save_checkpoint(folder / "checkpoints", final, {"w": torch.zeros(1)})
        put_on_scoreboard(folder.name)

    return join


def own() -> list[Entry]:
    return [entry for entry in list_entries() if entry.origin == "run"]


def nets_of_budgets() -> list[list[str]]:
    return [[entry.net for entry in budget.entries] for budget in equal_budgets(own())]


def test_seeds_and_depths_of_one_budget_come_together(joined):
    joined("resnet20", 0)
    joined("resnet20", 1)
    joined("resnet32", 0)
    assert sorted(entry.num_seeds for entry in own()) == [1, 2]
    assert nets_of_budgets() == [["resnet20", "resnet32"]]


@pytest.mark.parametrize(
    "other",
    [
        {"data": {"augmentation": "none"}},
        {"data": {"crop_padding_px": 2}},
        {"data": {"split_seed": 5}},
        {"num_train": 1000},
        {"data_sha256": "1" * 64},
        {"source": "run 1, begun from resnet20-synthetic, all of it learning"},
    ],
    ids=["augmentation", "padding", "split", "fewer", "pictures", "beginning"],
)
def test_what_learned_otherwise_is_neither_a_seed_nor_a_depth_of_the_same_budget(joined, other):
    joined("resnet20", 0)
    joined("resnet20", 1, **other)
    joined("resnet32", 0, **other)
    assert sorted(entry.num_seeds for entry in own()) == [1, 1, 1]
    assert sorted(nets_of_budgets()) == [["resnet20"], ["resnet20", "resnet32"]]


def test_a_net_that_was_changed_while_it_trained_shares_no_budget_with_others(joined):
    joined("resnet20")
    joined("resnet32", edits=("step 300: the skips of stage 2 were cut",))
    assert sorted(nets_of_budgets()) == [["resnet20"], ["resnet32"]]


def test_budgets_of_one_length_have_titles_of_their_own(joined):
    joined("resnet20")
    joined("resnet20", data={"augmentation": "none"})
    length = "yours: CIFAR-10, 3 epochs"
    assert {budget.title for budget in equal_budgets(own())} == {
        f"{length}, augmentation crop and flip",
        f"{length}, augmentation none",
    }


def test_budgets_that_no_word_tells_apart_are_numbered(joined):
    joined("resnet20")
    joined("resnet20", data_sha256="1" * 64)
    titles = [budget.title for budget in equal_budgets(own())]
    assert sorted(titles) == ["yours: CIFAR-10, 3 epochs (1)", "yours: CIFAR-10, 3 epochs (2)"]
