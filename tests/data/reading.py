"""What is made of a path: the data set itself, and how many pictures each class has."""

from pathlib import Path

from resnet_core.config import DataConfig
from resnet_core.data import DataSet, load_dataset
from resnet_core.data.describe import describe_data


def load(path: Path, **options) -> DataSet:
    return load_dataset(DataConfig(source=str(path), **options))


def counts(path: Path) -> dict:
    report = describe_data(str(path))
    assert describe_data(str(path), is_quick=True).splits == report.splits
    return {part: list(held.values()) for part, held in report.splits.items()}
