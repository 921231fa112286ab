# Plotly's stubs take a figure's `data` and `layout` for strings.
# pyright: reportAttributeAccessIssue=false
import dataclasses

import pytest
import torch

from resnet_core import paths
from resnet_core.checkpoints import CheckpointCard, save_checkpoint
from resnet_core.config import TrainingConfig
from resnet_core.errors import RunError
from resnet_core.figures.scoreboard import (
    budget_figure,
    card_responses_figure,
    degradation_figure,
)
from resnet_core.models import build_model, measure_cost, model_config
from resnet_core.recipes.files import load_recipe
from resnet_core.runs import status as runs
from resnet_core.runs.status import WorkerState, write_state
from resnet_core.scoreboard import (
    PUBLISHED_RESULTS,
    equal_budgets,
    joined_runs,
    leave_scoreboard,
    list_entries,
    put_on_scoreboard,
)
from resnet_core.scoreboard.ours import _arm_of
from tests.training.conftest import home, tiny_experiment, tiny_model  # noqa: F401


def card(name: str = "a", **changes) -> CheckpointCard:
    one = CheckpointCard(
        name=name,
        model=tiny_model(name="resnet20", num_classes=2),
        class_names=("a", "b"),
        image_size_px=8,
        mean=(0.5,) * 3,
        std=(0.3,) * 3,
        data_title="CIFAR-10",
        data_sha256="0" * 64,
        step=64_000,
        num_steps=64_000,
        training=TrainingConfig(epochs=182),
        metrics={"test_accuracy": 0.9, "train_accuracy": 0.97},
    )
    return dataclasses.replace(one, **changes)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "checkpoints_dir", lambda: tmp_path)

    def ship(one: CheckpointCard) -> None:
        save_checkpoint(tmp_path, one, {"w": torch.zeros(1)})

    return ship


def short_card(net: str, seed: int, right: float, **metrics: float) -> CheckpointCard:
    """Nine epochs on the JPEG copy, as the recipe `cifar10-20-short` asks."""
    recipe = load_recipe("cifar10-20-short")
    return card(
        f"{net}-{seed}",
        model=model_config(net, num_classes=2),
        seed=seed,
        data_title="CIFAR-10 (JPEG copy)",
        training=recipe.training,
        step=3164,
        num_steps=3164,
        metrics={"test_accuracy": right, "train_accuracy": 0.9, **metrics},
    )


def ours():
    return [entry for entry in list_entries() if entry.origin != "published"]


def test_published_parameters_are_those_of_our_nets():
    for entry in PUBLISHED_RESULTS:
        if entry.parameters and entry.net != "resnet1202":
            assert measure_cost(model_config(entry.net), 32).parameters == entry.parameters, entry


def test_conditions_stand_beside_published_numbers():
    by_source = {}
    for entry in PUBLISHED_RESULTS:
        by_source.setdefault(entry.source, []).append(entry)
    assert {e.picked for e in by_source["a-martyn/resnet"]} == {"best epoch on the test set"}
    (deep,) = [e for e in by_source["He et al. 2015, table 6"] if e.depth == 110]
    assert (deep.picked, deep.steps) == ("best of five runs", 64_000)
    assert "6.61 ± 0.16 %" in deep.note
    (post,) = by_source["ResNet-18 blog post, 2025"]
    assert post.is_rough and not post.is_ranked
    assert all(e.is_ranked for e in PUBLISHED_RESULTS if e is not post)
    assert all(e.parameters and e.augmentation and e.picked for e in PUBLISHED_RESULTS)


def test_published_degradation_is_in_the_table():
    errors = {(e.net, e.source): e.test_error for e in PUBLISHED_RESULTS}
    plain = {e.net: e.test_error for e in PUBLISHED_RESULTS if e.is_plain}
    assert plain["plain56"] > plain["plain20"]
    assert errors["resnet56", "He et al. 2015, table 6"] == pytest.approx(0.0697)


