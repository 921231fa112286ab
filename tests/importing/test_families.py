"""Every family's net, written anew, gives the logits of the net that was saved."""

from collections import OrderedDict
from functools import partial

import pytest
import torch

from resnet_core.importing.recognising import recognise
from resnet_core.models import build_model
from tests.importing.families import CASES
from tests.importing.nets_anew import Net, renamed, seeded, warm
from tests.importing.settled_nets import assert_equal_logits, settled


@pytest.mark.parametrize("kind", CASES)
def test_logits_are_those_of_the_net_that_was_saved(kind):
    case = CASES[kind]
    theirs = warm(seeded(case.build), case.side_px)
    state = renamed(theirs, *case.names)
    result, ours = settled(dict(state), case.side_px)
    assert_equal_logits(ours, theirs, case.side_px)
    assert case.answers.items() <= result.answers.items()
    assert not set(case.answers) & set(result.assumed)
    assert recognise(dict(state)).family == case.family or not case.family


@pytest.mark.parametrize(
    "prefix", ["module.", "model.", "net.", "backbone.", "encoder.", "_orig_mod.", "0.", "a.b.c."]
)
def test_prefixes_say_nothing(prefix):
    theirs = warm(seeded(Net))
    state = {f"{prefix}{key}": tensor for key, tensor in theirs.state_dict().items()}
    _, ours = settled(state, 32)
    assert_equal_logits(ours, theirs, 32)


@pytest.mark.parametrize("skip", ["shortcut", "downsample", "skip", "projection", "identity_conv"])
@pytest.mark.parametrize("head", ["fc", "linear", "classifier", "head.1", "out.0"])
def test_names_of_shortcut_and_classifier_are_independent(skip, head):
    theirs = seeded(partial(Net, skip=skip))
    state = renamed(theirs, (r"^fc", head))
    found = recognise(dict(state))
    assert found.config.shortcut == "B"
    assert torch.equal(found.tensors["classifier.weight"], theirs.state_dict()["fc.weight"])


def test_net_in_two_mappings_is_put_together():
    theirs = warm(seeded(Net))
    state = theirs.state_dict()
    head = {"weight": state["fc.weight"], "bias": state["fc.bias"]}
    body = OrderedDict((key, state[key]) for key in state if not key.startswith("fc."))
    found = recognise({"backbone": body, "head": head})
    ours = build_model(found.config)
    ours.load_state_dict(dict(found.tensors))
    assert_equal_logits(ours.eval(), theirs, 32)


def test_classifier_may_be_a_convolution():
    state = dict(seeded(Net).state_dict())
    state["fc.weight"] = state["fc.weight"][:, :, None, None]
    found = recognise(state)
    assert found.tensors["classifier.weight"].shape == (5, 32)
