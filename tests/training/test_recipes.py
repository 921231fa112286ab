import pytest

from resnet_core.models import cifar_config, model_config, twin_config
from resnet_core.training.presets import training_preset
from resnet_core.training.recipes import list_recipes, load_recipe
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


def test_recipes_differ_from_each_other():
    recipes = [load_recipe(name) for name in list_recipes()]
    assert len(set(recipes)) == len(recipes)
