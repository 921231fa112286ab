"""What a file leaves open is settled by a person's answers, then by statistics, then by custom."""

from functools import partial

import torch
import torchvision
from torch import nn

from resnet_core.importing.readings import open_questions
from resnet_core.importing.recognising import recognise
from resnet_core.importing.settling import settle_reading
from resnet_core.models import build_model
from tests.importing.nets_anew import Bare, Net, seeded, warm
from tests.importing.settled_nets import assert_equal_logits, settled


def test_net_without_norms_is_read_and_an_answer_makes_it_plain():
    theirs = seeded(partial(Net, Bare, stem_norm=False)).eval()
    found = recognise(theirs.state_dict())
    answers = {"skips": "plain", "stem_pool": "none"}
    result = settle_reading(found.config, found.tensors, answers, {})
    assert (result.config.norm, result.config.is_plain, result.assumed) == ("none", True, ("blur",))
    ours = build_model(result.config)
    ours.load_state_dict(dict(found.tensors))
    x = torch.randn(2, 3, 32, 32)
    with torch.no_grad():  # theirs has no ReLU behind a stem without norm
        stem = torch.relu(theirs.conv1(x))  # pyright: ignore[reportCallIssue]
        torch.testing.assert_close(ours.stem(x), stem)


def test_named_answers_come_before_statistics():
    theirs = warm(seeded(Net))
    found = recognise(theirs.state_dict())
    noise = torch.randn(16, 3, 32, 32)
    result = settle_reading(found.config, found.tensors, {"stem_pool": "keep"}, {"noise": noise})
    assert result.config.stem_pool == "keep"
    assert result.distance is not None
    right = settled(theirs.state_dict(), 32)[0].distance
    assert right is not None
    assert result.distance > right


def test_untrained_net_is_settled_by_custom_alone():
    found = recognise(seeded(partial(Net, option="A")).state_dict())
    result = settle_reading(found.config, found.tensors, {}, {"noise": torch.randn(8, 3, 32, 32)})
    asked = [each.question.name for each in open_questions(found.config)]
    assert result.distance is None
    assert list(result.assumed) == asked == ["stem_pool", "skips", "blur"]
    assert result.answers["skips"] == "zeros-around"


def test_torchvisions_resnet_with_a_kept_pool_is_not_another_net():
    def build() -> nn.Module:
        net = torchvision.models.resnet18(num_classes=5)
        net.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        return net

    theirs = warm(seeded(build), steps=20)
    result, ours = settled(theirs.state_dict(), 32)
    assert (result.config.stem_pool, result.assumed) == ("keep", ())
    assert_equal_logits(ours, theirs, 32)
