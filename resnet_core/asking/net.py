"""One net, ready to be asked: whoever shows a picture to a net, shows it to this.

It sees, answers, explains and gives maps, so that every page and command says the same of the same
picture.
"""

import contextlib
import copy
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from resnet_core.asking.answers import Answer, build_answer
from resnet_core.asking.net_sources import NetSource
from resnet_core.asking.seeing import Seen, see_file, see_pixels
from resnet_core.asking.watching import Watch, as_moments, block_widths, load_watch, watched
from resnet_core.checkpoints import CheckpointCard
from resnet_core.config import DataConfig
from resnet_core.devices import memory_errors
from resnet_core.errors import ProbeError
from resnet_core.explain import (
    Attribution,
    Question,
    Target,
    attribute,
    calibrated,
    normalise_pictures,
    recommended_layer,
)
from resnet_core.models import ResNet
from resnet_core.pictures.picture import Fit
from resnet_core.probes.calibration import TEMPERATURE, temperature_of
from resnet_core.probes.features import BlockParts, FeatureMaps, measure_block, measure_features
from resnet_core.probes.strangeness import Moments
from resnet_core.progress import Progress, ignore_progress


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadyNet:
    """A net that is loaded and can be asked: on its device, with its card and its lock."""

    model: ResNet
    card: CheckpointCard
    device: torch.device
    source: NetSource
    """Where it was found, and what pages call it."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Held by whoever uses the model."""

    @property
    def title(self) -> str:
        """What pages call it, as plain text."""
        return self.source.title

    @property
    def is_plain(self) -> bool:
        """Whether it has no shortcuts."""
        return self.card.model.is_plain

    @property
    def key(self) -> tuple[object, ...]:
        """Changes whenever the weights or their calibration do."""
        detection = self.card.detection
        watched_by = "" if detection is None else detection.statistics_sha256
        return self.source.key, watched_by, *sorted(self.card.metrics.items())

    @property
    def temperature(self) -> float:
        """What the logits are divided by; 1 where the net was not calibrated."""
        return temperature_of(self.card.metrics)

    @property
    def is_calibrated(self) -> bool:
        """Whether a temperature was measured."""
        return TEMPERATURE in self.card.metrics

    @property
    def watch(self) -> Watch | None:
        """What is usual on its own pictures; `None` where that is not known."""
        found = load_watch(self.model, self.card, self.source.path)
        return None if isinstance(found, str) else found

    @property
    def watch_problem(self) -> str:
        """Why strange pictures are not noticed, in a sentence; empty where they are watched for."""
        found = load_watch(self.model, self.card, self.source.path)
        return found if isinstance(found, str) else ""

    def with_card(self, card: CheckpointCard) -> "ReadyNet":
        """The same model and lock under a card that was read anew, such as after a calibration."""
        return replace(self, card=card)

    def as_measured(self, config: DataConfig) -> DataConfig:
        """A data set resized as it was for this net's figures, so that they stay comparable."""
        return replace(config, resizing=self.card.resizing)

    @contextlib.contextmanager
    def use(self, *, for_long: bool = False) -> Iterator[ResNet]:
        """Lends the net to one thread at a time; work that takes long gets a copy of its own."""
        if not for_long:
            with self.lock:
                yield self.model
            return
        with self.lock:
            own = copy.deepcopy(self.model)
        yield own

    def see(self, source: bytes | Path, *, name: str, fit: Fit = "crop") -> Seen:
        """Decodes a file of unknown origin into what this net sees.

        Raises:
            PictureError: when the picture is refused.
        """
        return see_file(self.card, source, name=name, fit=fit)

    def see_pixels(self, pixels: np.ndarray, *, name: str = "", fit: Fit = "crop") -> Seen:
        """Brings decoded pixels, uint8 (H, W, C), to what this net sees."""
        return see_pixels(self.card, pixels, name=name, fit=fit)

    def answer(self, seen: Seen) -> Answer:
        """Says what the net says of a picture.

        Raises:
            OutOfMemoryError: when the device is too small.
        """
        return self.answer_all([seen])[0]

    def answer_all(self, pictures: Sequence[Seen]) -> list[Answer]:
        """Answers several pictures in one batch.

        Raises:
            OutOfMemoryError: when the device is too small.
        """
        pixels, watch = np.stack([seen.pixels for seen in pictures]), self.watch
        if watch is None:
            return [
                build_answer(self.card, seen, row)
                for seen, row in zip(pictures, self.logits(pixels), strict=True)
            ]
        logits, moments = self.logits_and_moments(pixels)
        found = zip(pictures, logits, watch.strangeness(moments), strict=True)
        return [build_answer(self.card, seen, row, float(how)) for seen, row, how in found]

    def logits(self, pixels: np.ndarray) -> np.ndarray:
        """Computes the logits (N, K) float32 of pictures as seen, uint8 (N, S, S, C).

        Raises:
            OutOfMemoryError: when the device is too small.
        """
        batch = normalise_pictures(pixels, self.card)
        with memory_errors(len(pixels)), self.lock, torch.inference_mode():
            return self.model(batch.to(self.device)).float().cpu().numpy()

    def logits_and_moments(self, pixels: np.ndarray) -> tuple[np.ndarray, Moments]:
        """Computes the logits, and in the same pass what the channels of each block do.

        Raises:
            OutOfMemoryError: when the device is too small.
        """
        paths = tuple(block_widths(self.model, self.card.image_size_px))
        batch = normalise_pictures(pixels, self.card)
        with memory_errors(len(pixels)), self.lock, torch.inference_mode():
            with watched(self.model, paths) as seen:
                logits = self.model(batch.to(self.device))
            return logits.float().cpu().numpy(), as_moments(seen)

    def class_number(self, asked: str | int | None) -> int | None:
        """The number of a class, from its name or its number; `None` stays as it is.

        Raises:
            ProbeError: for a class that the net does not know.
        """
        names = self.card.class_names
        if asked in names:
            return names.index(asked)
        if asked is None or isinstance(asked, int):
            return asked
        if asked.isascii() and asked.isdigit():
            return int(asked)
        raise ProbeError(
            f"{self.card.name} has no class '{asked}': it knows {', '.join(names[:20])}."
        )

    def question(self, class_index: int | None = None) -> Question:
        """The usual question: Grad-CAM of a class at the deepest layer with a useful map.

        Args:
            class_index: the class to explain; `None` takes the predicted one.
        """
        with self.lock:
            layer = recommended_layer(self.model, self.card.image_size_px)
        return Question(layer=layer.path, target=Target(class_index=class_index))

    def explain(
        self,
        pixels: np.ndarray,
        question: Question,
        progress: Progress = ignore_progress,
        *,
        for_long: bool = False,
    ) -> Attribution:
        """Answers a question with a map; the probabilities in it are those of `answer`.

        Args:
            pixels: uint8 (S, S, C), as the net sees them.
            question: method, layer, target and knobs.
            progress: told after each pass; it may cancel.
            for_long: whether it takes long, so that others may use the net meanwhile.

        Raises:
            ProbeError: when the question cannot be answered, or the answer is not finite.
            CancelledError: if `progress` cancels.
        """
        picture = normalise_pictures(pixels, self.card)
        with memory_errors(1), self.use(for_long=for_long) as model:
            return calibrated(attribute(model, picture, question, progress), self.card)

    def maps(self, pixels: np.ndarray, paths: Sequence[str]) -> tuple[FeatureMaps, ...]:
        """Takes the maps of layers for one picture as seen, uint8 (S, S, C).

        Raises:
            ProbeError: for a layer that is not there or has no map, or maps that are not finite.
        """
        with memory_errors(1), self.use() as model:
            return measure_features(model, normalise_pictures(pixels, self.card), paths)

    def block_parts(self, pixels: np.ndarray, path: str) -> BlockParts:
        """Takes what a block's addition joins for one picture as seen, uint8 (S, S, C).

        Raises:
            ProbeError: for a path that is no block, a dense net, or maps that are not finite.
        """
        with memory_errors(1), self.use() as model:
            return measure_block(model, normalise_pictures(pixels, self.card), path)
