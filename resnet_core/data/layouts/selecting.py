"""Some pictures of a data set for a person to look at, and how many there are of each class."""

from collections.abc import Iterable, Iterator

import numpy as np

from resnet_core.data.decoding import EncodedPicture
from resnet_core.data.source import Chunk, ChunkReader, Few, LabelCounts, Part, PicturePlan
from resnet_core.progress import Progress, ignore_progress


def keep_few(pictures: Iterable[EncodedPicture], few: Few) -> Iterator[EncodedPicture]:
    """Keeps the first pictures of each class that is wanted, and reads no further than that."""
    left = dict.fromkeys(few.labels, few.each)
    for picture in pictures:
        if picture.problem is None and left.get(picture.label, 0) > 0:
            left[picture.label] -= 1
            yield picture
            if not any(left.values()):
                return


def few_of_chunks(
    read_chunks: ChunkReader, part: Part, few: Few, plan: PicturePlan, progress: Progress
) -> Iterator[Chunk]:
    """Keeps the first pictures of each class that is wanted, of pictures that lie as arrays."""
    left = dict.fromkeys(few.labels, few.each)
    for chunk in read_chunks(part, plan, progress):
        chosen = []
        for place, label in enumerate(chunk.labels.tolist()):
            if left.get(label, 0) > 0:
                left[label] -= 1
                chosen.append(place)
        if chosen:
            yield Chunk(chunk.images[chosen], chunk.labels[chosen])
        if not any(left.values()):
            return


def count_chunks(read_chunks: ChunkReader, parts: Iterable[Part], num_classes: int) -> LabelCounts:
    """Counts the pictures of each class, of pictures that lie as arrays."""
    counts: dict[Part, tuple[int, ...]] = {}
    for part in parts:
        total = np.zeros(num_classes, np.int64)
        for chunk in read_chunks(part, PicturePlan(), ignore_progress):
            total += np.bincount(chunk.labels, minlength=num_classes)
        counts[part] = tuple(total.tolist())
    return counts
