"""Parquet files as people have them: with gaps, without labels, as links, beside folders."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resnet_core.data.describe import describe_data
from tests.data.layout_trees import picture_bytes, several, write_tree
from tests.data.reading import counts, load

pytestmark = pytest.mark.usefixtures("home")


def test_parquet_with_capitals_gaps_and_unlabelled_rows_is_read(tmp_path):
    table = pa.table(
        {
            "Image": [picture_bytes(n) for n in range(24)],
            "Label": pa.array([2.0, 5.0, -1.0, None] * 6, pa.float64()),
        }
    )
    pq.write_table(table, tmp_path / "set.parquet")
    report = describe_data(str(tmp_path / "set.parquet"))
    assert report.splits == {"train": {"2": 6, "5": 6}}
    (left,) = report.ignored
    assert left.what == "set.parquet row 3, set.parquet row 4, set.parquet row 7 and 9 more"
    assert (left.count, left.why) == (12, "has no label, or one that names no class")
    assert load(tmp_path / "set.parquet").card.class_names == ("2", "5")


def test_parquet_part_without_labels_is_left_out(tmp_path):
    (tmp_path / "set").mkdir()
    for part, labels in (("train", [0, 1] * 8), ("test", [-1] * 5)):
        pictures = [picture_bytes(n) for n in range(len(labels))]
        table = pa.table({"image": pictures, "label": labels})
        pq.write_table(table, tmp_path / "set" / f"{part}-00000-of-00001.parquet")
    report = describe_data(str(tmp_path / "set"))
    assert report.splits == {"train": {"0": 8, "1": 8}}
    (left,) = report.ignored
    assert (left.what, left.count) == ("test-00000-of-00001.parquet", 5)
    assert left.why == "has no labels"


def test_parquet_files_of_the_hubs_cache_are_links(tmp_path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "snapshots" / "abc").mkdir(parents=True)
    table = pa.table({"image": [picture_bytes(n) for n in range(24)], "label": [0, 1] * 12})
    pq.write_table(table, tmp_path / "blobs" / "1234")
    link = tmp_path / "snapshots" / "abc" / "train-00000-of-00001.parquet"
    link.symlink_to("../../blobs/1234")
    assert counts(link.parent) == {"train": [12, 12]}


def test_parquet_beside_class_folders_is_left_out(tmp_path):
    root = write_tree(tmp_path / "set", [*several("cat", 4), *several("dog", 4)])
    pq.write_table(pa.table({"id": [1], "embedding": [[0.5]]}), root / "embeddings.parquet")
    assert counts(root) == {"train": [4, 4]}
    assert [left.what for left in describe_data(str(root)).ignored] == ["embeddings.parquet"]
