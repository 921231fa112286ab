"""torchvision's weights: the table, the cache, the download, and what is told without a network."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from resnet_core.checkpoints import load_checkpoint
from resnet_core.data.download import RemoteFile
from resnet_core.errors import CheckpointError, ConfigError, OfflineError
from resnet_core.importing import fetch_imagenet_net, imagenet, list_imagenet_nets
from resnet_core.models import build_model, model_config
from tests.importing.conftest import saved


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> Path:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    (tmp_path / "torch" / "hub" / "checkpoints").mkdir(parents=True)
    return imagenet.cache_folder()


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A small file in the place of resnet18's: ours under torchvision's names."""
    state = build_model(model_config("resnet18", num_classes=3), seed=1).state_dict()
    names = {"stem.conv": "conv1", "stem.norm": "bn1", "classifier": "fc"}
    renamed = {}
    for key, tensor in state.items():
        module, _, last = key.rpartition(".")
        module = names.get(module) or module.replace("stage", "layer").replace(
            "shortcut.conv", "downsample.0"
        ).replace("shortcut.norm", "downsample.1").replace("norm", "bn")
        renamed[f"{module}.{last}"] = tensor
    content = saved(renamed)
    digest = hashlib.sha256(content).hexdigest()[:8]
    first = list_imagenet_nets()[0]
    file = RemoteFile(url=f"http://127.0.0.1:9/resnet18-{digest}.pth", checksum=f"sha256:{digest}")
    monkeypatch.setattr(imagenet, "_NETS", (replace(first, file=file),))
    monkeypatch.setattr(imagenet, "imagenet_class_names", lambda: ("a", "b", "c"))
    return content


@pytest.mark.slow
def test_table_is_torchvisions_own():
    from torchvision.models import get_model_weights

    for net in list_imagenet_nets():
        weights = get_model_weights(net.name)["DEFAULT"]
        preset = weights.transforms()
        assert net.file.url == weights.url
        assert (net.crop_px, net.resize_px) == (preset.crop_size[0], preset.resize_size[0])
        assert net.download_mib == weights.meta["_file_size"]
        assert net.top1 == pytest.approx(weights.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100)


def test_cached_file_is_found_checked_and_brought(cache, net):
    file = cache / list_imagenet_nets()[0].file.filename
    file.write_bytes(net)
    path = fetch_imagenet_net("resnet18")
    model, card = load_checkpoint(path)
    assert (card.name, card.image_size_px, card.resize_px) == ("imagenet-resnet18", 224, 256)
    assert "ImageNet" in card.data_title
    expected = build_model(model_config("resnet18", num_classes=3), seed=1).state_dict()
    assert torch.equal(model.state_dict()["classifier.weight"], expected["classifier.weight"])
    path.with_suffix(".json").unlink()  # as a kill between the two files leaves it
    assert load_checkpoint(fetch_imagenet_net("resnet18"))[1] == card
    file.unlink()
    assert fetch_imagenet_net("resnet18") == path  # brought once for good


def test_cached_file_that_is_another_is_refused(cache, net):
    (cache / list_imagenet_nets()[0].file.filename).write_bytes(net[:-1] + b"x")
    with pytest.raises(CheckpointError, match="checksum differs"):
        fetch_imagenet_net("resnet18")


def test_without_a_network_it_says_so_and_where_to_put_the_file(cache, net):
    with pytest.raises(OfflineError, match="not on this machine") as caught:
        fetch_imagenet_net("resnet18")
    assert str(cache) in str(caught.value)


def test_net_without_such_weights_is_told():
    with pytest.raises(ConfigError, match="choose resnet18"):
        fetch_imagenet_net("resnet20")
