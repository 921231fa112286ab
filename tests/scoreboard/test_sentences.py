import dataclasses

import pytest

from resnet_core.config import TrainingConfig
from resnet_core.scoreboard import (
    PUBLISHED_RESULTS,
    Entry,
    budget_sentence,
    depth_effect,
    equal_budgets,
    published_sentences,
    ranking_sentence,
    responses_sentence,
)
from tests.scoreboard.test_scoreboard import card
from tests.training.conftest import tiny_model


def test_budgets_of_one_length_tell_in_what_they_differ() -> None:
    usual = TrainingConfig(epochs=9)
    fast = dataclasses.replace(usual, learning_rate=0.4, clip_norm=1.0)
    same = dataclasses.replace(usual, epochs=4, steps=3164)
    alone = entry("resnet20", (0.1,), training=usual, data_title="MNIST")
    entries = [entry("resnet20", (0.1,), training=recipe) for recipe in (usual, fast)]
    assert sorted(budget.title for budget in equal_budgets([*entries, alone])) == [
        "CIFAR-10, 9 epochs, peak learning rate 0.1, no gradient clipping",
        "CIFAR-10, 9 epochs, peak learning rate 0.4, gradient clipping 1.0",
        "MNIST, 9 epochs",
    ]
    entries = [entry("resnet20", (0.1,), training=recipe) for recipe in (usual, same)]
    titles = [budget.title for budget in equal_budgets(entries)]
    assert titles == ["CIFAR-10, 9 epochs (1)", "CIFAR-10, 9 epochs (2)"]
    unknown = [entry("resnet20", (0.1,), training=recipe) for recipe in (usual, None)]
    assert {budget.title for budget in equal_budgets(unknown)} == {
        "CIFAR-10, 9 epochs",
        "CIFAR-10, 9 epochs, recipe not known",
    }
    longer = entry("resnet20", (0.1,), steps=3170)
    titles = {budget.title for budget in equal_budgets([entry("resnet20", (0.1,)), longer])}
    assert titles == {"CIFAR-10, 9 epochs, 3,164 steps", "CIFAR-10, 9 epochs, 3,170 steps"}


def entry(net: str, errors: tuple[float, ...], **changes) -> Entry:
    one = Entry(
        net=net,
        title=net,
        depth=int("".join(letter for letter in net if letter.isdigit())),
        kind="plain" if net.startswith("plain") else "residual",
        data_title="CIFAR-10",
        origin="shipped",
        test_error=sum(errors) / len(errors),
        test_errors=errors,
        num_seeds=len(errors),
        num_test=10_000,
        steps=3164,
        epochs=9.0,
        source=net,
    )
    return dataclasses.replace(one, **changes)


MEASURED = (
    entry("resnet20", (0.1698, 0.1755, 0.1662), training_error=0.14),
    entry("resnet56", (0.1594, 0.1614, 0.1608), training_error=0.12),
    entry("plain20", (0.2060, 0.2075, 0.2034), training_error=0.19),
    entry("plain56", (0.5020, 0.4794, 0.5020), training_error=0.50),
)
OPPOSITE = (
    entry("resnet20", (0.16, 0.161, 0.159), training_error=0.12),
    entry("resnet56", (0.50, 0.48, 0.51), training_error=0.05),
    entry("plain20", (0.49, 0.50, 0.48), training_error=0.5),
    entry("plain56", (0.20, 0.21, 0.19), training_error=0.2),
)


def test_sentence_says_what_depth_did_and_the_opposite_of_the_opposite():
    (budget,) = equal_budgets(MEASURED)
    said = budget_sentence(budget)
    assert said.startswith("After 9 epochs on CIFAR-10, 3 seeds a net: ")
    assert "the residual net is right on 83.95\u00a0% instead of 82.95\u00a0%" in said
    assert "not more than noise" in said.split(";")[0]
    assert "the plain net is right on 50.55\u00a0% instead of 79.44\u00a0%" in said
    assert said.split(";")[1].count("worse (95 % interval -3") == 1
    assert "plain net is worse on its own training pictures too (50.00\u00a0% wrong against" in said

    (budget,) = equal_budgets(OPPOSITE)
    said = budget_sentence(budget)
    residual, plain = said.split(";")
    assert "worse (95 %" in residual
    assert "better (95 %" in plain
    assert "residual net is not worse (5.00\u00a0% wrong against 12.00\u00a0%), so this may" in said
    assert "degradation" not in said


def test_interval_over_seeds_is_welch_s():
    (budget,) = equal_budgets(MEASURED)
    effect = depth_effect(budget, plain=False)
    assert effect is not None
    # By hand: variances 2.2163e-5 / 3 and 1.0533e-6 / 3, 2.19 degrees of freedom, so t = 4.303.
    assert effect.interval == pytest.approx((-0.0220, 0.0020), abs=2e-4)
    assert not effect.is_more_than_noise


