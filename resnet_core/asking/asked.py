"""What every net that can be asked has: the lab's own, and those of others.

It sees, answers, explains and gives maps, so that every page and command says the same of the same
picture.
"""

import contextlib
import copy
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from resnet_core.asking.answers import Answer, build_answer
from resnet_core.asking.net_sources import NetSource
from resnet_core.asking.seeing import Seen, see_file, see_pixels
from resnet_core.checkpoints import NetCard
from resnet_core.config import NEWEST_RESIZING, DataConfig
from resnet_core.devices import memory_errors
from resnet_core.errors import ProbeError
from resnet_core.explain import (
    Attribution,
    Question,
    Target,
    calibrated,
    find_method,
    normalise_pictures,
)
from resnet_core.pictures.picture import Fit
from resnet_core.probes.calibration import TEMPERATURE, temperature_of
from resnet_core.probes.features import FeatureMaps
from resnet_core.progress import Progress, ignore_progress

_Net = TypeVar("_Net", bound=nn.Module)


@dataclass(frozen=True, kw_only=True, eq=False)
class AskedNet(ABC, Generic[_Net]):
    """A net that is loaded and can be asked: on its device, with its card and its lock."""

    model: _Net
    card: NetCard
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
    @abstractmethod
    def key(self) -> tuple[object, ...]:
        """Changes whenever the weights, or what is known of them, do."""

    @property
    def temperature(self) -> float:
        """What the logits are divided by; 1 where the net was not calibrated."""
        return temperature_of(self.card.metrics)

    @property
    def is_calibrated(self) -> bool:
        """Whether a temperature was measured."""
        return TEMPERATURE in self.card.metrics

    def as_measured(self, config: DataConfig) -> DataConfig:
        """A data set resized in the newest way, as there are no figures to be compared with."""
        return replace(config, resizing=NEWEST_RESIZING)

    @contextlib.contextmanager
    def use(self, *, for_long: bool = False) -> Iterator[_Net]:
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
        logits = self.logits(np.stack([seen.pixels for seen in pictures]))
        return [
            build_answer(self.card, seen, row) for seen, row in zip(pictures, logits, strict=True)
        ]

    def logits(self, pixels: np.ndarray) -> np.ndarray:
        """Computes the logits (N, K) float32 of pictures as seen, uint8 (N, S, S, C).

        Raises:
            OutOfMemoryError: when the device is too small.
        """
        batch = normalise_pictures(pixels, self.card)
        with memory_errors(len(pixels)), self.lock, torch.inference_mode():
            return self.model(batch.to(self.device)).float().cpu().numpy()

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

    @property
    def layers_problem(self) -> str:
        """Why there are no maps to look at, in a sentence; empty where there are."""
        return ""

    @abstractmethod
    def layer_paths(self) -> tuple[str, ...]:
        """Paths of the layers that are looked at first, in forward order.

        Raises:
            ProbeError: where no layer has a map worth looking at.
        """

    def first_path(self) -> str:
        """Path of the deepest layer whose map tells places apart.

        Raises:
            ProbeError: where no layer has a map worth looking at.
        """
        self._require_maps()
        return self._deepest_path()

    @abstractmethod
    def describe_path(self, path: str) -> str:
        """Says what a map of the layer can show.

        Raises:
            ProbeError: for a layer that is not there or has no map.
        """

    def map_shape(self, question: Question) -> tuple[int, int]:
        """Rows and columns of the map that answers a question.

        Raises:
            ProbeError: for a method or a layer that is not there.
        """
        if find_method(question.method).has_layer_grid:
            return self._map_size_px(question.layer)
        return self.card.image_size_px, self.card.image_size_px

    def question(self, class_index: int | None = None) -> Question:
        """The usual question: Grad-CAM of a class at the deepest layer with a useful map.

        Args:
            class_index: the class to explain; `None` takes the predicted one.
        """
        return Question(layer=self._deepest_path(), target=Target(class_index=class_index))

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
        picture = normalise_pictures(pixels, self.card).to(self.device)
        with memory_errors(1), self.use(for_long=for_long) as model:
            return calibrated(self.attribute(model, picture, question, progress), self.card)

    @abstractmethod
    def attribute(
        self,
        model: _Net,
        picture: Tensor,
        question: Question,
        progress: Progress = ignore_progress,
    ) -> Attribution:
        """Answers a question about a picture (1, C, S, S) by its model, which is lent or a copy.

        Raises:
            ProbeError: when the question cannot be answered, or the answer is not finite.
            CancelledError: if `progress` cancels.
        """

    def maps(self, pixels: np.ndarray, paths: Sequence[str]) -> tuple[FeatureMaps, ...]:
        """Takes the maps of layers for one picture as seen, uint8 (S, S, C).

        Raises:
            ProbeError: for a layer that is not there or has no map, or maps that are not finite.
        """
        picture = normalise_pictures(pixels, self.card).to(self.device)
        with memory_errors(1), self.use() as model:
            return self._measure_maps(model, picture, paths)

    def _require_maps(self) -> None:
        if self.layers_problem:
            raise ProbeError(self.layers_problem)

    @abstractmethod
    def _deepest_path(self) -> str:
        """Path of the deepest layer whose map tells places apart; empty where there is none."""

    @abstractmethod
    def _map_size_px(self, path: str) -> tuple[int, int]:
        """Rows and columns of a layer's map; refuses one that has none."""

    @abstractmethod
    def _measure_maps(
        self, model: _Net, picture: Tensor, paths: Sequence[str]
    ) -> tuple[FeatureMaps, ...]:
        """Takes the maps of layers for a picture (1, C, S, S) by a net that is lent."""
