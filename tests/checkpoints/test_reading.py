"""Good cards: read as they were written, kept until their files change, changed by nobody."""

import copy
import dataclasses
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from resnet_core import paths
from resnet_core.checkpoints import (
    list_checkpoints,
    load_checkpoint,
    read_card,
    save_checkpoint,
    update_metrics,
)
from resnet_core.checkpoints.card import card_to_json
from resnet_core.checkpoints.reading import read_card as read_from_disk
from resnet_core.errors import CheckpointError, ConfigError
from resnet_core.models import build_model, model_config
from resnet_core.shipping import ship_arm
from tests.inference.conftest import save_tiny

SHIPPED = sorted(
    path
    for path in paths.checkpoints_dir().rglob("*.json")
    if path.name not in ("config.json", "state.json")  # of a shipped run
)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_card_is_read_and_written_letter_by_letter(path: Path):
    assert card_to_json(read_card(path)) == path.read_bytes()


def test_card_is_kept_until_its_file_changes(tmp_path: Path):
    path = save_tiny(tmp_path)
    first = read_card(path)
    assert read_from_disk(path.with_suffix(".json")) is first
    assert list_checkpoints(tmp_path)[0] is first
    changed = update_metrics(path, {"test_accuracy": 0.5})
    assert read_card(path) == changed != first
    assert read_card(path).metrics == {"test_accuracy": 0.5}


def test_weights_too_large_for_half_precision_are_not_saved_as_infinity(tmp_path: Path):
    path = save_tiny(tmp_path)
    model, card = load_checkpoint(path)
    state = model.state_dict()
    key = next(name for name in state if name.endswith("running_var"))
    state[key] = state[key] + 70_000  # as pictures of 0 to 255 give; half ends at 65,504
    with pytest.raises(CheckpointError, match=f"{key}.*half precision"):
        save_checkpoint(tmp_path, dataclasses.replace(card, name="half"), state, half=True)
    assert not list(tmp_path.glob("half*"))
    whole = save_checkpoint(tmp_path, dataclasses.replace(card, name="whole"), state)
    assert load_checkpoint(whole)[0].state_dict()[key].min() > 70_000


def test_card_that_was_mended_in_place_is_read_again(tmp_path: Path):
    path = save_tiny(tmp_path)
    card = path.with_suffix(".json")
    good = card.read_text()
    card.write_text(good.replace('"image_size_px": 16', '"image_size_px": 99999'))
    with pytest.raises(CheckpointError, match="image_size_px"):
        read_card(path)
    card.write_text(good)
    assert read_card(path).image_size_px == 16


def test_nobody_can_change_a_card(tmp_path: Path):
    card = read_card(save_tiny(tmp_path, metrics={"test_loss": 1.0}))
    with pytest.raises(dataclasses.FrozenInstanceError):
        card.name = "other"  # pyright: ignore[reportAttributeAccessIssue]
    for change in (
        lambda: card.metrics.update(a=1.0),
        lambda: card.metrics.__setitem__("a", 1.0),
        lambda: card.metrics.pop("test_loss"),
        lambda: card.metrics.setdefault("a", 1.0),
        lambda: card.metrics.__ior__({"a": 1.0}),
        lambda: card.layer_responses.__delitem__("a"),
        card.libraries.clear,
        card.metrics.popitem,
    ):
        with pytest.raises(TypeError, match="cannot be changed"):
            change()
    assert card.metrics | {"a": 2.0} == {"test_loss": 1.0, "a": 2.0}
    assert copy.deepcopy(card) == pickle.loads(pickle.dumps(card)) == card
    assert json.loads(json.dumps(card.metrics)) == {"test_loss": 1.0}


def test_threads_share_a_card(tmp_path: Path):
    path = save_tiny(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        cards = list(pool.map(lambda _: read_card(path), range(200)))
    assert all(card == cards[0] for card in cards)
    assert len({id(card) for card in cards}) <= 8  # threads that came before it was kept


def test_checkpoint_is_called_what_its_files_are_called(tmp_path: Path):
    path = save_tiny(tmp_path, "first")
    for file in (path, path.with_suffix(".json")):
        file.rename(file.with_stem("second v1.5"))
    assert [card.name for card in list_checkpoints(tmp_path)] == ["second v1.5"]
    _, card = load_checkpoint(tmp_path / "second v1.5")  # the dot begins no suffix
    assert card.name == "second v1.5"
    (tmp_path / "second v1.5.json").rename(tmp_path / "~third.json")
    with pytest.raises(CheckpointError, match="its name '~third' is not allowed"):
        read_card(tmp_path / "~third")


def test_names_of_long_arm_labels_stay_readable(tmp_path: Path):
    name = f"0-{'a' * 200}-0000012"
    assert read_card(save_tiny(tmp_path, name)).name == name


def test_two_classes_of_one_name_stay_readable_and_two(tmp_path: Path):
    path = save_tiny(tmp_path).with_suffix(".json")
    card = json.loads(path.read_text())
    card["class_names"] = ["twin"] * len(card["class_names"])
    path.write_text(json.dumps(card))
    names = read_card(path).class_names
    assert names == tuple(f"twin ({label})" for label in range(len(names)))


def test_losses_that_diverged_stay_readable(tmp_path: Path):
    path = save_tiny(tmp_path, metrics={"validation_loss": float("inf"), "test_loss": float("nan")})
    assert read_card(path).metrics["validation_loss"] == float("inf")


def test_card_that_could_not_be_read_is_not_written(tmp_path: Path):
    with pytest.raises(CheckpointError, match="class_names has 2 names"):
        save_tiny(tmp_path, class_names=("a", "b"))
    assert not list(tmp_path.iterdir())


def test_ship_refuses_a_name_that_leads_out():
    with pytest.raises(ConfigError, match="cannot be a checkpoint's name"):
        ship_arm("20260101-000000-none-0000", 0, "../up")


def test_whole_numbers_for_weights_are_refused(tmp_path: Path):
    config = model_config("resnet8", stage_widths=(4, 4, 4), stem_width=4)
    state = build_model(config).state_dict()
    spoilt = state | {"stem.conv.weight": state["stem.conv.weight"].int()}
    card = dataclasses.replace(
        read_card(save_tiny(tmp_path, "other")),
        name="whole",
        model=config,
        class_names=tuple("abcdefghij"),
    )
    path = save_checkpoint(tmp_path, card, spoilt)
    with pytest.raises(CheckpointError, match=r"'stem\.conv\.weight' holds numbers of type int32"):
        load_checkpoint(path)


def test_net_beyond_the_weights_is_refused_before_it_is_built(tmp_path: Path):
    """Weights of 60,000 channels would take 130 GB: they are missed, not allocated."""
    path = save_tiny(tmp_path)
    card = path.with_suffix(".json")
    content = json.loads(card.read_bytes())
    content["model"] |= {"stage_widths": [60_000, 60_000]}
    card.write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match=r"tiny\.safetensors does not fit tiny"):
        load_checkpoint(path)


def test_card_behind_a_link_is_read(tmp_path: Path):
    path = save_tiny(tmp_path / "nets")
    link = tmp_path / "link.json"
    link.symlink_to(path.with_suffix(".json"))
    assert read_card(link).name == "link"