def test_seeds_of_one_net_are_one_entry_with_mean_and_spread(shipped):
    shipped(card("s0", seed=0))
    shipped(card("s1", seed=1, metrics={"test_accuracy": 0.92, "train_accuracy": 0.99}))
    (entry,) = ours()
    assert entry.num_seeds == 2
    assert entry.test_error == pytest.approx(0.09)
    assert entry.test_error_spread == pytest.approx(0.01414, rel=1e-3)
    assert entry.training_error == pytest.approx(0.02)
    assert entry.is_ranked
    assert (entry.title, entry.epochs) == ("ResNet-20", 182)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"data_title": "CIFAR-10 (JPEG copy)"}, "Other data: CIFAR-10 (JPEG copy)."),
        (
            {"edits": ("step 300: the skips of stage 2 were cut",)},
            "Changed while it trained: step 300: the skips of stage 2 were cut.",
        ),
        ({"num_steps": 100, "step": 100}, "Shorter budget: 100 of the paper's 64,000 steps."),
    ],
)
def test_other_data_or_a_shorter_budget_is_never_ranked(shipped, changes, reason):
    shipped(card(**changes))
    (entry,) = ours()
    assert not entry.is_ranked
    assert entry.note == reason


def test_a_net_that_was_changed_while_it_trained_is_an_entry_of_its_own(shipped):
    shipped(card("s0", seed=0))
    shipped(card("s1", seed=1, edits=("step 300: momentum became 0.5",)))
    assert [entry.num_seeds for entry in ours()] == [1, 1]


def test_cards_without_shipped_weights_count(shipped, tmp_path):
    shipped(card("s0", seed=0))
    (tmp_path / "results").mkdir()
    path = save_checkpoint(tmp_path / "results", card("s1", seed=1), {"w": torch.zeros(1)})
    path.unlink()
    (entry,) = ours()
    assert (entry.num_seeds, entry.checkpoints) == (2, ("s0", "s1"))


def test_card_in_a_run_whose_name_begins_with_no_arm_takes_no_arm_s_curves():
    names = ("1-plain-0000004", "evil-1", "12345678901-x", "x")
    assert [_arm_of(card(name)) for name in names] == [1, -1, -1, -1]


def test_nets_of_other_recipes_and_repeated_seeds_are_entries_of_their_own(shipped):
    shipped(card("a", seed=0))
    shipped(card("b", seed=0))
    shipped(card("c", seed=1, training=TrainingConfig(epochs=182, learning_rate=0.2)))
    assert [entry.num_seeds for entry in ours()] == [1, 1, 1]


def test_epochs_of_a_run_given_in_steps(shipped):
    shipped(card(num_train=45_000, training=TrainingConfig(steps=64_000)))
    assert ours()[0].epochs == pytest.approx(182.04, abs=0.01)


def test_intervals_are_wilson_s_of_one_seed_and_student_s_over_seeds(shipped):
    shipped(card("s0", seed=0))
    assert ours()[0].interval == pytest.approx((0.0942, 0.1060), abs=2e-4)  # of 10,000 pictures
    shipped(card("s1", seed=1, metrics={"test_accuracy": 0.92}))
    assert ours()[0].interval == pytest.approx((0.0, 0.2171), abs=1e-3)
    assert (ours()[0].num_training_errors, ours()[0].num_seeds) == (1, 2)


def test_augmentation_of_a_shipped_net_is_that_of_its_recipe(shipped):
    shipped(short_card("resnet20", 0, 0.8))
    shipped(card("own", training=TrainingConfig(epochs=3)))
    assert {entry.augmentation for entry in ours()} == {"crop and flip", ""}


def test_a_finished_run_joins_and_leaves(home):  # noqa: F811
    folder = runs.create_run(tiny_experiment())
    with pytest.raises(RunError, match="Only a finished run"):
        put_on_scoreboard(folder.name)
    write_state(folder, WorkerState(phase="finished"))
    with pytest.raises(RunError, match="nothing on test pictures"):
        put_on_scoreboard(folder.name)
    model = build_model(tiny_model(num_classes=2))
    final = card("0-tiny-0064000", metrics={"test_accuracy": 0.25})
    save_checkpoint(folder / "checkpoints", final, model.state_dict())
    put_on_scoreboard(folder.name)
    assert joined_runs() == (folder.name,)
    (entry,) = [entry for entry in list_entries() if entry.origin == "run"]
    assert (entry.test_error, entry.run_ids) == (0.75, (folder.name,))
    leave_scoreboard(folder.name)
    assert joined_runs() == ()


