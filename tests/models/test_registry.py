import dataclasses

import pytest

from resnet_core.config import config_from_json, config_to_json
from resnet_core.errors import ConfigError, UnknownNetError
from resnet_core.models import (
    cifar_config,
    has_twin,
    list_models,
    measure_cost,
    model_config,
    twin_config,
)

# He et al. 2015 table 6 gives them rounded; exact counts of the option-A nets with 10 classes.
CIFAR_PARAMETERS = {
    20: 269_722,
    32: 464_154,
    44: 658_586,
    56: 853_018,
    110: 1_727_962,
    1202: 19_421_274,
}
# torchvision's tables for 1,000 classes.
TORCHVISION_PARAMETERS = {
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "resnext50_32x4d": 25_028_904,
    "resnext101_32x8d": 88_791_336,
    "resnext101_64x4d": 83_455_272,
    "wide_resnet50_2": 68_883_240,
    "wide_resnet101_2": 126_886_696,
    "densenet121": 7_978_856,
}
# Counts of seresnet50 and resnet50d in timm 1.0.31, 1,000 classes.
TIMM_PARAMETERS = {"se_resnet50": 28_088_024, "resnet50_d": 25_576_264}


def count(name, **changes):
    return measure_cost(model_config(name, **changes), 32).parameters


@pytest.mark.parametrize("depth", CIFAR_PARAMETERS)
def test_cifar_resnet_has_the_papers_parameters(depth):
    assert count(f"resnet{depth}") == CIFAR_PARAMETERS[depth]


@pytest.mark.parametrize("depth", [20, 32, 44, 56, 110])
def test_plain_net_has_its_residual_twins_parameters(depth):
    assert count(f"plain{depth}") == CIFAR_PARAMETERS[depth]


@pytest.mark.parametrize("depth", [20, 110])
def test_option_b_adds_two_projections(depth):
    assert count(f"resnet{depth}", shortcut="B") == CIFAR_PARAMETERS[depth] + 2_752


def test_option_c_projects_in_every_block():
    per_stage = [width * width + 2 * width for width in (16, 32, 64)]
    extra = count("resnet20", shortcut="C") - count("resnet20", shortcut="B")
    assert extra == 3 * per_stage[0] + 2 * per_stage[1] + 2 * per_stage[2]


@pytest.mark.parametrize("name", TORCHVISION_PARAMETERS)
def test_imagenet_resnet_has_torchvisions_parameters(name):
    assert count(name, num_classes=1000) == TORCHVISION_PARAMETERS[name]


@pytest.mark.parametrize("name", TIMM_PARAMETERS)
def test_later_resnet_has_timms_parameters(name):
    assert count(name, num_classes=1000) == TIMM_PARAMETERS[name]


def test_wide_resnets_have_the_papers_size():
    # Zagoruyko and Komodakis 2016, table 5: 11.0 M and 36.5 M.
    assert count("wrn16_8") == 10_961_370
    assert count("wrn28_10") == 36_479_194


def test_resnext29_has_the_papers_size():
    # Xie et al. 2017, table 7: 34.4 M.
    assert round(count("resnext29_8x64d") / 1e6, 1) == 34.4


def test_resnet18_has_the_blog_posts_parameters():
    assert count("resnet18") == 11_181_642
    assert count("resnet18_cifar") == 11_173_962


def test_preact_bottlenecks_have_the_2016_papers_size():
    # He et al. 2016 table 4: 1.7 M and 10.2 M.
    assert count("preact_resnet164") == pytest.approx(1.7e6, rel=0.02)
    assert count("preact_resnet1001") == pytest.approx(10.2e6, rel=0.02)


