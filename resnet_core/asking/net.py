"""One of the lab's own nets, ready to be asked: with a card, blocks, and perhaps a watch."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from resnet_core.asking.answers import Answer, build_answer
from resnet_core.asking.asked import AskedNet
from resnet_core.asking.seeing import Seen
from resnet_core.asking.watching import Watch, as_moments, block_widths, load_watch, watched
from resnet_core.checkpoints import CheckpointCard
from resnet_core.config import DataConfig
from resnet_core.devices import memory_errors
from resnet_core.explain import (
    Attribution,
    Question,
    Target,
    attribute,
    calibrated,
    describe_layer,
    find_map_layer,
    find_method,
    list_map_layers,
    normalise_pictures,
    recommended_layer,
)
from resnet_core.models import ResNet
from resnet_core.probes.features import BlockParts, FeatureMaps, measure_block, measure_features
from resnet_core.probes.strangeness import Moments
from resnet_core.progress import Progress, ignore_progress


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadyNet(AskedNet[ResNet]):
    """A net of the lab that is loaded and can be asked."""

    card: CheckpointCard

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

    def answer_all(self, pictures: Sequence[Seen]) -> list[Answer]:
        """Answers several pictures in one batch, and says how strange they are where it is watched.

        Raises:
            OutOfMemoryError: when the device is too small.
        """
        pixels, watch = np.stack([seen.pixels for seen in pictures]), self.watch
        if watch is None:
            return super().answer_all(pictures)
        logits, moments = self.logits_and_moments(pixels)
        found = zip(pictures, logits, watch.strangeness(moments), strict=True)
        return [build_answer(self.card, seen, row, float(how)) for seen, row, how in found]

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

    def layer_paths(self) -> tuple[str, ...]:
        """Paths of stem and blocks in forward order."""
        return tuple(layer.path for layer in list_map_layers(self.model, self.card.image_size_px))

    def first_path(self) -> str:
        """Path of the deepest block whose map tells places apart."""
        return recommended_layer(self.model, self.card.image_size_px).path

    def describe_path(self, path: str) -> str:
        """Says what a map of the layer can show.

        Raises:
            ProbeError: for a layer that is not there or has no map.
        """
        layer = find_map_layer(self.model, self.card.image_size_px, path)
        return describe_layer(self.model, layer)

    def map_shape(self, question: Question) -> tuple[int, int]:
        """Rows and columns of the map that answers a question.

        Raises:
            ProbeError: for a method or a layer that is not there.
        """
        side = self.card.image_size_px
        if find_method(question.method).has_layer_grid:
            return find_map_layer(self.model, side, question.layer).point.map_size_px
        return side, side

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