def test_seeds_that_tell_no_spread_are_no_evidence():
    equal = [dataclasses.replace(e, test_errors=(e.test_error,) * 2, num_seeds=2) for e in MEASURED]
    (budget,) = equal_budgets(equal)
    effect = depth_effect(budget, plain=True)
    assert effect is not None and effect.difference > 0.2
    assert (effect.interval, effect.is_more_than_noise) == (None, False)
    assert "how far chance reaches is not known" in budget_sentence(budget)
    assert "worse (" not in budget_sentence(budget)


def test_one_seed_says_so_and_takes_the_interval_of_the_pictures():
    (budget,) = equal_budgets(
        [dataclasses.replace(e, test_errors=e.test_errors[:1], num_seeds=1) for e in MEASURED]
    )
    said = budget_sentence(budget)
    assert "one seed a net" in said
    effect = depth_effect(budget, plain=True)
    assert effect is not None and effect.interval is not None
    low, high = effect.interval
    assert low < effect.difference < high < low + 0.03
    (unknown,) = equal_budgets(
        [dataclasses.replace(e, test_errors=(), num_test=None) for e in MEASURED]
    )
    assert "how far chance reaches is not known" in budget_sentence(unknown)


def test_budgets_of_other_steps_recipes_or_owners_are_apart():
    others = [
        dataclasses.replace(MEASURED[0], steps=7734),
        dataclasses.replace(MEASURED[0], origin="run"),
        dataclasses.replace(MEASURED[0], data_title="Synthetic figures"),
    ]
    budgets = equal_budgets([*MEASURED, *others, *PUBLISHED_RESULTS])
    assert [len(budget.entries) for budget in budgets] == [4, 1, 1, 1]
    assert any(budget.title.startswith("yours: ") for budget in budgets)
    assert "says nothing of depth" in budget_sentence(budgets[1])
    narrow = dataclasses.replace(MEASURED[1], net="resnet56_narrow")
    assert depth_effect(equal_budgets([MEASURED[0], narrow])[0], plain=False) is None


def test_published_sentences_say_where_error_is_lowest():
    said = published_sentences(PUBLISHED_RESULTS)
    (he,) = [line for line in said if line.startswith("He et al. 2015")]
    assert he.endswith("is lowest at 110 layers (6.43\u00a0%) and higher at 1202 (7.93\u00a0%).")
    (deep,) = [line for line in said if line.startswith("He et al. 2016")]
    assert "with each step in depth, from 6.37\u00a0% at 110 layers to 4.92\u00a0% at 1001" in deep
    (plain,) = [line for line in said if "plain nets" in line]
    assert "error rises with depth" in plain

    def turned(each: Entry) -> Entry:
        return dataclasses.replace(each, test_error=1 - each.test_error)

    said = published_sentences([turned(each) for each in PUBLISHED_RESULTS])
    (plain,) = [line for line in said if "plain nets" in line]
    assert "error falls with each step" in plain
    (deep,) = [line for line in said if line.startswith("He et al. 2016")]
    assert "error rises with depth" in deep
    assert published_sentences(()) == ()


def test_ranking_sentence_names_the_lowest_and_counts_what_flatters():
    ranked = [e for e in PUBLISHED_RESULTS if e.is_ranked]
    said = ranking_sentence([*PUBLISHED_RESULTS, dataclasses.replace(MEASURED[0], note="Short.")])
    assert said.startswith(
        f"Lowest of {len(ranked)} numbers that may be ranked: WRN-28-10 with 4.00"
    )
    assert (
        "16 of them are the best" in said
    )  # 1 of He et al., 8 and 6 of two projects, 1 of a third
    assert "2 more are of other data" in said
    turned = [dataclasses.replace(e, test_error=1 - e.test_error) for e in ranked]
    worst = max(ranked, key=lambda e: e.test_error)
    assert f"ranked: {worst.title} with" in ranking_sentence(turned)
    assert "No result here" in ranking_sentence([dataclasses.replace(MEASURED[0], note="Short.")])


def test_responses_sentence_counts_pairs():
    def one(net: str, response: float):
        return card(net, model=tiny_model(name=net), layer_responses={"a": response, "b": response})

    model = one("resnet8", 1.0).model
    twins = [one(f"resnet{model.depth}", 1.0), one(f"plain{model.depth}", 2.0)]
    depth = model.depth
    assert f"layer: ResNet-{depth} 1.000, Plain-{depth} 2.000." in responses_sentence(twins)
    assert "smaller in 1 of 1 pair" in responses_sentence(twins)
    turned = [one(f"resnet{model.depth}", 3.0), one(f"plain{model.depth}", 2.0)]
    assert "smaller in 0 of 1 pair" in responses_sentence(turned)
    assert "nothing to compare" in responses_sentence(twins[:1])
