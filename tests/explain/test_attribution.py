"""Every method on every kind of net: shapes, provenance, and a net left as it was."""

import threading

import numpy as np
import pytest
import torch
from torch import Tensor

from resnet_core.errors import CancelledError, ProbeError
from resnet_core.explain import (
    Attribution,
    MethodSettings,
    Question,
    Target,
    attribute,
    find_method,
    list_methods,
)
from resnet_core.models import ResNet
from tests.explain.conftest import fingerprint_of, prepare_odd_state, small_net

NAMES = [method.name for method in list_methods()]
QUICK = MethodSettings(
    num_steps=4, num_samples=2, most_samples=2, patch_share=0.5, stride_share=0.5, batch_size=16
)
PREDICTED = Target()
KINDS = {
    "post": {},
    "pre": {"activation_order": "pre"},
    "plain": {"skip_strength": 0.0},
    "bottleneck": {"block": "bottleneck", "shortcut": "B"},
    "no norm": {"norm": "none"},
    "imagenet stem": {"stem": "imagenet"},
}


def ask(name: str, layer: str = "stage2.0", target: Target = PREDICTED) -> Question:
    return Question(method=name, layer=layer, target=target, settings=QUICK)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_attribute_serves_every_method_on_every_kind_of_net(
    name: str, kind: str, picture: Tensor
) -> None:
    model, method = small_net(**KINDS[kind]), find_method(name)
    answer = attribute(model, picture, ask(name))
    layer_side = 2 if kind == "imagenet stem" else 8
    side = layer_side if method.has_layer_grid else 16
    assert answer.values.shape == (side, side)
    assert answer.values.dtype == np.float32
    assert answer.channels.shape == (1 if method.has_layer_grid else 3, side, side)
    assert answer.layer == ("stage2.0" if method.needs_layer else None)
    assert method.is_signed or answer.values.min() >= 0
    logits = model(picture)[0].detach()
    assert answer.target == Target(class_index=int(logits.argmax()))
    assert answer.score == pytest.approx(float(logits.max()), rel=1e-4)
    assert answer.probabilities == pytest.approx(logits.softmax(0).numpy(), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_attribute_leaves_the_net_as_it_was(name: str, net: ResNet, picture: Tensor) -> None:
    prepare_odd_state(net)
    before = fingerprint_of(net)
    with torch.no_grad():
        attribute(net, picture, ask(name))
    assert fingerprint_of(net) == before


@pytest.mark.parametrize("name", NAMES)
def test_attribute_leaves_the_net_as_it_was_when_it_is_cancelled(
    name: str, net: ResNet, picture: Tensor
) -> None:
    def cancel(message: str, fraction: float | None = None) -> None:
        raise CancelledError("Stopped.")

    prepare_odd_state(net)
    before = fingerprint_of(net)
    with pytest.raises(CancelledError):
        attribute(net, picture, ask(name), cancel)
    assert fingerprint_of(net) == before
    assert not picture.requires_grad


@pytest.mark.parametrize("name", NAMES)
def test_attribute_tells_how_far_it_is(name: str, net: ResNet, picture: Tensor) -> None:
    shares: list[float | None] = []
    attribute(net, picture, ask(name), lambda message, fraction=None: shares.append(fraction))
    assert shares[-1] == 1.0
    assert len(shares) == 1 or (shares[0] is not None and 0 < shares[0] < 1)


@pytest.mark.parametrize("name", NAMES)
def test_attribute_works_where_the_caller_switched_gradients_off(
    name: str, net: ResNet, picture: Tensor
) -> None:
    expected = attribute(net, picture, ask(name)).values
    with torch.inference_mode(), torch.autocast("cpu"):
        found = attribute(net, picture, ask(name)).values
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("name", ["hirescam", "integrated-gradients", "occlusion"])
def test_attribute_of_two_classes_is_the_difference_for_what_is_linear_in_the_score(
    name: str, net: ResNet, picture: Tensor
) -> None:
    first, second, both = (
        attribute(net, picture, ask(name, target=target)).values
        for target in (
            Target(class_index=0),
            Target(class_index=2),
            Target(class_index=0, against=2),
        )
    )
    assert both == pytest.approx(first - second, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (Question(method="magic"), "no method 'magic': use grad-cam, "),
        (Question(layer="stage9"), "no layer 'stage9': did you mean stage"),
        (Question(layer="pool"), "no height and width, .* take stage3.0, whose map is 4x4"),
        (Question(layer="classifier"), "no height and width"),
        (Question(layer="stem", target=Target(class_index=5)), "numbered 0 to 4"),
    ],
)
def test_attribute_refuses_in_a_sentence(
    question: Question, words: str, net: ResNet, picture: Tensor
) -> None:
    with pytest.raises(ProbeError, match=words):
        attribute(net, picture, question)


def test_attribute_refuses_a_net_that_answers_nan(net: ResNet, picture: Tensor) -> None:
    net.classifier.weight.data[0, 0] = float("nan")
    for name in NAMES:
        with pytest.raises(ProbeError, match="not a finite number"):
            attribute(net, picture, ask(name))


@pytest.mark.parametrize("shape", [(3, 16, 16), (2, 3, 16, 16), (1, 1, 16, 16), (1, 3, 16, 8)])
def test_attribute_refuses_a_picture_of_another_shape(shape: tuple[int, ...], net: ResNet) -> None:
    with pytest.raises(ProbeError, match="has the shape \\(1, 3, S, S\\)"):
        attribute(net, torch.zeros(shape), Question(layer="stem"))


def test_attribute_refuses_a_picture_that_is_not_finite(net: ResNet, picture: Tensor) -> None:
    picture[0, 0, 0, 0] = float("inf")
    with pytest.raises(ProbeError, match="picture holds values that are not finite"):
        attribute(net, picture, Question(layer="stem"))


def test_attribute_is_flat_for_a_layer_of_one_cell(picture: Tensor) -> None:
    answer = attribute(small_net(stem="imagenet"), picture, ask("hirescam", "stage3.0"))
    assert answer.values.shape == (1, 1)
    assert answer.is_flat


def test_attribute_gives_each_thread_its_own_answer_under_one_lock(net: ResNet) -> None:
    generator = torch.Generator().manual_seed(7)
    pictures = [torch.randn(1, 3, 16, 16, generator=generator) for _ in range(6)]
    questions = [ask(name) for name in ("grad-cam", "guided-backprop", "score-cam") * 2]
    expected = [attribute(net, p, q).values for p, q in zip(pictures, questions, strict=True)]
    lock, found = threading.Lock(), dict[int, Attribution]()

    def work(index: int) -> None:
        for _ in range(3):
            with lock:
                found[index] = attribute(net, pictures[index], questions[index])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index, values in enumerate(expected):
        assert np.array_equal(found[index].values, values)
