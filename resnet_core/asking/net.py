"""One of the lab's own nets, ready to be asked: with a card, blocks, and perhaps a watch."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

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
    attribute,
    describe_layer,
    find_map_layer,
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

    def describe_path(self, path: str) -> str:
        """Says what a map of the layer can show.

        Raises:
            ProbeError: for a layer that is not there or has no map.
        """
        layer = find_map_layer(self.model, self.card.image_size_px, path)
        return describe_layer(self.model, layer)

    def attribute(
        self,
        model: ResNet,
        picture: Tensor,
        question: Question,
        progress: Progress = ignore_progress,
    ) -> Attribution:
        """Answers a question about a picture (1, C, S, S) by its model, which is lent or a copy."""
        return attribute(model, picture, question, progress)

    def block_parts(self, pixels: np.ndarray, path: str) -> BlockParts:
        """Takes what a block's addition joins for one picture as seen, uint8 (S, S, C).

        Raises:
            ProbeError: for a path that is no block, a dense net, or maps that are not finite.
        """
        with memory_errors(1), self.use() as model:
            return measure_block(model, normalise_pictures(pixels, self.card), path)

    def _deepest_path(self) -> str:
        return recommended_layer(self.model, self.card.image_size_px).path

    def _map_size_px(self, path: str) -> tuple[int, int]:
        return find_map_layer(self.model, self.card.image_size_px, path).point.map_size_px

    def _measure_maps(
        self, model: ResNet, picture: Tensor, paths: Sequence[str]
    ) -> tuple[FeatureMaps, ...]:
        return measure_features(model, picture, paths)
