# torch types a net's parts as `Tensor | Module`, whatever they are.
# pyright: reportAttributeAccessIssue=false, reportCallIssue=false, reportIndexIssue=false
"""Maps, block parts and channel statistics against plain forward passes and plain loops."""

import contextlib
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from resnet_core.data import Batch
from resnet_core.errors import CancelledError, ProbeError
from resnet_core.models import ResNet, build_model, list_probe_points, model_config
from resnet_core.probes.channels import measure_channels, receptive_window
from resnet_core.probes.features import (
    FeatureMaps,
    list_blocks,
    measure_block,
    measure_features,
    read_first_filters,
)
from tests.explain.conftest import fingerprint_of, prepare_odd_state, small_net

PATHS = ("stem", "stage1.0.conv1", "stage1.0", "stage2.0", "stage3.0")


@pytest.fixture
def net() -> ResNet:
    return small_net()


@pytest.fixture
def picture() -> Tensor:
    return torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(2))


def batches(num_pictures: int = 23, size: int = 5) -> list[Batch]:
    generator = torch.Generator().manual_seed(4)
    images = torch.randn(num_pictures, 3, 16, 16, generator=generator)
    labels = torch.randint(5, (num_pictures,), generator=generator)
    return [
        Batch(images[start : start + size], labels[start : start + size])
        for start in range(0, num_pictures, size)
    ]


def outputs(model: ResNet, path: str, images: Tensor) -> Tensor:
    kept = []
    handle = model.get_submodule(path).register_forward_hook(lambda m, i, out: kept.append(out))
    with torch.no_grad():
        model(images)
    handle.remove()
    return kept[0]


def test_measure_features_gives_every_layer_s_maps(net: ResNet, picture: Tensor) -> None:
    net.train()  # it is measured in evaluation mode, and given back in training mode
    for features in measure_features(net, picture, PATHS):
        assert net.training
        expected = outputs(net.eval(), features.point.path, picture)[0].numpy()
        net.train()
        np.testing.assert_array_equal(features.maps, expected)
        assert features.maps.shape == (features.point.channels, *features.point.map_size_px)


def test_feature_maps_tell_activation_variance_and_silence(net: ResNet, picture: Tensor) -> None:
    (features,) = measure_features(net, picture, ["stage1.0.conv1"])
    assert features.is_signed
    for channel, values in enumerate(features.maps):
        flat = values.ravel()
        assert features.activation[channel] == pytest.approx(flat[flat > 0].sum() / len(flat))
        assert features.variance[channel] == pytest.approx(np.var(flat), rel=1e-4)
        assert features.dead_share[channel] == pytest.approx(np.sum(flat <= 0) / len(flat))


def test_feature_maps_order_channels_by_what_is_asked() -> None:
    point = list_probe_points(small_net(), 16)[0]
    maps = np.stack([np.full((2, 2), 3.0), np.zeros((2, 2)), [[0.0, 8.0], [0.0, 0.0]]])
    features = FeatureMaps(point=point, maps=maps)
    assert features.order("number").tolist() == [0, 1, 2]
    assert features.order("activation").tolist() == [0, 2, 1]
    assert features.order("variance").tolist() == [2, 0, 1]
    assert not features.is_signed


@pytest.mark.parametrize(
    "changes",
    [{}, {"skip_strength": 0.5}, {"activation_order": "pre"}, {"shortcut": "B"}, {"norm": "none"}],
)
def test_measure_block_gives_what_the_addition_joins(
    changes: dict[str, object], picture: Tensor
) -> None:
    model = small_net(**changes)
    for path in list_blocks(model):
        parts = measure_block(model, picture, path)
        assert parts.skip is not None
        expected = outputs(model, f"{path}.add", picture)[0].numpy()
        np.testing.assert_allclose(parts.total, expected, rtol=1e-5, atol=1e-6)
        alpha = model.config.skip_strength
        shortcut = outputs(model, f"{path}.shortcut", picture)[0].numpy() * alpha
        np.testing.assert_allclose(parts.skip, shortcut, rtol=1e-5, atol=1e-6)
        cosine = np.dot(parts.skip.ravel(), parts.branch.ravel())
        cosine /= np.linalg.norm(parts.skip) * np.linalg.norm(parts.branch)
        assert parts.cosine == pytest.approx(cosine, rel=1e-4)


