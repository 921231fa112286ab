import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_core.config import DataConfig
from resnet_core.data import DataSet, load_dataset
from resnet_core.errors import ArchiveError, DataError
from tests.data.conftest import save_class_folders, save_picture

pytestmark = pytest.mark.usefixtures("home")


def load(path: Path, **options) -> DataSet:
    return load_dataset(DataConfig(source=str(path), **options))


def zip_folder(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder.parent))
    return target


def every_picture(data: DataSet) -> dict[bytes, int]:
    splits = (data.train, data.validation, data.test)
    return {
        picture.tobytes(): int(label)
        for split in splits
        for picture, label in zip(split.images, split.labels, strict=True)
    }


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    return save_class_folders(tmp_path / "zoo", {"ant": 12, "bee": 12})


def test_folder_gives_the_exact_pixels_and_labels(zoo):
    data = load(zoo)
    assert data.card.class_names == ("ant", "bee")
    assert data.card.image_size_px == 12
    found = every_picture(data)
    assert len(found) == 24
    for label, name in enumerate(data.card.class_names):
        for path in (zoo / name).iterdir():
            assert found[np.array(Image.open(path)).tobytes()] == label


def test_zip_gives_what_its_folder_gives(zoo, tmp_path):
    (zoo / "ant" / ".DS_Store").write_bytes(b"finder")
    archive = zip_folder(zoo, tmp_path / "zoo.zip")
    with zipfile.ZipFile(archive, "a") as extra:
        extra.writestr("__MACOSX/zoo/ant/._000.png", b"resource fork")
    assert load(archive).card.sha256 == load(zoo).card.sha256
    assert load(archive).card.provenance == "Read from a zip archive, 'zoo.zip'."


def test_folder_of_gray_pictures_stays_gray(tmp_path):
    root = save_class_folders(tmp_path / "gray", {"a": 8, "b": 8}, mode="L")
    data = load(root)
    assert data.card.channels == 1
    assert len(data.card.mean) == len(data.card.std) == 1
    assert data.train.images.shape[1:] == (12, 12, 1)


@pytest.mark.parametrize("coloured", ["a/000.png", "b/007.png"])
def test_folder_with_one_coloured_picture_is_coloured(tmp_path, coloured):
    root = save_class_folders(tmp_path / "gray", {"a": 8, "b": 8}, mode="L")
    save_picture(root / coloured, 5)
    assert load(root).card.channels == 3


@pytest.mark.parametrize("odd", ["a/000.png", "b/007.png"])
def test_folder_of_mixed_sizes_becomes_64_px_wherever_the_odd_one_is(tmp_path, odd):
    root = save_class_folders(tmp_path / "mixed", {"a": 8, "b": 8})
    save_picture(root / odd, 5, size=(13, 12))
    assert load(root).card.image_size_px == 64


@pytest.mark.parametrize(("size", "expected"), [((300, 300), 64), ((20, 10), 64), ((40, 40), 40)])
def test_folder_of_one_size_keeps_it_if_square_and_small(tmp_path, size, expected):
    root = save_class_folders(tmp_path / "uniform", {"a": 4, "b": 4}, size=size)
    assert load(root).card.image_size_px == expected


def test_config_size_wins_over_the_pictures_own(tmp_path):
    root = save_class_folders(tmp_path / "uniform", {"a": 6, "b": 6}, size=(100, 50))
    data = load(root, image_size_px=24)
    assert data.train.images.shape[1:] == (24, 24, 3)
    assert load(root).card.image_size_px == 64


