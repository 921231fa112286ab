"""The layouts that are known, in the order in which they are tried."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from resnet_core.data.layouts.binary_records import fits_records, records_source
from resnet_core.data.layouts.cifar_batches import cifar_source, fits_cifar
from resnet_core.data.layouts.given import Given
from resnet_core.data.layouts.idx_files import fits_idx, idx_source
from resnet_core.data.layouts.matlab_files import fits_matlab, matlab_source
from resnet_core.data.layouts.naming import refuse_alike
from resnet_core.data.layouts.npz_arrays import fits_npz, npz_source
from resnet_core.data.layouts.picture_files import pictures_source
from resnet_core.data.layouts.sorting import is_surely_picture
from resnet_core.data.layouts.web_shards import fits_shards, shards_source
from resnet_core.data.parquet import has_picture_column, parquet_source
from resnet_core.data.source import Source
from resnet_core.errors import DataError
from resnet_core.pictures.names import distinct_names


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One way in which data sets lie on disks."""

    name: str
    fits: Callable[[Given], bool]
    """Looks at names, and at no picture."""
    read: Callable[[Given], Source]


def _fits_parquet(given: Given) -> bool:
    if not given.is_folder:
        return given.kind == "parquet"
    if not any(path.name[:1] != "." for path in given.path.rglob("*.parquet")):
        return False
    holds_pictures = any(map(is_surely_picture, given.tree.files))
    return not holds_pictures or has_picture_column(given.path)


LAYOUTS = (
    Layout(
        name="parquet files",
        # A parquet file with a column of pictures, or a folder of them.
        fits=_fits_parquet,
        read=lambda given: parquet_source(given.path),
    ),
    Layout(
        name="idx files",
        # A folder with train-images-idx3-ubyte and train-labels-idx1-ubyte, or such names with the
        # set's before them, gzipped or not, also in a folder below it.
        fits=fits_idx,
        read=idx_source,
    ),
    Layout(
        name="CIFAR's pickled batches",
        # A folder or archive with data_batch_1 (CIFAR-10), or train, test and meta (CIFAR-100).
        fits=fits_cifar,
        read=cifar_source,
    ),
    Layout(
        name="binary files",
        # A folder or archive with data_batch_1.bin (CIFAR-10), train.bin and fine_label_names.txt
        # (CIFAR-100), or train_X.bin and train_y.bin (STL-10).
        fits=fits_records,
        read=records_source,
    ),
    Layout(
        name="arrays in an npz file",
        # An npz file with arrays such as x_train and y_train, or train_images and train_labels.
        fits=fits_npz,
        read=npz_source,
    ),
    Layout(
        name="files of MATLAB",
        # A file of MATLAB with pictures X and labels y, as SVHN has them, or a folder with
        # train_32x32.mat.
        fits=fits_matlab,
        read=matlab_source,
    ),
    Layout(
        name="a WebDataset",
        # A tar archive in which a .cls file beside each picture tells its class, or a folder of
        # such archives.
        fits=fits_shards,
        read=shards_source,
    ),
    Layout(
        name="pictures",
        # Pictures in a folder, a zip or a tar archive, whose classes are told by their folders, a
        # table or their names.
        fits=lambda _given: True,
        read=pictures_source,
    ),
)
"""Each reads what it fits; the last one fits everything."""


def read_layout(path: Path) -> Source:
    """Describes the data set in a folder or file; decodes nothing.

    Raises:
        ArchiveError: if it is damaged or unsafe.
        DataError: if it is no data set, or holds several.
        OSError: if it cannot be read.
    """
    given = Given(path)
    fitting = [layout for layout in LAYOUTS[:-1] if layout.fits(given)]
    if len(fitting) > 1:
        listed = " and ".join(layout.name for layout in fitting)
        raise DataError(
            f"'{given.title}' holds several data sets ({listed}): give a folder that holds one."
        )
    source = (fitting[0] if fitting else LAYOUTS[-1]).read(given)
    source = replace(source, class_names=distinct_names(source.class_names))
    refuse_alike(source.class_names, given.title)
    return source
