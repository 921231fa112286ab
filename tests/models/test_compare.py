from resnet_core.models import model_config
from resnet_core.models.compare import compare_nets


def test_residual_net_adds_additions_and_no_parameter():
    difference = compare_nets(model_config("plain32"), model_config("resnet32"), 32)
    assert difference.operations == {"add": 15}
    assert (difference.parameters, difference.macs) == (0, 0)
    assert difference.settings == {"skip_strength": (0.0, 1.0)}
    assert difference.sentence == (
        "The second net has 15 more additions, no parameter more or less."
    )


def test_option_b_adds_two_projections():
    difference = compare_nets(model_config("resnet20"), model_config("resnet20", shortcut="B"), 32)
    assert difference.operations == {"conv": 2, "norm": 2}
    assert difference.parameters == 2_752
    assert "2 more convolutions, 2 more normalisations, 2,752 more parameters" in (
        difference.sentence
    )


def test_difference_turns_round_with_the_nets():
    first, second = model_config("resnet20"), model_config("resnet18")
    there, back = compare_nets(first, second, 32), compare_nets(second, first, 32)
    assert there.parameters == -back.parameters
    assert there.macs == -back.macs
    assert {kind: -number for kind, number in back.operations.items()} == there.operations
    assert "fewer" in back.sentence


def test_equal_nets_are_called_the_same():
    config = model_config("resnet20")
    assert compare_nets(config, config, 32).sentence == "The two nets are the same."
