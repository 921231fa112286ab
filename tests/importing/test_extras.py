"""Files saved by the packages themselves: torchvision always, the others with `make extras`."""

import io
from functools import partial
from pathlib import Path

import pytest
import safetensors.torch
import torch
import torchvision
from torch import nn

from resnet_core.importing.recognising import recognise
from resnet_core.importing.settling import settle_reading
from resnet_core.models import build_model
from tests.importing.nets_anew import seeded, warm

SIDE_PX = 64
TIMM = (
    *("resnet10t", "resnet14t", "resnet18", "resnet18d", "resnet26", "resnet26d", "seresnet18"),
    *("resnetblur18", "resnext50_32x4d", "seresnext26d_32x4d", "wide_resnet50_2"),
)
REFUSED = {
    "ecaresnet26t": "se.conv.weight",
    "resnet50_gn": "without running statistics",
    "skresnet18": "is no part of a ResNet",
    "resnetrs50": "is no part of a ResNet",
}


def assert_read(content: object, theirs: nn.Module) -> str:
    found = recognise(content)
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(16, 3, SIDE_PX, SIDE_PX, generator=generator)
    result = settle_reading(found.config, found.tensors, {}, {"noise": noise})
    ours = build_model(result.config)
    ours.load_state_dict(dict(found.tensors))
    with torch.no_grad():
        expected, logits = theirs.eval()(noise[:2]), ours.eval()(noise[:2])
    expected = getattr(expected, "logits", expected)
    torch.testing.assert_close(logits / expected.abs().max(), expected / expected.abs().max())
    return found.family


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_torchvisions_nets_give_their_logits_whatever_saved_them(name):
    theirs = warm(
        seeded(partial(torchvision.models.get_model, name, num_classes=7)), SIDE_PX, steps=6
    )
    assert assert_read({"model": theirs.state_dict()}, theirs) == "torchvision or timm"


@pytest.mark.extras
@pytest.mark.parametrize("name", TIMM)
def test_timms_nets_give_their_logits(name):
    timm = pytest.importorskip("timm")
    theirs = warm(seeded(partial(timm.create_model, name, num_classes=7)), SIDE_PX, steps=6)
    assert_read({"state_dict": theirs.state_dict(), "arch": name}, theirs)


@pytest.mark.extras
@pytest.mark.parametrize("name", REFUSED)
def test_timms_relatives_are_refused_by_what_is_missing(name):
    timm = pytest.importorskip("timm")
    with pytest.raises(Exception, match=REFUSED[name]):
        recognise(timm.create_model(name, num_classes=7).state_dict())


@pytest.mark.extras
def test_timms_averaging_nets_are_told():
    timm = pytest.importorskip("timm")
    build = partial(timm.create_model, "resnetaa50", num_classes=7)
    found = recognise(warm(seeded(build), SIDE_PX, steps=6).state_dict())
    noise = torch.randn(16, 3, SIDE_PX, SIDE_PX, generator=torch.Generator().manual_seed(0))
    result = settle_reading(found.config, found.tensors, {}, {"noise": noise})
    assert result.alike == "averages 2x2 pixels where its maps shrink"


@pytest.mark.extras
@pytest.mark.parametrize("kind", ["basic", "bottleneck"])
def test_transformers_nets_give_their_logits(kind, tmp_path: Path):
    transformers = pytest.importorskip("transformers")
    config = transformers.ResNetConfig(
        layer_type=kind, depths=[1, 2, 1, 1], hidden_sizes=[32, 64, 128, 256], embedding_size=16
    )
    theirs = warm(seeded(partial(_classifier, transformers, config)), SIDE_PX, steps=6)
    theirs.save_pretrained(tmp_path)  # pyright: ignore[reportCallIssue]
    content = safetensors.torch.load_file(tmp_path / "model.safetensors")
    assert assert_read(content, theirs) == "Hugging Face"


def _classifier(transformers, config) -> nn.Module:
    return transformers.ResNetForImageClassification(config)


@pytest.mark.extras
def test_lightnings_checkpoint_gives_its_nets_logits(tmp_path: Path):
    lightning = pytest.importorskip("lightning")

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.save_hyperparameters({"root": Path("/data"), "lr": 0.1})
            self.net = torchvision.models.resnet18(num_classes=7)
            self.loss = nn.CrossEntropyLoss(weight=torch.ones(7))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.net(x)

    theirs = warm(seeded(Module), SIDE_PX, steps=6)
    trainer = lightning.Trainer(
        max_epochs=0, logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    trainer.strategy.connect(theirs)
    trainer.save_checkpoint(tmp_path / "a.ckpt")
    from resnet_core.importing import inert

    content = torch.load(
        io.BytesIO((tmp_path / "a.ckpt").read_bytes()),
        map_location="cpu",
        weights_only=False,
        pickle_module=inert.FOR_TORCH,
    )
    assert_read(content, theirs)
