"""A net is built from its seed alone, and one that is too large for the machine says so."""

import pytest
import torch

from resnet_core.errors import OutOfMemoryError
from resnet_core.models import build_model
from resnet_core.models.nets import build_on_meta
from tests.models.tiny_nets import tiny


def test_building_on_meta_takes_no_memory():
    on_meta, model = build_on_meta(tiny()).state_dict(), build_model(tiny()).state_dict()
    assert all(tensor.is_meta for tensor in on_meta.values())
    shapes = {path: tensor.shape for path, tensor in model.items()}
    assert {path: tensor.shape for path, tensor in on_meta.items()} == shapes


def test_net_too_large_for_the_machine_says_so():
    config = tiny(stage_widths=(4, 8, 2**22))
    with pytest.raises(OutOfMemoryError, match="GiB for its weights"):
        build_model(config)


def test_seed_decides_the_weights():
    config = tiny()
    first, same, other = (build_model(config, seed=seed).state_dict() for seed in (5, 5, 6))
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert not torch.equal(first["stem.conv.weight"], other["stem.conv.weight"])


def test_building_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    build_model(tiny())
    assert torch.equal(before, torch.get_rng_state())
