"""The maps of one block against the same operations by hand."""

# torch types a net's parts as `Tensor | Module`, whatever they are.
# pyright: reportCallIssue=false, reportOperatorIssue=false
import numpy as np
import pytest
import torch

from resnet_core.config import Intervention
from resnet_core.errors import ProbeError
from resnet_core.models import build_model, model_config
from resnet_core.models.interventions import apply_interventions
from resnet_core.probes.block_maps import measure_block_maps


@pytest.fixture
def picture() -> torch.Tensor:
    return torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(3))


def _net(name: str = "resnet8", **changes):
    return build_model(model_config(name, **changes), seed=1).eval()


@pytest.mark.parametrize("strength", [1.0, 0.25])
def test_maps_equal_explicit_operations(picture, strength):
    model = _net(skip_strength=strength)
    block = model.get_submodule("stage2.0")
    with torch.no_grad():
        x = model.stage1(model.stem(picture))
        branch = block.norm2(block.conv2(block.act1(block.norm1(block.conv1(x)))))
        skip = strength * block.shortcut(x)
    found = measure_block_maps(model, picture, "stage2.0")
    assert found.branch is not None
    assert found.skip is not None
    for part, by_hand in (
        (found.entering, x),
        (found.branch, branch),
        (found.skip, skip),
        (found.total, branch + skip),
        (found.leaving, torch.relu(branch + skip)),
    ):
        assert np.allclose(part, by_hand[0].numpy(), atol=1e-6)


def test_a_dropped_block_has_its_input_alone(picture):
    model = _net()
    apply_interventions(model, [Intervention(what="drop", blocks="stage1.0", value=1)])
    found = measure_block_maps(model, picture, "stage1.0")
    assert found.branch is None
    assert found.skip is None
    assert np.array_equal(found.total, found.entering)


def test_plain_and_dense_blocks_add_nothing(picture):
    plain = measure_block_maps(_net("plain8"), picture, "stage2.0")
    assert plain.skip is None
    assert plain.branch is not None
    assert np.array_equal(plain.total, np.maximum(plain.branch, 0))
    dense = measure_block_maps(_net("densenet40_12"), picture, "stage1.1")
    assert dense.branch is not None
    joined = np.concatenate([dense.entering, dense.branch])
    assert np.array_equal(dense.leaving, joined)


def test_what_is_no_block_is_refused(picture):
    with pytest.raises(ProbeError, match=r"no block of this net: .* stage1\.0 to stage3\.0"):
        measure_block_maps(_net(), picture, "stem")


def test_parts_leave_out_what_a_block_does_not_have(picture):
    assert list(measure_block_maps(_net(), picture, "stage2.0").parts) == [
        *("entering", "branch", "skip", "sum"),
    ]
    plain = measure_block_maps(_net("plain8"), picture, "stage2.0").parts
    assert list(plain) == ["entering", "branch"]
