import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from resnet_core.config import DataConfig
from resnet_core.data import DataSet, load_dataset
from resnet_core.data.catalogue import find_source
from resnet_core.errors import ArchiveError, DataError

pytestmark = pytest.mark.usefixtures("home")

STRUCT = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def png(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (10, 10, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def write_parquet(
    path: Path,
    labels: list,
    *,
    names: list[str] | None = None,
    image_column: str = "img",
    label_column: str = "label",
    label_type: pa.DataType | None = None,
    seed: int = 0,
) -> Path:
    images = [{"bytes": png(seed + row), "path": f"{row}.png"} for row in range(len(labels))]
    columns = [pa.array(images, STRUCT), pa.array(labels, label_type)]
    table = pa.table(columns, names=[image_column, label_column])
    if names:
        features = {label_column: {"names": names, "_type": "ClassLabel"}}
        metadata = {"huggingface": json.dumps({"info": {"features": features}})}
        table = table.replace_schema_metadata(metadata)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=7)
    return path


def load(path: Path, **options) -> DataSet:
    return load_dataset(DataConfig(source=str(path), **options))


def total(data: DataSet) -> int:
    return data.card.num_train + data.card.num_validation + data.card.num_test


def test_folder_in_the_hub_layout_is_read_with_its_parts_and_names(tmp_path):
    root = tmp_path / "pets"
    write_parquet(root / "train-00000-of-00002.parquet", [0, 1] * 10, names=["cat", "dog"])
    write_parquet(root / "train-00001-of-00002.parquet", [0, 1] * 5, names=["cat", "dog"], seed=50)
    write_parquet(root / "test-00000-of-00001.parquet", [1, 0, 1], names=["cat", "dog"], seed=90)
    data = load(root)
    assert data.card.class_names == ("cat", "dog")
    assert (total(data), data.card.num_test) == (33, 3)
    assert data.test.labels.tolist() == [1, 0, 1]
    assert np.array_equal(data.test.images[1], np.array(Image.open(io.BytesIO(png(91)))))


def test_classes_of_one_name_tell_their_label(tmp_path):
    names = ["crane", "ant", "crane"]  # as ImageNet's
    path = write_parquet(tmp_path / "cranes.parquet", [0, 1, 2] * 4, names=names)
    assert find_source(str(path)).class_names == ("crane (0)", "ant", "crane (2)")


@pytest.mark.parametrize(
    "name",
    ["data/test-00000-of-00001.parquet", "default/test/0000.parquet", "test.parquet"],
)
def test_part_is_told_by_file_or_folder_name(tmp_path, name):
    write_parquet(tmp_path / "pets" / name.replace("test", "train"), [0, 1] * 10)
    write_parquet(tmp_path / "pets" / name, [0, 1] * 2, seed=50)
    assert load(tmp_path / "pets").card.num_test == 4


def test_single_file_is_split_by_seed(tmp_path):
    data = load(write_parquet(tmp_path / "pets.parquet", [0, 1] * 20))
    assert data.card.class_names == ("0", "1")
    assert (data.card.num_train, data.card.num_validation, data.card.num_test) == (32, 4, 4)


@pytest.mark.parametrize("label_type", [pa.string(), pa.dictionary(pa.int8(), pa.string())])
def test_text_labels_are_class_names(tmp_path, label_type):
    path = write_parquet(tmp_path / "p.parquet", ["dog", "cat"] * 10, label_type=label_type)
    data = load(path)
    assert data.card.class_names == ("cat", "dog")
    assert np.bincount(data.train.labels).tolist() == [8, 8]


@pytest.mark.parametrize(
    ("image_column", "label_column"), [("image", "label"), ("img", "fine_label")]
)
def test_usual_column_names_are_known(tmp_path, image_column, label_column):
    path = write_parquet(
        tmp_path / "p.parquet", [0, 1] * 8, image_column=image_column, label_column=label_column
    )
    assert total(load(path)) == 16


def test_fine_label_wins_over_other_integer_columns(tmp_path):
    path = write_parquet(tmp_path / "p.parquet", [0, 1] * 8, label_column="fine_label")
    table = pq.read_table(path)
    pq.write_table(table.append_column("coarse_label", pa.array(range(16))), path)
    assert load(path).card.num_classes == 2


def test_bytes_without_a_struct_are_read(tmp_path):
    images = pa.array([png(row) for row in range(12)])
    pq.write_table(
        pa.table({"image": images, "label": pa.array([0, 1] * 6)}), tmp_path / "p.parquet"
    )
    assert total(load(tmp_path / "p.parquet")) == 12


def test_rows_without_picture_or_label_are_named_and_skipped(tmp_path):
    images: list[dict[str, object] | None]
    images = [{"bytes": png(row), "path": None} for row in range(20)]
    images[3] = {"bytes": None, "path": "/etc/passwd"}
    images[4] = None
    images[5] = {"bytes": b"not a picture", "path": None}
    labels: list[int | None] = [row % 2 for row in range(20)]
    labels[7], labels[8] = None, -1
    table = pa.table({"img": pa.array(images, STRUCT), "label": pa.array(labels)})
    pq.write_table(table, tmp_path / "p.parquet")
    card = load(tmp_path / "p.parquet").card
    assert card.num_skipped == 5
    assert [file for file, _ in card.skipped] == [f"p.parquet row {row}" for row in (4, 5, 6, 8, 9)]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": [1, 2], "label": [0, 1]}, "no picture column"),
        ({"img": [b"x", b"y"]}, "no label column"),
        ({"img": [b"x", b"y"], "label": [0.5, 1.5]}, "'label' holds values of the kind double"),
        ({"img": [b"x", b"y"], "label": [[0], [1]]}, "'label' holds values of the kind list"),
        ({"img": ["x.png", "y.png"], "label": [0, 1]}, "kind string, and the bytes of a picture"),
        ({"Image": ["aGk=", "aGk="], "label": [0, 1]}, "its 'Image' holds values of the kind str"),
        ({"img": [b"x", b"y"], "label": [0, 0]}, "1 classes"),
        ({"img": [b"x", b"y"], "label": [None, None]}, "label"),
    ],
)
def test_files_without_pictures_or_labels_are_refused(tmp_path, columns, message):
    pq.write_table(pa.table(columns), tmp_path / "p.parquet")
    with pytest.raises(DataError, match=message):
        load(tmp_path / "p.parquet")


