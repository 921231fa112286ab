"""Cascading randomisation: what is replaced, in which order, and what is left alone."""

import numpy as np
import pytest
import torch
from torch import Tensor

from resnet_core.errors import CancelledError
from resnet_core.explain import Question, Target, attribute
from resnet_core.explain.randomisation import list_parts, measure_randomisation, rank_correlation
from resnet_core.models import ResNet, build_model, list_models, model_config
from resnet_core.models.nets import build_on_meta
from tests.explain.conftest import small_net

QUESTION = Question(method="grad-cam", layer="stage2.0")


def test_list_parts_goes_from_the_classifier_down(net: ResNet) -> None:
    assert list_parts(net) == ("classifier", "stage3.0", "stage2.0", "stage1.0", "stem")
    pre = small_net(activation_order="pre")
    assert list_parts(pre)[:2] == ("classifier", "final_norm")


@pytest.mark.parametrize("name", list_models())
def test_list_parts_leaves_no_weight_out(name: str) -> None:
    model = build_on_meta(model_config(name))
    parts = list_parts(model)
    keys = [f"{part}.{key}" for part in parts for key in model.get_submodule(part).state_dict()]
    assert sorted(keys) == sorted(model.state_dict())
    assert (parts[0], parts[-1]) == ("classifier", "stem")


@pytest.mark.parametrize("changes", [{}, {"activation_order": "pre"}, {"norm": "none"}])
def test_measure_randomisation_forgets_from_the_top_down(
    changes: dict[str, str], picture: Tensor
) -> None:
    model = small_net(**changes)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    found = measure_randomisation(model, picture, QUESTION, seed=4)
    assert [shown.part for shown in found] == ["trained net", *list_parts(model)]
    original = attribute(model, picture, QUESTION)
    assert np.array_equal(found[0].attribution.values, original.values)
    assert {shown.attribution.target for shown in found} == {original.target}
    # With everything forgotten the net is a fresh one.
    fresh = build_model(model.config, seed=4)
    expected = attribute(fresh, picture, Question(layer="stage2.0", target=original.target))
    np.testing.assert_allclose(found[-1].attribution.values, expected.values, rtol=1e-4, atol=1e-6)
    # With only the classifier forgotten, the rest is as it was.
    half = small_net(**changes)
    half.classifier.load_state_dict(fresh.classifier.state_dict())
    expected = attribute(half, picture, Question(layer="stage2.0", target=original.target))
    np.testing.assert_allclose(found[1].attribution.values, expected.values, rtol=1e-4, atol=1e-6)
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())


def test_guided_backprop_survives_forgetting_better_than_saliency(picture: Tensor) -> None:
    """Adebayo et al. 2018, fig. 2: guided backpropagation hardly depends on the upper layers."""
    model = small_net(stage_widths=(12, 12, 12), stem_width=12)
    means = {}
    for method in ("guided-backprop", "saliency"):
        question = Question(method=method, target=Target(class_index=0))
        found = measure_randomisation(model, picture, question)
        means[method] = np.mean(np.array([shown.correlation for shown in found[1:4]], float))
    assert means["guided-backprop"] > means["saliency"]


def test_measure_randomisation_can_be_cancelled(net: ResNet, picture: Tensor) -> None:
    def cancel(message: str, fraction: float | None = None) -> None:
        assert (message, fraction) == ("classifier has forgotten", 0.2)
        raise CancelledError("Stopped.")

    with pytest.raises(CancelledError):
        measure_randomisation(net, picture, QUESTION, progress=cancel)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 400], 1.0),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1.0),
        ([1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.8207826816681233),  # ranks 1 2 3.5 5 3.5
        ([1, 1, 1], [1, 2, 3], None),
    ],
)
def test_rank_correlation_is_spearman_s(
    first: list[float], second: list[float], expected: float | None
) -> None:
    found = rank_correlation(np.array(first, float), np.array(second, float))
    assert found == (None if expected is None else pytest.approx(expected))