def test_corrupt_pictures_are_named_skipped_and_counted(zoo):
    (zoo / "ant" / "empty.png").write_bytes(b"")
    (zoo / "ant" / "text.png").write_text("this is no picture")
    whole = (zoo / "bee" / "000.png").read_bytes()
    (zoo / "bee" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (zoo / "bee" / "notes.docx").write_bytes(b"PK\x03\x04 not a picture either")
    card = load(zoo).card
    assert card.num_skipped == 4
    assert {file for file, _ in card.skipped} == {
        "ant/empty.png",
        "ant/text.png",
        "bee/cut.png",
        "bee/notes.docx",
    }
    for file, reason in card.skipped:
        assert Path(file).name in reason
        assert "Error" not in reason
    assert card.num_train + card.num_validation + card.num_test == 24


def test_corrupt_member_of_a_zip_is_skipped(zoo, tmp_path):
    archive = zip_folder(zoo, tmp_path / "zoo.zip")
    with zipfile.ZipFile(archive) as original:
        start = original.getinfo("zoo/ant/003.png").header_offset
    content = bytearray(archive.read_bytes())
    content[start + 80] ^= 255
    archive.write_bytes(content)
    card = load(archive).card
    assert [file for file, _ in card.skipped] == ["zoo/ant/003.png"]


def test_folder_of_which_only_one_class_can_be_read_is_refused(zoo):
    for path in (zoo / "bee").iterdir():
        path.write_bytes(b"damaged")
    with pytest.raises(DataError, match="only one class"):
        load(zoo)


def test_folder_of_which_nothing_can_be_read_is_refused(zoo):
    for path in zoo.rglob("*.png"):
        path.write_bytes(b"damaged")
    with pytest.raises(DataError, match="No usable picture"):
        load(zoo)


def test_rotated_and_renamed_pictures_are_read_by_content(zoo):
    upright = np.zeros((12, 12, 3), np.uint8)
    upright[:6] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it 90 degrees clockwise
    Image.fromarray(np.rot90(upright)).save(zoo / "ant" / "turned.jpg", exif=exif, quality=95)
    (zoo / "ant" / "turned.jpg").rename(zoo / "ant" / "turned.png")
    found = [p for p in load(zoo).train.images if p[:5].mean() > 240 and p[7:].mean() < 15]
    splits = load(zoo)
    found += [p for p in splits.test.images if p[:5].mean() > 240 and p[7:].mean() < 15]
    found += [p for p in splits.validation.images if p[:5].mean() > 240 and p[7:].mean() < 15]
    assert len(found) == 1


def test_hostile_names_stay_text(tmp_path):
    root = save_class_folders(
        tmp_path / "<script>alert(1)</script>"[:25].replace("/", ""),
        {"![](http:)": 6, "b\u202eeel": 6},
    )
    card = load(root).card
    assert "\u202e" not in card.title + card.provenance + "".join(card.class_names)
    assert card.num_classes == 2


def test_broken_links_in_a_folder_are_ignored(zoo):
    (zoo / "ant" / "link.png").symlink_to(zoo / "nowhere.png")
    assert load(zoo).card.num_skipped == 0


@pytest.mark.parametrize("damage", ["cut", "noise", "empty"])
def test_corrupt_zip_is_refused_in_one_sentence(zoo, tmp_path, damage):
    archive = zip_folder(zoo, tmp_path / "zoo.zip")
    content = archive.read_bytes()
    archive.write_bytes(
        {"cut": content[:-40], "noise": b"PK" + b"\x00" * 500, "empty": b""}[damage]
    )
    with pytest.raises((ArchiveError, DataError), match=r"zoo\.zip") as caught:
        load(archive)
    assert "\n" not in str(caught.value)


def test_zip_slip_is_refused(zoo, tmp_path):
    archive = zip_folder(zoo, tmp_path / "zoo.zip")
    with zipfile.ZipFile(archive, "a") as extra:
        extra.writestr("../outside.png", b"x")
    with pytest.raises(ArchiveError):
        load(archive)
    assert not (tmp_path.parent / "outside.png").exists()


def test_folder_that_vanishes_after_caching_is_named(zoo):
    load(zoo)
    shutil.rmtree(zoo)
    with pytest.raises(DataError, match="zoo"):
        load(zoo)
