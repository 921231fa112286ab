import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from resnet_core.config import DataConfig
from resnet_core.data import load_dataset
from resnet_core.errors import CancelledError, DataError, DataMissingError
from tests.data.conftest import save_class_folders, save_picture

pytestmark = pytest.mark.usefixtures("home")


def pictures(split) -> set[bytes]:
    return {picture.tobytes() for picture in split.images}


@pytest.fixture
def folder(tmp_path):
    """Three classes of 40, 20 and 20 pictures, without parts."""
    return save_class_folders(tmp_path / "zoo", {"ant": 40, "bee": 20, "cow": 20})


def test_load_dataset_tells_what_the_card_promises(synthetic):
    card = synthetic.card
    assert card.name == "synthetic"
    assert card.class_names[:3] == ("ring", "cross", "star")
    assert (card.num_train, card.num_validation, card.num_test) == (9000, 1000, 2000)
    assert (len(synthetic.train), len(synthetic.validation), len(synthetic.test)) == (
        9000,
        1000,
        2000,
    )
    assert synthetic.train.images.shape == (9000, 32, 32, 3)
    assert synthetic.train.images.dtype == np.uint8
    assert synthetic.train.labels.dtype == np.int64
    assert card.num_classes == 10


def test_load_dataset_is_deterministic(folder):
    first, again = (load_dataset(DataConfig(source=str(folder))) for _ in range(2))
    assert first.card == again.card
    assert np.array_equal(first.train.images, again.train.images)
    assert np.array_equal(first.validation.labels, again.validation.labels)


def test_load_dataset_splits_without_overlap_and_in_proportion(folder):
    data = load_dataset(DataConfig(source=str(folder), validation_share=0.25))
    assert (data.card.num_test, data.card.num_validation, data.card.num_train) == (8, 18, 54)
    every = [pictures(split) for split in (data.train, data.validation, data.test)]
    assert len(set.union(*every)) == sum(map(len, every)) == 80
    assert np.bincount(data.test.labels).tolist() == [4, 2, 2]
    assert np.abs(np.bincount(data.validation.labels) - [9, 4.5, 4.5]).max() <= 1


def test_split_seed_moves_validation_but_never_test(folder):
    first, second = (
        load_dataset(DataConfig(source=str(folder), split_seed=seed)) for seed in (0, 1)
    )
    assert pictures(first.test) == pictures(second.test)
    assert pictures(first.validation) != pictures(second.validation)
    assert first.card.sha256 == second.card.sha256


def test_maxima_are_nested_and_leave_validation_alone(folder):
    config = DataConfig(source=str(folder))
    whole = load_dataset(config)
    small, smaller = (
        load_dataset(dataclasses.replace(config, max_train=count)) for count in (20, 10)
    )
    assert pictures(smaller.train) < pictures(small.train) < pictures(whole.train)
    assert pictures(small.validation) == pictures(whole.validation)
    assert np.bincount(small.train.labels).tolist() == [10, 5, 5]
    assert small.card.num_train == 20
    assert small.card.mean == whole.card.mean
    few = load_dataset(dataclasses.replace(config, max_validation=4))
    assert pictures(few.validation) < pictures(whole.validation)


def test_load_dataset_uses_parts_that_come_with_the_source(tmp_path):
    root = tmp_path / "zoo"
    for number, part in enumerate(("train", "val", "test")):
        for index in range(6):
            for label in ("ant", "bee"):
                seed = number * 100 + index * 10 + (label == "bee")
                save_picture(root / part / label / f"{index}.png", seed)
    data = load_dataset(DataConfig(source=str(root), validation_share=0.5))
    assert (data.card.num_train, data.card.num_validation, data.card.num_test) == (12, 12, 12)


def test_load_dataset_reads_the_cache_the_second_time(folder, monkeypatch):
    first = load_dataset(DataConfig(source=str(folder)))
    monkeypatch.setattr("resnet_core.data.loading.build_cache", None)
    assert load_dataset(DataConfig(source=str(folder))).card == first.card


def test_load_dataset_notices_a_changed_folder(folder):
    before = load_dataset(DataConfig(source=str(folder))).card
    save_picture(folder / "ant" / "new.png", 999)
    after = load_dataset(DataConfig(source=str(folder))).card
    assert after.sha256 != before.sha256
    assert after.num_train + after.num_validation + after.num_test == 81


def test_load_dataset_rebuilds_a_damaged_cache(folder, home):
    before = load_dataset(DataConfig(source=str(folder))).card
    (images,) = (home / "data" / "decoded").glob("zoo-*/train.images")
    images.write_bytes(images.read_bytes()[:-7])
    assert load_dataset(DataConfig(source=str(folder))).card == before


def test_load_dataset_resizes_when_asked(folder):
    data = load_dataset(DataConfig(source=str(folder), image_size_px=20))
    assert data.card.image_size_px == 20
    assert data.train.images.shape[1:] == (20, 20, 3)


def test_load_dataset_resizes_the_synthetic_set():
    seen = []

    def stop(message: str, fraction: float | None = None) -> None:
        seen.append(message)
        if len(seen) > 3:
            raise CancelledError("Stopped.")

    with pytest.raises(CancelledError):
        load_dataset(DataConfig(image_size_px=16), progress=stop)
    assert any("synthetic" in message for message in seen)


def test_load_dataset_says_what_there_is_when_the_name_is_unknown():
    with pytest.raises(DataMissingError, match="synthetic, cifar10"):
        load_dataset(DataConfig(source="cifar11"))


def test_load_dataset_refuses_too_few_pictures(tmp_path):
    root = save_class_folders(tmp_path / "tiny", {"ant": 1, "bee": 1})
    with pytest.raises(DataError, match="too few pictures"):
        load_dataset(DataConfig(source=str(root)))


def test_listing_sources_loads_no_torch():
    code = (
        "import sys; from resnet_core.data import list_sources, load_dataset, DataCard; "
        "list_sources(); assert 'torch' not in sys.modules; assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=600)
