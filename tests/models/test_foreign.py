import io
import os
from pathlib import Path

import pytest
import torch
import torchvision
from torchvision.transforms.functional import normalize, to_tensor

from resnet_core.errors import CheckpointError
from resnet_core.models import akamaster_state, build_model, model_config, torchvision_state

TORCHVISION = ["resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "densenet121"]
LARGE = [
    "resnet34",
    "resnet101",
    "resnet152",
    "resnext101_32x8d",
    "resnext101_64x4d",
    "wide_resnet101_2",
]
# Share right on the JPEG copy's 10,000 test pictures, by the reference implementation.
AKAMASTER_ACCURACY = {"resnet20-12fca82f.th": 0.8103, "resnet32-d509ac18.th": 0.8256}
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def shared_data(*parts):
    default = Path(__file__).resolve().parents[3] / "shared"
    path = Path(os.environ.get("RESNET_LAB_SHARED", default)) / "data" / Path(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not in the shared data folder")
    return path


@torch.no_grad()
def randomise_norms(model, generator):
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(std=0.1, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
            module.weight.uniform_(0.5, 1.5, generator=generator)
            module.bias.normal_(std=0.1, generator=generator)


@pytest.mark.parametrize(
    "name", [*TORCHVISION, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE)]
)
def test_logits_equal_torchvisions(name):
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = torchvision.models.get_model(name, weights=None).eval()
    randomise_norms(theirs, generator)
    ours = build_model(model_config(name, num_classes=1000)).eval()
    ours.load_state_dict(torchvision_state(theirs.state_dict()))
    x = torch.randn(2, 3, 64, 64, generator=generator)
    with torch.no_grad():
        expected, logits = theirs(x), ours(x)
    scale = expected.abs().max()
    torch.testing.assert_close(logits / scale, expected / scale, rtol=0, atol=1e-5)


def test_densenets_published_names_are_known():
    names = {
        "features.denseblock2.denselayer1.norm.1.weight": "stage2.0.norm1.weight",
        "features.denseblock4.denselayer16.conv.2.weight": "stage4.15.conv2.weight",
        "features.transition3.conv.weight": "stage4.transition.conv.weight",
    }
    state = torchvision_state(dict.fromkeys(names, torch.zeros(1)))
    assert list(state) == list(names.values())


def akamaster_net(file):
    saved = torch.load(shared_data("akamaster", file), weights_only=True, map_location="cpu")
    model = build_model(model_config(file.split("-")[0])).eval()
    model.load_state_dict(akamaster_state(saved["state_dict"]))
    return model


def jpeg_pictures(count):
    parquet = pytest.importorskip("pyarrow.parquet")
    from PIL import Image

    file = parquet.ParquetFile(shared_data("cifar10-jpeg", "test-00000-of-00001.parquet"))
    rows = next(file.iter_batches(batch_size=count)).to_pydict()
    pictures = [Image.open(io.BytesIO(row["bytes"])).convert("RGB") for row in rows["img"]]
    pixels = torch.stack([to_tensor(p) for p in pictures])
    normalised = normalize(pixels, list(IMAGENET_MEAN), list(IMAGENET_STD))
    return normalised, torch.tensor(rows["label"])


@pytest.mark.parametrize("file", AKAMASTER_ACCURACY)
def test_akamaster_weights_recognise_real_pictures(file):
    model = akamaster_net(file)
    pictures, labels = jpeg_pictures(200)
    with torch.no_grad():
        accuracy = (model(pictures).argmax(1) == labels).float().mean().item()
    assert accuracy == pytest.approx(AKAMASTER_ACCURACY[file], abs=0.08)


def test_akamaster_option_b_keys_are_known():
    state = akamaster_state({"module.layer2.0.shortcut.0.weight": torch.zeros(1)})
    assert list(state) == ["stage2.0.shortcut.conv.weight"]


@pytest.mark.parametrize("rename", [torchvision_state, akamaster_state])
@pytest.mark.parametrize("key", ["features.0.weight", "layer1.0.se.fc1.weight", "weight", ""])
def test_foreign_key_is_refused_by_name(rename, key):
    with pytest.raises(CheckpointError, match=f"'{key}'"):
        rename({key: torch.zeros(1)})