@pytest.mark.parametrize(("name", "usual"), [("resnet56_narrow", 56), ("plain56_narrow", 56)])
def test_narrow_net_is_the_papers_with_half_the_channels(name, usual):
    config, plain = model_config(name), name.startswith("plain")
    wide = cifar_config(usual, plain=plain)
    assert config.stage_widths == tuple(width // 2 for width in wide.stage_widths) == (8, 16, 32)
    assert config.stem_width * 2 == wide.stem_width
    widened = dataclasses.replace(
        config, name=wide.name, stage_widths=wide.stage_widths, stem_width=wide.stem_width
    )
    assert widened == wide
    # Convolutions have a quarter of the weights, everything else about half.
    assert count("resnet56") / 4 < count(name) < count("resnet56") / 3.9


def test_narrow_nets_are_twins():
    assert twin_config(model_config("resnet56_narrow")) == model_config("plain56_narrow")


def test_registry_holds_every_family():
    names = list_models()
    assert len(set(names)) == len(names)
    assert {"resnet20", "plain110", "preact_resnet1001", "resnet152", "plain34"} <= set(names)


@pytest.mark.parametrize("name", list_models())
def test_config_survives_json(name):
    config = model_config(name)
    assert config.name == name
    assert config_from_json(type(config), config_to_json(config)) == config


@pytest.mark.parametrize("name", [n for n in list_models() if has_twin(model_config(n))])
def test_twin_differs_in_the_skip_alone(name):
    config = model_config(name)
    twin = twin_config(config)
    fields = dataclasses.asdict(config).items() ^ dataclasses.asdict(twin).items()
    assert {field for field, _ in fields} == {"name", "skip_strength"}
    assert twin.is_plain != config.is_plain
    assert twin_config(twin) == config
    assert twin.name not in list_models() or model_config(twin.name) == twin


def test_net_that_lives_by_its_shortcuts_has_no_twin():
    without = [name for name in list_models() if not has_twin(model_config(name))]
    assert without == [
        *("stochastic_resnet110", "skipinit_resnet56", "rezero_resnet56", "fixup_resnet56"),
        *("densenet40_12", "densenet_bc100_12", "densenet121"),
    ]


@pytest.mark.parametrize("name", ["mine", "residual_mine", "plain_mine"])
def test_twin_of_a_twin_keeps_a_name_of_ones_own(name):
    config = model_config("resnet20", name=name)
    assert twin_config(config).name != name
    assert twin_config(twin_config(config)) == config


@pytest.mark.parametrize("name", ["resnet26", "plain26", "preact_resnet26", "plain8"])
def test_any_depth_6n_plus_2_is_known(name):
    config = model_config(name)
    assert config.name == name
    assert config.is_plain == name.startswith("plain")
    depth = int(name[-2:].strip("n"))
    assert sum(config.stage_blocks) * 2 + 2 == depth


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("resnet2O", "resnet20"), ("preact_resnet165", "preact_resnet164"), ("ResNet-18", "resnet18")],
)
def test_unknown_net_names_the_nearest(name, nearest):
    with pytest.raises(UnknownNetError, match=nearest) as caught:
        model_config(name)
    assert name in str(caught.value)


@pytest.mark.parametrize("name", ["", "resnet", "resnet2", "resnet21", "resnet99999", "💥"])
def test_impossible_net_is_refused(name):
    with pytest.raises(UnknownNetError, match="6n\\+2"):
        model_config(name)


@pytest.mark.parametrize(("depth", "nearest"), [(21, "20 and 26"), (2, "8"), (-4, "8")])
def test_impossible_depth_names_the_nearest(depth, nearest):
    with pytest.raises(ConfigError, match=nearest):
        cifar_config(depth)


def test_unknown_setting_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"'widht'.*stem_width"):
        model_config("resnet20", widht=3)


def test_changes_reach_the_config():
    config = model_config("resnet50", num_classes=1000, shortcut="C")
    assert (config.num_classes, config.shortcut) == (1000, "C")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"zero_gamma": True, "skip_strength": 0.0}, "zero_gamma"),
        ({"stage_widths": (64, 32, 16)}, "Shortcut A"),
        ({"stem_width": 32}, "Shortcut A"),
        ({"norm": "lots"}, "batch, group, layer, none"),
        ({"groups": 2}, "take block bottleneck"),
        ({"groups": 5, "block": "bottleneck"}, "nearest that does is 4"),
        ({"groups": 48, "block": "bottleneck", "stage_widths": (64, 128, 256)}, "is 32"),
        ({"groups": 10**9, "block": "bottleneck"}, "between 1 and 4,096"),
        ({"width_factor": 0}, "at least 1"),
        ({"squeeze_reduction": -1}, "squeeze_reduction must be at least 0"),
        ({"stochastic_depth": 1.0}, "below 1"),
        ({"stochastic_depth": 0.5, "skip_strength": 0.0}, "stochastic_depth would silence"),
        ({"branch_scale": "skipinit", "skip_strength": 0.0}, "skipinit would silence"),
        ({"skip_kind": "constant", "skip_strength": 0.0}, "a plain net has none"),
        ({"stem": "deep", "stem_width": 15}, "take 16 instead of 15"),
        ({"stage_blocks": (3, 10**9, 3)}, "at most"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        model_config("resnet20", **changes)


def test_plain_net_and_projections_may_lose_channels():
    for changes in ({"skip_strength": 0.0}, {"shortcut": "B"}):
        assert measure_cost(
            model_config("resnet20", stage_widths=(64, 32, 16), **changes), 32
        ).parameters
