"""Pictures that say something of other pictures, such as masks: never pictures of a class."""

import posixpath
import re
from collections import defaultdict

from resnet_core.data.layouts.sorting import Aside
from resnet_core.data.layouts.splitting import Placing

# fmt: off
FILLER_FOLDERS = frozenset(
    [
        "images", "image", "imgs", "img", "jpg", "jpgs", "jpeg", "jpegs", "jpegimages", "png",
        "pngs", "pictures", "photos", "pics",
    ]
)
"""Names, in small letters, of folders that hold pictures and are no class."""

_OF_OTHERS = frozenset(
    [
        "annotations", "annotation", "annots", "anno", "masks", "mask", "trimaps", "trimap",
        "segmentations", "segmentation", "segmentationclass", "segmentationobject",
        "ground_truth", "groundtruth", "gt", "labels", "label", "xmls", "bboxes", "boxes",
        "landmarks", "keypoints", "depth", "depths", "lists",
    ]
)
# fmt: on
"""Names of folders that say something of pictures which lie beside them."""
_MASK = re.compile(r"(?P<of>.+?)[ ._-]+(mask|masks|segmentation|trimap|gt)([ ._-]*\d+)?", re.I)


def without_annotations(placing: Placing, aside: Aside) -> Placing:
    """Puts aside folders of annotations beside folders of pictures, and masks beside pictures."""
    beside = _annotation_folders(placing)
    for folder in sorted(beside):
        count = sum(placed.path.startswith(f"{folder}/") for placed in placing)
        aside.add_folder(folder, count, "says something of the pictures beside it")
    starts = tuple(f"{folder}/" for folder in beside)
    placing = [placed for placed in placing if not starts or not placed.path.startswith(starts)]
    stems = {posixpath.splitext(placed.path)[0] for placed in placing}
    masks = {placed.path for placed in placing if _is_mask(placed.path, stems)}
    aside.add_files("is a mask of the picture beside it", sorted(masks))
    return [placed for placed in placing if placed.path not in masks]


def _annotation_folders(placing: Placing) -> set[str]:
    held: dict[str, set[str]] = defaultdict(set)
    for placed in placing:
        folders = placed.path.split("/")[:-1]
        for depth, name in enumerate(folders):
            held["/".join(folders[:depth])].add(name)
    return {
        posixpath.join(above, name)
        for above, names in held.items()
        if any(name.lower() in FILLER_FOLDERS for name in names)
        for name in names
        if name.lower() in _OF_OTHERS
    }


def _is_mask(path: str, stems: set[str]) -> bool:
    folder, name = posixpath.split(posixpath.splitext(path)[0])
    match = _MASK.fullmatch(name)
    return match is not None and posixpath.join(folder, match["of"]) in stems
