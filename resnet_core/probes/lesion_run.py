"""The lesion bench: removes blocks of a net, in turn and at random, and counts right answers.

All pictures pass the net once, block by block.  Before each block those removals are tried that
begin with it: what enters the block is at hand, so that only the rest of the net is run.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from resnet_core.config import block_paths
from resnet_core.data import Batch
from resnet_core.errors import ProbeError
from resnet_core.models import ResNet, apply_interventions, list_probe_points
from resnet_core.probes.batches import PROBE_MEMORY_LIMIT_MIB
from resnet_core.probes.hooks import borrowed
from resnet_core.probes.lesion_plan import (
    PictureChunk,
    Removal,
    cut_pictures,
    draw_removals,
    removal_reasons,
)
from resnet_core.probes.lesions import (
    BlockLesion,
    LesionBench,
    LesionDraw,
    LesionScore,
    RandomLesions,
)
from resnet_core.progress import Progress, ignore_progress

_Answer = Callable[[Tensor], Tensor]  # from maps (n, C, H, W) to logits (n, K)


@dataclass(eq=False)
class _Pace:
    """How far the work is, in pictures times blocks."""

    total: int
    progress: Progress
    done: int = 0

    def tell(self, message: str, work: int) -> None:
        self.done += work
        self.progress(message, min(1.0, self.done / self.total))


def measure_lesions(
    model: ResNet,
    batch: Batch,
    *,
    calibration: Tensor | None = None,
    num_draws: int = 0,
    seed: int = 0,
    progress: Progress = ignore_progress,
) -> LesionBench:
    """Removes blocks of a net in evaluation mode; it is given back as it was.

    What was done to the net before stays done: blocks are removed from the net as it is.

    Args:
        model: a net that nobody else uses meanwhile.
        batch: (N, C, H, W) normalised pictures that the net was not trained on, and their labels.
        calibration: (M, C, H, W) other pictures, M at least 2, from which the batch norms behind a
            removed block take their statistics anew; `None` leaves that reading out.
        num_draws: draws for each number of blocks removed at random, each on its own share of the
            pictures; 0 leaves them out.
        seed: of the draws.
        progress: told after each part of the work; it cancels by raising.

    Raises:
        ProbeError: where the pictures need too much memory, or the net's answers are not finite.
        CancelledError: if `progress` cancels.
    """
    started = time.perf_counter()
    _refuse_too_many(model, batch.images)
    reasons = removal_reasons(model)
    removable = [path for path, reason in reasons.items() if not reason]
    single = {path: Removal((path,)) for path in removable}
    drawn = draw_removals(removable, num_draws, seed)
    if not _batch_norms(model):
        calibration = None
    chunks = cut_pictures(batch, max(1, num_draws))
    with borrowed(model, training=False), torch.no_grad():
        whole, again = _walk(model, chunks, calibration, [*single.values(), *drawn], progress)
    return LesionBench(
        name=model.config.name,
        is_plain=model.config.is_plain,
        num_classes=model.config.num_classes,
        num_calibration=0 if calibration is None else len(calibration),
        whole=LesionScore(right=int(whole.sum()), total=len(whole)),
        recalibrated_whole=_score(again, whole),
        blocks=tuple(_block(path, reasons[path], single.get(path), whole) for path in reasons),
        at_random=_at_random(drawn, np.array_split(whole, max(1, num_draws))),
        elapsed_s=time.perf_counter() - started,
    )


def _walk(
    model: ResNet,
    chunks: Sequence[PictureChunk],
    calibration: Tensor | None,
    removals: Sequence[Removal],
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Tries all removals on the pictures' one way; gives the whole net's marks, and recalibrated.

    The chunks' maps are those of the last block afterwards.
    """
    paths, before, again = block_paths(model.config), model.interventions, None
    pace = _Pace(_all_work(paths, chunks, calibration, removals), progress)
    if calibration is not None:
        with _recalibrated(_batch_norms(model), model, calibration):
            again = _mark(chunks, model, pace, "All blocks, recalibrated", len(paths))
    if model.config.is_dense:  # none of its blocks can be removed
        return _mark(chunks, _finite(model, model), pace, "All blocks", len(paths)), again
    entering = _advance(model.stem, chunks, calibration)
    try:
        for place, path in enumerate(paths):
            for removal in removals:
                if removal.paths[0] == path:
                    apply_interventions(model, (*before, *removal.drops))
                    _try(model, removal, paths[place:], chunks, entering, pace)
            apply_interventions(model, before)
            entering = _advance(model.get_submodule(path), chunks, entering)
    finally:
        apply_interventions(model, before)
    head = _finite(model, lambda maps: _head(model, maps))
    return _mark(chunks, head, pace, "All blocks", 1), again


def _try(
    model: ResNet,
    removal: Removal,
    rest: Sequence[str],
    chunks: Sequence[PictureChunk],
    calibration: Tensor | None,
    pace: _Pace,
) -> None:
    """Runs the rest of the net, from a removal's first block on, in both readings."""
    count = len(removal.paths)
    told = f"Without {removal.paths[0]}" if count == 1 else f"Without {count} blocks at random"
    judges = [chunk for chunk in chunks if removal.part in (None, chunk.part)]

    def answer(maps: Tensor) -> Tensor:
        for path in rest:
            maps = model.get_submodule(path)(maps)
        return _head(model, maps)

    removal.marks["as_is"] = _mark(judges, answer, pace, told, len(rest))
    if calibration is not None:
        with _recalibrated(_batch_norms(model, rest), answer, calibration):
            again = _mark(judges, answer, pace, f"{told}, recalibrated", len(rest))
        removal.marks["recalibrated"] = again


