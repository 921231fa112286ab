"""A net with cut skips stays one through every door: saved, loaded, exported, imported, asked."""

import dataclasses
import json

import pytest
import safetensors
import safetensors.torch
import torch

from resnet_core.asking import load_net
from resnet_core.checkpoints import load_checkpoint, read_card, save_checkpoint
from resnet_core.checkpoints.exporting import export_checkpoint
from resnet_core.config import Intervention
from resnet_core.errors import CheckpointError
from resnet_core.importing import ImportRequest, import_checkpoint
from resnet_core.models import apply_interventions, build_model, model_config
from tests.inference.conftest import save_tiny

CUT = Intervention(what="skip_strength", blocks="stage2", value=0)
PICTURES = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RESNET_LAB_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def cut_net(tmp_path):
    """A ResNet-20 whose skips of stage 2 are cut, its file, and the logits that it gives."""
    net = build_model(model_config("resnet20"), seed=1)
    net.classifier.weight.data *= 9
    card = read_card(save_tiny(tmp_path / "tiny"))
    card = dataclasses.replace(
        card,
        name="cut",
        model=net.config,
        class_names=tuple("abcdefghij"),
        image_size_px=32,
        interventions=(CUT,),
        edits=("step 300: the skips of stage 2 were cut",),
    )
    path = save_checkpoint(tmp_path, card, net.state_dict())
    whole = logits_of(net.eval())
    apply_interventions(net, [CUT])
    cut = logits_of(net)
    assert not torch.allclose(whole, cut, rtol=0.01)
    return path, cut


def logits_of(model):
    with torch.no_grad():
        return model(PICTURES)


def test_a_loaded_net_has_the_skips_cut_that_its_card_says(cut_net):
    path, expected = cut_net
    model, card = load_checkpoint(path)
    assert card.interventions == (CUT,)
    assert model.interventions == (CUT,)
    assert torch.equal(logits_of(model), expected)
    assert torch.equal(logits_of(load_net(path, device="cpu").model), expected)


def test_what_was_copied_has_them_too(cut_net, tmp_path):
    path, expected = cut_net
    (tmp_path / "copy").mkdir()
    copied = export_checkpoint(path, tmp_path / "copy", "safetensors")
    assert torch.equal(logits_of(load_checkpoint(copied)[0]), expected)


@pytest.mark.slow
def test_an_exported_program_has_them_too(cut_net, tmp_path):
    path, expected = cut_net
    program = torch.export.load(export_checkpoint(path, tmp_path, "torch")).module()
    torch.testing.assert_close(program(PICTURES), expected, rtol=1e-4, atol=1e-4)


def test_weights_that_come_without_their_card_have_them_too(cut_net, home):
    path, expected = cut_net
    request = ImportRequest(
        name="found",
        architecture="resnet20",
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
        image_size_px=32,
    )
    found = import_checkpoint(path, request, file_name="cut.safetensors")
    model, card = load_checkpoint(found)
    assert card.interventions == (CUT,)
    assert torch.equal(logits_of(model), expected)


@pytest.mark.parametrize(
    "said", ['[{"what": "cut"}]', "3", '[{"what": "drop", "blocks": "stage9", "value": 1}]']
)
def test_weights_that_say_what_cannot_be_are_not_guessed_at(cut_net, home, said):
    path, _ = cut_net
    tensors = safetensors.torch.load_file(path)
    safetensors.torch.save_file(tensors, path, {"interventions": said})
    request = ImportRequest(
        name="found", architecture="resnet20", mean=(0.5,) * 3, std=(0.25,) * 3, image_size_px=32
    )
    with pytest.raises(CheckpointError, match=r"'cut\.safetensors' states .*as the lab wrote it"):
        import_checkpoint(path, request, file_name="cut.safetensors")


def test_the_same_weights_with_and_without_skips_are_two_nets(cut_net, tmp_path):
    path, _ = cut_net
    net = load_net(path, device="cpu")
    card = dataclasses.replace(net.card, name="whole", interventions=())
    tensors = safetensors.torch.load_file(path)
    whole = load_net(save_checkpoint(tmp_path, card, tensors), device="cpu")
    assert whole.source.key != net.source.key
    assert not torch.equal(logits_of(whole.model), logits_of(net.model))


def test_the_card_of_a_net_that_nobody_touched_is_what_it_always_was(tmp_path):
    path = save_tiny(tmp_path)
    said = json.loads(path.with_suffix(".json").read_text())
    assert not {"interventions", "edits"} & said.keys()
    with safetensors.safe_open(path, "pt") as file:
        assert file.metadata() is None


@pytest.mark.parametrize(
    "intervention",
    [
        Intervention(what="skip_strength", blocks="stage4", value=0),
        Intervention(what="drop", blocks="stage2.7", value=1),
    ],
)
def test_a_card_whose_net_cannot_have_had_it_done_is_refused(tmp_path, intervention):
    with pytest.raises(CheckpointError, match="interventions hold one that its net cannot"):
        save_tiny(tmp_path, interventions=(intervention,))