def test_folder_with_only_a_test_file_is_for_measuring(tmp_path):
    write_parquet(tmp_path / "pets" / "test.parquet", [0, 1, 1])
    data = load(tmp_path / "pets")
    assert (data.card.num_train, data.card.num_validation, data.card.num_test) == (0, 0, 3)
    assert data.train.images.shape == (0, 10, 10, 3)
    with pytest.raises(DataError, match="has no training pictures, only those of its test folder"):
        load_dataset(DataConfig(source=str(tmp_path / "pets")), needs=("train",))


def test_test_file_with_other_columns_is_refused(tmp_path):
    write_parquet(tmp_path / "pets" / "train.parquet", [0, 1] * 8)
    write_parquet(tmp_path / "pets" / "test.parquet", [0, 1], label_column="answer")
    with pytest.raises(DataError, match="lacks the column 'label'"):
        load(tmp_path / "pets")


def test_damaged_files_are_refused_in_one_sentence_or_read(tmp_path):
    path = write_parquet(tmp_path / "p.parquet", [0, 1] * 20)
    whole = path.read_bytes()
    generator = np.random.default_rng(0)
    for attempt in range(30):
        content = bytearray(whole)
        if attempt % 3 == 0:
            del content[int(generator.integers(8, len(content))) :]
        else:
            for place in generator.integers(4, len(content) - 4, 1 + attempt):
                content[place] = generator.integers(256)
        path.write_bytes(content)
        try:
            load(path)
        except (ArchiveError, DataError) as exc:
            assert "\n" not in str(exc)


def test_truncated_file_is_called_damaged(tmp_path):
    path = write_parquet(tmp_path / "p.parquet", [0, 1] * 20)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ArchiveError, match=r"'p\.parquet' is not a readable parquet file"):
        load(path)


@pytest.mark.slow
def test_real_hub_file_is_read(shared_data, decoding_home):
    data = load(shared_data / "cifar10-jpeg")
    assert data.card.class_names[0] == "airplane"
    assert (data.card.num_train, data.card.num_validation, data.card.num_test) == (
        45_000,
        5_000,
        10_000,
    )
    assert np.bincount(data.test.labels).tolist() == [1000] * 10
    # The published mean of the original pixels; JPEG moves it by less than a grey level.
    np.testing.assert_allclose(data.card.mean, (0.4914, 0.4822, 0.4465), atol=1 / 255)
    table = pq.read_table(shared_data / "cifar10-jpeg" / "test-00000-of-00001.parquet")
    original = Image.open(io.BytesIO(table["img"][123].as_py()["bytes"]))
    assert np.array_equal(data.test.images[123], np.array(original))