def test_measure_block_of_a_plain_net_is_its_branch(picture: Tensor) -> None:
    model = small_net(skip_strength=0.0)
    parts = measure_block(model, picture, "stage2.0")
    assert parts.skip is None
    assert parts.cosine is None
    expected = outputs(model, "stage2.0.norm2", picture)[0].numpy()
    np.testing.assert_array_equal(parts.total, expected)


def test_measure_block_of_a_dense_net_is_refused(picture: Tensor) -> None:
    model = build_model(model_config("densenet40_12", stage_blocks=(1, 1), stage_widths=(4, 4)))
    assert list_blocks(model) == ("stage1.0", "stage2.0")
    with pytest.raises(ProbeError, match="append their maps"):
        measure_block(model, picture, "stage1.0")
    (maps,) = measure_features(model, picture, ["stage1.0.concat"])
    assert len(maps.maps) == 16 + 4


def test_read_first_filters_gives_weights_by_place_and_colour(net: ResNet) -> None:
    filters = read_first_filters(net)
    assert filters.shape == (6, 3, 3, 3)
    assert filters[2, 0, 1, 2] == net.stem.conv.weight[2, 2, 0, 1].item()


def test_features_refuse_in_a_sentence(net: ResNet, picture: Tensor) -> None:
    with pytest.raises(ProbeError, match=r"no layer called 'stage7'"):
        measure_features(net, picture, ["stage7"])
    with pytest.raises(ProbeError, match=r"'pool' has no height and width"):
        measure_features(net, picture, ["pool"])
    with pytest.raises(ProbeError, match=r"not a block .* stage1\.0, stage2\.0, stage3\.0"):
        measure_block(net, picture, "stem")
    net.stem.conv.weight.data.fill_(float("nan"))
    with pytest.raises(ProbeError, match=r"maps of stage1\.0 are not finite"):
        measure_features(net, picture, ["stage1.0"])
    with pytest.raises(ProbeError, match="not finite"):
        measure_block(net, picture, "stage2.0")
    assert all(not module._forward_hooks for module in net.modules())


@pytest.mark.parametrize("path", ["stage1.0.conv1", "stage2.0"])
def test_measure_channels_equals_a_plain_loop(net: ResNet, path: str) -> None:
    found = measure_channels(net, path, batches(), num_top=4)
    images = torch.cat([batch.images for batch in batches()])
    labels = torch.cat([batch.labels for batch in batches()])
    maps = outputs(net, path, images).numpy()
    assert found.num_pictures == 23
    for channel in range(maps.shape[1]):
        peaks = maps[:, channel].reshape(23, -1).max(axis=1)
        strongest = np.argsort(-peaks, kind="stable")[:4]
        assert found.peak_pictures[channel].tolist() == strongest.tolist()
        np.testing.assert_allclose(found.peak_values[channel], peaks[strongest], rtol=1e-5)
        for picture, (row, column) in zip(strongest, found.peak_places[channel], strict=True):
            assert maps[picture, channel, row, column] == pytest.approx(peaks[picture], rel=1e-5)
        assert found.dead_share[channel] == pytest.approx(np.mean(peaks <= 0))
        means = [
            np.maximum(maps[labels == k, channel], 0).mean() if (labels == k).any() else 0.0
            for k in range(5)
        ]
        np.testing.assert_allclose(found.class_means[:, channel], means, rtol=1e-4, atol=1e-6)
        first = max(means)
        rest = (sum(means) - first) / 4
        expected = (first - rest) / (first + rest) if first else 0.0
        assert found.selectivity[channel] == pytest.approx(expected, abs=1e-4)
        assert found.favourite_class[channel] == np.argmax(means)