def _mark(
    chunks: Sequence[PictureChunk], answer: _Answer, pace: _Pace, told: str, num_blocks: int
) -> np.ndarray:
    """Which pictures are answered rightly; an answer that is not finite is wrong."""
    marks = []
    for chunk in chunks:
        pace.tell(told, len(chunk.labels) * num_blocks)
        logits = answer(chunk.maps)
        is_right = (logits.argmax(1) == chunk.labels) & logits.isfinite().all(1)
        marks.append(is_right.cpu().numpy())
    return np.concatenate(marks)


def _advance(
    module: nn.Module, chunks: Sequence[PictureChunk], calibration: Tensor | None
) -> Tensor | None:
    for chunk in chunks:
        chunk.maps = module(chunk.maps)
    return None if calibration is None else module(calibration)


def _head(model: ResNet, maps: Tensor) -> Tensor:
    """What a net does behind its last block; a test holds it against the net's own way."""
    pooled = model.pool(model.finish(maps))
    if model.config.branch_scale == "fixup":
        pooled = model.final_shift(pooled)
    return model.classifier(torch.flatten(pooled, 1))


@contextlib.contextmanager
def _recalibrated(
    norms: Sequence[nn.BatchNorm2d], answer: _Answer, calibration: Tensor
) -> Iterator[None]:
    """Lets batch norms use the mean and variance of these pictures for a while."""
    kept = [({n: b.clone() for n, b in norm.named_buffers()}, norm.momentum) for norm in norms]
    try:
        for norm in norms:
            norm.momentum = 1.0  # nothing is left of the statistics before
            norm.train()
        answer(calibration)
        for norm in norms:
            norm.eval()
        yield
    finally:
        for norm, (buffers, momentum) in zip(norms, kept, strict=True):
            norm.eval()
            norm.momentum = momentum
            for name, buffer in norm.named_buffers():
                buffer.copy_(buffers[name])


def _batch_norms(model: ResNet, rest: Sequence[str] | None = None) -> list[nn.BatchNorm2d]:
    """Batch norms of the whole net, or of some last blocks and what follows them."""
    roots: list[nn.Module] = [model]
    if rest is not None:
        roots = [model.get_submodule(path) for path in rest]
        roots += [model.final_norm] if hasattr(model, "final_norm") else []
    found = (module for root in roots for module in root.modules())
    return [module for module in found if isinstance(module, nn.BatchNorm2d)]


def _finite(model: ResNet, answer: _Answer) -> _Answer:
    """Refuses a whole net whose answers are not finite, whose lesions would say nothing."""

    def checked(maps: Tensor) -> Tensor:
        logits = answer(maps)
        if not logits.isfinite().all():
            raise ProbeError(
                f"The answers of {model.config.name} are not finite numbers: its weights have "
                "diverged; take an earlier step or another net."
            )
        return logits

    return checked


def _all_work(
    paths: Sequence[str],
    chunks: Sequence[PictureChunk],
    calibration: Tensor | None,
    removals: Sequence[Removal],
) -> int:
    """Pictures times blocks of all that is run but the way through the net."""
    readings = 1 if calibration is None else 2
    work = len(paths) * sum(len(chunk.labels) for chunk in chunks) * (readings - 1) + 1
    for removal in removals:
        rest = len(paths) - paths.index(removal.paths[0])
        judges = (c for c in chunks if removal.part in (None, c.part))
        work += readings * rest * sum(len(chunk.labels) for chunk in judges)
    return work


def _refuse_too_many(model: ResNet, images: Tensor) -> None:
    points = list_probe_points(model, images.shape[-1])
    largest = max(p.channels * p.map_size_px[0] * p.map_size_px[1] for p in points)
    one_mib = largest * images.element_size() / 2**20
    if one_mib * len(images) > PROBE_MEMORY_LIMIT_MIB:
        raise ProbeError(
            f"{model.config.name} keeps about {one_mib * len(images):,.0f} MiB for {len(images):,} "
            f"pictures, and a measurement may keep {PROBE_MEMORY_LIMIT_MIB:,} MiB: take at most "
            f"{int(PROBE_MEMORY_LIMIT_MIB / one_mib):,} pictures."
        )


def _block(path: str, reason: str, removal: Removal | None, whole: np.ndarray) -> BlockLesion:
    marks = {} if removal is None else removal.marks
    scores = {reading: _score(found, whole) for reading, found in marks.items()}
    return BlockLesion(path=path, reason=reason, **scores)


def _at_random(drawn: Sequence[Removal], whole: Sequence[np.ndarray]) -> tuple[RandomLesions, ...]:
    """Gathers draws by their number of blocks; `whole` has the marks of each share."""
    by_count: dict[int, list[LesionDraw]] = {}
    for removal in drawn:
        assert removal.part is not None
        again = removal.marks.get("recalibrated")
        draw = LesionDraw(
            removed=removal.paths,
            as_is=_compare(removal.marks["as_is"], whole[removal.part]),
            recalibrated=_score(again, whole[removal.part]),
        )
        by_count.setdefault(len(removal.paths), []).append(draw)
    return tuple(RandomLesions(draws=tuple(draws)) for draws in by_count.values())


def _score(marks: np.ndarray | None, whole: np.ndarray) -> LesionScore | None:
    return None if marks is None else _compare(marks, whole)


def _compare(marks: np.ndarray, whole: np.ndarray) -> LesionScore:
    return LesionScore(right=int(marks.sum()), gained=int((marks & ~whole).sum()), total=len(marks))
