import pytest

from resnet_core.checkpoints import find_checkpoint, read_card
from resnet_core.config import fingerprint
from resnet_core.models import cifar_config, model_config, twin_config
from resnet_core.recipes.files import list_recipes, load_recipe
from resnet_core.recipes.presets import demo_experiment, list_presets, training_preset
from resnet_core.training.schedules import learning_rate


@pytest.mark.parametrize("depth", [20, 32, 44, 56, 110])
def test_paper_recipe_trains_twins_with_the_papers_schedule(depth):
    experiment = load_recipe(f"cifar10-{depth}-paper")
    residual, plain = (arm.model for arm in experiment.arms)
    assert residual == cifar_config(depth)
    assert plain == twin_config(residual)
    rates = [learning_rate(experiment.training, step, 64_000) for step in (500, 32_000, 48_000)]
    assert rates == pytest.approx([0.1, 0.01, 0.001])
    assert experiment.training.steps == 64_000


def test_deepest_paper_recipe_warms_up():
    training = load_recipe("cifar10-110-paper").training
    assert learning_rate(training, 20, 64_000) < 0.01
    assert learning_rate(training, 400, 64_000) == pytest.approx(0.1)


@pytest.mark.parametrize("net", ["resnet18", "resnet18_cifar"])
def test_article_recipe_is_the_articles(net):
    slug = net.replace("_", "-")
    experiment = load_recipe(f"cifar10-{slug}-article")
    assert experiment.training == training_preset("resnet18-article")
    assert [arm.model for arm in experiment.arms] == [model_config(net)]
    assert load_recipe(f"cifar10-{slug}-fast").training.epochs < experiment.training.epochs


def test_article_recipe_says_what_is_not_the_articles():
    preset = next(preset for preset in list_presets() if preset.name == "resnet18-article")
    assert (
        f"weight decay {preset.training.weight_decay:.0e}".replace("e-0", "e-")
        in (preset.description.partition("Not the post's but ours:")[2])
    )


SHIPPED = {
    "cifar10-20-cpu": ("resnet20-cifar10-jpeg", "plain20-cifar10-jpeg"),
    "synthetic-20-cpu": ("resnet20-synthetic", "plain20-synthetic"),
    "synthetic-56-cpu": ("resnet56-synthetic", "plain56-synthetic"),
    "fashion-mnist-20-cpu": ("resnet20-fashion-mnist",),
    "cifar10-20-fast": ("resnet20-cifar10-jpeg-22-epochs", "plain20-cifar10-jpeg-22-epochs"),
    "cifar10-20-short": ("resnet20-cifar10-jpeg-9-epochs", "plain20-cifar10-jpeg-9-epochs"),
    "cifar10-56-short": ("resnet56-cifar10-jpeg-9-epochs", "plain56-cifar10-jpeg-9-epochs"),
}
"""Recipes with the shipped nets that they made."""


@pytest.mark.parametrize("recipe", SHIPPED)
def test_a_recipe_stays_as_it_made_its_shipped_nets(recipe):
    for net in SHIPPED[recipe]:
        assert read_card(find_checkpoint(net)).training == load_recipe(recipe).training, net


def test_bfloat16_is_no_default_and_made_only_the_nets_of_the_cpu():
    trained = {recipe: load_recipe(recipe).training.precision for recipe in SHIPPED}
    assert trained == {
        recipe: "bfloat16" if recipe.endswith("-cpu") else "float32" for recipe in SHIPPED
    }
    usual = [preset.training for preset in list_presets()] + [demo_experiment().training]
    assert {training.precision for training in usual} == {"float32"}


def test_recipes_differ_from_each_other():
    recipes = [load_recipe(name) for name in list_recipes()]
    assert len(set(recipes)) == len(recipes)


def test_demo_is_a_deep_pair_that_differs_in_the_skip_alone():
    demo = demo_experiment()
    residual, plain = (arm.model for arm in demo.arms)
    assert (residual, plain) == (model_config("resnet56_narrow"), model_config("plain56_narrow"))
    assert plain == twin_config(residual)
    assert demo.data.source == "synthetic"  # offline


def test_demo_recipe_is_the_demo_of_the_first_page():
    recipe = load_recipe("demo")
    assert recipe == demo_experiment()
    assert fingerprint(recipe) == fingerprint(demo_experiment())
    assert recipe.training == training_preset("demo")


@pytest.mark.parametrize("name", [each.name for each in list_presets() if each.name != "demo"])
def test_other_presets_train_the_small_pair(name):
    experiment = load_recipe(name)
    assert [arm.label for arm in experiment.arms] == ["resnet20", "plain20"]
    assert experiment.name == f"resnet20 and plain20, {name}"