def test_measure_channels_counts_classes_that_the_net_does_not_have(net: ResNet) -> None:
    own = net.config.num_classes
    found = measure_channels(net, "stage1.0", batches(), num_classes=own + 2)
    assert found.class_means.shape == (own + 2, found.point.channels)
    assert not found.class_means[own:].any(), "no picture had such a label"
    expected = measure_channels(net, "stage1.0", batches())
    np.testing.assert_array_equal(found.class_means[:own], expected.class_means)
    assert found.class_counts.sum() == found.num_pictures
    assert found.class_counts[own:].tolist() == [0, 0]
    assert found.selectivity.max() > 0
    np.testing.assert_allclose(found.selectivity, expected.selectivity, rtol=1e-5)


def test_measure_channels_does_not_depend_on_the_batch(net: ResNet) -> None:
    one, other = (measure_channels(net, "stage3.0", batches(size=size)) for size in (1, 23))
    np.testing.assert_array_equal(one.peak_pictures, other.peak_pictures)
    np.testing.assert_allclose(one.class_means, other.class_means, rtol=1e-4)


def test_measure_channels_can_be_cancelled_and_leaves_no_trace(net: ResNet) -> None:
    def cancel(message: str, fraction: float | None = None) -> None:
        raise CancelledError(message)

    with pytest.raises(CancelledError, match="5 pictures seen"):
        measure_channels(net, "stage3.0", batches(), progress=cancel)
    assert all(not module._forward_hooks for module in net.modules())
    with pytest.raises(ProbeError, match="no pictures"):
        measure_channels(net, "stage3.0", [])
    with pytest.raises(ProbeError, match="no height and width"):
        measure_channels(net, "classifier", batches())


@pytest.mark.parametrize("is_finite", [True, False])
@pytest.mark.parametrize(
    "measure",
    [
        lambda net, picture: measure_features(net, picture, PATHS),
        lambda net, picture: measure_block(net, picture, "stage2.0"),
        lambda net, picture: measure_channels(net, "stage2.0", batches()),
        lambda net, picture: measure_channels(net, "classifier", batches()),
    ],
)
def test_measurements_leave_the_net_as_it_was_even_when_they_fail(
    measure: Callable[[ResNet, Tensor], object], is_finite: bool, net: ResNet, picture: Tensor
) -> None:
    prepare_odd_state(net)
    if not is_finite:
        net.stem.conv.weight.data.fill_(float("inf"))
    before = fingerprint_of(net)
    with torch.inference_mode(), contextlib.suppress(ProbeError):
        measure(net, picture)
    assert str(fingerprint_of(net)) == str(before), "text, for what is not a number equals nothing"


@pytest.mark.parametrize("path", ["stem", "stage1.0", "stage2.0", "stage3.0.conv1", "stage3.0"])
@pytest.mark.parametrize("place", [(0, 0), (1, 2), (3, 3)])
def test_receptive_window_is_where_the_gradient_reaches(path: str, place: tuple[int, int]) -> None:
    model = small_net(norm="none").double()
    for parameter in model.parameters():
        parameter.data.abs_()  # nothing cancels, no ReLU is shut
    picture = torch.rand(1, 3, 16, 16, dtype=torch.float64, requires_grad=True)
    kept = []
    handle = model.get_submodule(path).register_forward_hook(lambda m, i, out: kept.append(out))
    model(picture)
    handle.remove()
    kept[0][0, :, place[0], place[1]].sum().backward()
    assert picture.grad is not None
    reached = (picture.grad[0] != 0).any(dim=0)
    rows, columns = torch.where(reached)
    point = {point.path: point for point in list_probe_points(model, 16)}[path]
    expected = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    assert receptive_window(point, place, 16) == tuple(int(bound) for bound in expected)
