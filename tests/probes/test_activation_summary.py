import pytest
import torch

from resnet_core.probes.activation_summary import length_of, summarise_activation


@pytest.mark.parametrize("shift", [0.0, 3.0, 100.0])
@pytest.mark.parametrize("shape", [(32, 16, 32, 32), (4, 7), (2, 3, 5, 7)])
def test_mean_and_spread_are_those_of_all_values_in_double(shape, shift):
    generator = torch.Generator().manual_seed(0)
    values = torch.relu(torch.randn(shape, generator=generator) + shift)
    mean, std, _ = summarise_activation(values).tolist()
    assert mean == pytest.approx(values.double().mean().item(), rel=1e-6)
    assert std == pytest.approx(values.double().std().item(), rel=1e-6)


def test_a_channel_is_dead_that_is_zero_for_every_picture_and_place():
    values = torch.zeros(2, 4, 3, 3)
    values[1, 0, 2, 2] = values[0, 2, 0, 0] = 1.0
    assert summarise_activation(values)[2] == 0.5
    assert summarise_activation(values.movedim(1, -1), 3)[2] == 0.5


def test_a_single_value_has_no_spread():
    assert summarise_activation(torch.full((1, 1), 2.0)).tolist() == [2.0, 0.0, 0.0]


def test_length_is_exact_for_millions_of_values():
    values = torch.relu(torch.randn(64, 64, 32, 32, generator=torch.Generator().manual_seed(0)))
    assert length_of(values).item() == pytest.approx(values.double().norm().item(), rel=1e-6)
    assert length_of(values.bfloat16()).dtype == torch.float32
