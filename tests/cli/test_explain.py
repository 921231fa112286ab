"""`cam` and `features` as a person meets them: files, JSON, sentences, exit statuses."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from resnet_core.checkpoints import save_checkpoint
from resnet_core.cli import app, explain
from resnet_core.models import build_model, model_config
from tests.explain.test_pictures import card


@pytest.fixture
def net(tmp_path: Path) -> str:
    model = model_config("resnet8", num_classes=2, stage_widths=(4, 4, 4), stem_width=4)
    net_card = replace(card(), name="small", model=model, image_size_px=16)
    return str(save_checkpoint(tmp_path, net_card, build_model(model).state_dict()))


@pytest.fixture
def photo(tmp_path: Path) -> str:
    pixels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.jpg")
    return str(tmp_path / "photo.jpg")


def lab(*arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, [*arguments])
    assert done.exit_code == status, done.output
    return done.output


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_cam_tells_what_it_found(net: str, photo: str) -> None:
    text = lab("cam", photo, "--checkpoint", net)
    assert "small says " in text
    assert "Grad-CAM at stage3.0: evidence for " in text
    assert "4 x 4 cells" in text


def test_cam_writes_every_kind_of_file(net: str, photo: str, tmp_path: Path) -> None:
    asked = ["cam", photo, "--checkpoint", net, "--method", "layer-cam", "--layer", "stage2.0"]
    for suffix in (".png", ".webp", ".npy", ".csv", ".json"):
        out = tmp_path / f"map{suffix}"
        manifest = json.loads(lab(*asked, "--out", str(out), "--json"))
        assert manifest["file"] == str(out)
        assert manifest["layer"] == "stage2.0"
    assert size_of(tmp_path / "map.png") == (512, 512)
    values = np.load(io.BytesIO((tmp_path / "map.npy").read_bytes()))
    assert values.shape == (1, 8, 8)
    assert values.max() == pytest.approx(manifest["map"]["largest"])
    assert len((tmp_path / "map.csv").read_text().splitlines()) == 65
    assert json.loads((tmp_path / "map.json").read_text())["method"]["name"] == "layer-cam"


def test_cam_takes_classes_by_name_or_number_and_scores_the_map(net: str, photo: str) -> None:
    options = ["--class", "b", "--against", "0", "--faithful", "--json"]
    manifest = json.loads(lab("cam", photo, "--checkpoint", net, *options))
    assert (manifest["target"]["class_name"], manifest["target"]["against_name"]) == ("b", "a")
    assert 0 <= manifest["faithfulness"]["deletion_area"] <= 1
    assert "ROAD" in lab("cam", photo, "--checkpoint", net, "--faithful")


def test_cam_tells_how_far_a_map_can_be_trusted(net: str, photo: str, tmp_path: Path) -> None:
    out = tmp_path / "map.json"
    options = ["--faithful", "--over", "synthetic", "--forget", "--out", str(out)]
    text = " ".join(lab("cam", photo, "--checkpoint", net, *options).split())
    manifest = json.loads(out.read_text())
    scores = manifest["faithfulness"]
    assert scores.keys() >= {"deletion_area", "insertion_area", "road_score"}, "none is lost"
    assert (scores["chance"]["num_maps"], scores["chance"]["cells"]) == (30, [4, 4])
    first = scores["chance"]["ranks"][0]
    assert first["measure"] == "deletion"
    assert 0 <= first["num_beaten"] <= first["num_maps"] == 30
    many = manifest["over_pictures"]
    assert many["num_pictures"] == 20
    assert all(d["low"] <= d["gain"] <= d["high"] for d in many["differences"])
    forgetting = manifest["randomisation"]
    assert len(forgetting["seeds"]) == 5
    assert [row["part"] for row in forgetting["parts"]][:2] == ["trained net", "classifier"]
    for record in (scores["chance"], many, forgetting):
        assert record["sentence"] in text


def test_cam_says_how_far_two_draws_agree(net: str, photo: str) -> None:
    asked = ["cam", photo, "--checkpoint", net, "--method", "smoothgrad", "--json"]
    draws = json.loads(lab(*asked))["draws"]
    assert draws["is_enough"] == (draws["correlation"] >= draws["wanted"])


def test_features_lists_layers_and_channels(net: str, photo: str, tmp_path: Path) -> None:
    layers = json.loads(lab("features", photo, "--checkpoint", net, "--json"))
    assert [row["layer"] for row in layers] == ["stem", "stage1.0", "stage2.0", "stage3.0"]
    assert layers[2]["map"] == "8x8"
    one = ["features", photo, "--checkpoint", net, "--layer", "stage1.0"]
    channels = json.loads(lab(*one, "--out", str(tmp_path / "maps.png"), "--json"))
    activations = [row["activation"] for row in channels]
    assert activations == sorted(activations, reverse=True)
    assert size_of(tmp_path / "maps.png") == (16 * 64, 64)
    lab(*one, "--out", str(tmp_path / "maps.npy"))
    assert np.load(tmp_path / "maps.npy").shape == (4, 16, 16)
    assert "stage1.0" in lab("features", photo, "--checkpoint", net)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--layer", "pool"], "has no height and width"),
        (["--layer", "stage9"], "did you mean stage"),
        (["--method", "magic"], "There is no method 'magic'"),
        (["--class", "dog"], "has no class 'dog': it knows a, b"),
        (["--class", "7"], "numbered 0 to 1"),
        (["--class", "a", "--against", "a"], "against itself"),
        (["--out", "map.bmp"], "use .png or .webp"),
        (["--form", "cubist", "--out", "map.png"], "drawn as overlay, map"),
    ],
)
def test_cam_refuses_in_a_sentence(
    options: list[str],
    sentence: str,
    net: str,
    photo: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    text = lab("cam", photo, "--checkpoint", net, *options, status=1)
    assert sentence in " ".join(text.split())
    assert "Error" not in text
    assert not (tmp_path / "map.png").exists()


def test_commands_refuse_what_is_no_picture_and_no_net(
    net: str, photo: str, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("no picture")
    assert "note.txt" in lab("cam", str(tmp_path / "note.txt"), "--checkpoint", net, status=1)
    assert "no checkpoint" in lab("features", photo, "--checkpoint", "nothing", status=1)
    record = json.loads(lab("cam", "gone.png", "--checkpoint", net, "--json", status=1))
    assert "gone.png" in record["error"]
    elsewhere = str(tmp_path / "no folder" / "map.png")
    text = lab("cam", photo, "--checkpoint", net, "--out", elsewhere, status=1)
    assert "Cannot write map.png" in text
    text = lab("features", photo, "--checkpoint", net, "--out", "maps.png", status=1)
    assert "add --layer" in " ".join(text.split())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--form", "cubist"], "drawn as overlay, map"),
        (["--out", "nowhere/map.png"], "Cannot write map.png: there is no folder 'nowhere'"),
        (["--over", "no-such-set"], "no-such-set"),
    ],
)
def test_cam_refuses_before_it_scores_for_minutes(
    net: str, photo: str, options: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored = []
    monkeypatch.setattr(explain, "_scores", lambda *_: scored.append(True))
    said = lab("cam", photo, "--checkpoint", net, "--faithful", *options, status=1)
    assert says in " ".join(said.split())
    assert not scored