def test_degradation_figure_draws_what_is_ranked_alone(shipped):
    shipped(card("s0", seed=0))
    shipped(card("s1", seed=1, metrics={"test_accuracy": 0.92}))
    shipped(
        card("t", data_title="Synthetic figures", model=tiny_model(name="resnet32", num_classes=2))
    )
    figure = degradation_figure(list_entries())
    by_name = {trace.name: trace for trace in figure.data}
    published = by_name["residual, He et al. 2015, table 6"]
    assert list(published.x) == [20, 32, 44, 56, 110, 1202]
    assert published.y[0] == pytest.approx(8.75)
    mine = by_name["residual, the lab's"]
    assert list(mine.y) == pytest.approx([9.0])
    low, high = (9 - 100 * 12.706 * 0.02 / 2, 9 + 100 * 12.706 * 0.02 / 2)
    assert mine.error_y.array[0] == pytest.approx(high - 9, rel=1e-3)
    assert mine.error_y.arrayminus[0] == pytest.approx(9 - max(0, low), rel=1e-3)
    assert 7.0 not in [y for trace in figure.data for y in trace.y]  # "about 93 %"


def test_colour_is_the_kind_of_net_and_a_line_joins_what_differs_in_depth_alone():
    traces = degradation_figure(PUBLISHED_RESULTS).data
    colours = {}
    for trace in traces:
        colours.setdefault(trace.name.split(",")[0], set()).add(trace.line.color)
    assert all(len(found) == 1 for found in colours.values())
    assert len(set.union(*colours.values())) == len(colours) == 5
    joined = {trace.name for trace in traces if trace.mode == "lines+markers"}
    assert "residual, He et al. 2015, table 6" in joined
    assert not [name for name in joined if name.startswith(("wide", "dense"))]
    assert not [name for name in joined if "stochastic" in name]


def test_ticks_of_neighbouring_depths_do_not_touch():
    shown = degradation_figure(PUBLISHED_RESULTS).layout.xaxis.tickvals
    assert {18, 20, 56, 110} <= set(shown)
    assert 40 not in shown and 100 not in shown


def test_budget_figure_has_a_panel_of_test_and_one_of_training_errors(shipped):
    for seed, right in enumerate((0.80, 0.82, 0.84)):
        shipped(short_card("resnet20", seed, right))
    (budget,) = equal_budgets(list_entries())
    figure = budget_figure(budget)
    assert figure.layout.legend.y > 1  # where it hides no point
    seeds, test, training = figure.data
    assert sorted(seeds.y) == pytest.approx([16, 18, 20])
    assert list(test.y) == pytest.approx([18])
    assert test.error_y.array[0] == pytest.approx(4.303 * 2 / 3**0.5, rel=1e-3)
    assert list(training.y) == pytest.approx([10.0])
    assert (test.xaxis, training.xaxis) == ("x", "x2")
    assert "3 of 3 seeds" in training.text[0]


def test_budget_figure_without_training_errors_has_one_panel(shipped):
    shipped(short_card("resnet20", 0, 0.8))
    (entry,) = ours()
    unknown = dataclasses.replace(entry, training_error=None, num_training_errors=0)
    (budget,) = equal_budgets([unknown])
    figure = budget_figure(budget)
    assert {trace.xaxis for trace in figure.data} == {"x"}
    assert [note.text for note in figure.layout.annotations] == ["Test pictures"]


def test_names_are_shown_letter_by_letter(shipped):
    shipped(card(metrics={"test_accuracy": 0.9, "train_accuracy": 0.9}))
    mine = [e for e in list_entries() if e.origin == "shipped"]
    named = [dataclasses.replace(mine[0], title="<b>x</b>")]
    texts = [text for trace in degradation_figure(named).data for text in trace.text]
    assert texts[0].startswith("&lt;b&gt;x&lt;/b&gt;")


@pytest.mark.parametrize(("by_size", "stds"), [(False, [0.2, 0.5]), (True, [0.5, 0.2])])
def test_card_responses_figure_is_in_order_of_depth_or_of_size(by_size, stds):
    one = card(layer_responses={"stem.conv": 0.2, "stage1.0.conv1": 0.5})
    (line,) = card_responses_figure([one], by_size=by_size).data
    assert list(line.y) == stds
    assert list(line.text)[stds.index(0.2)] == "stem.conv"
