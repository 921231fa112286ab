"""One net, ready to look at pictures."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from resnet_core.checkpoints import CheckpointCard, load_checkpoint
from resnet_core.data.pictures import Fit, Picture, decode_picture, fit_picture
from resnet_core.devices import memory_errors, resolve_device
from resnet_core.errors import CheckpointError
from resnet_core.explain import Attribution, Question, attribute, prepare_pictures
from resnet_core.explain import recommended_layer as recommended_map_layer
from resnet_core.explain.target import Target
from resnet_core.inference.answers import Answer
from resnet_core.models import ResNet
from resnet_core.probes.calibration import energy_score, softmax

TEMPERATURE, ENERGY_THRESHOLD = "temperature", "energy_threshold"
"""Names under which a card's metrics keep the calibration."""

_MOST_REDUCED = 4
"""Pictures are decoded at this multiple of the net's side: resizing then leaves no trace."""
_SMALLEST_SIDE_PX = 128
_LUMA = np.array((0.299, 0.587, 0.114), np.float32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Classifier:
    """A net on its device with its card, and the lock that whoever uses it holds."""

    model: ResNet
    card: CheckpointCard
    device: torch.device
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def longest_px(self) -> int:
        """Longest side at which pictures are decoded for this net, px."""
        side = self.card.resize_px or self.card.image_size_px
        return max(_SMALLEST_SIDE_PX, _MOST_REDUCED * side)

    @property
    def temperature(self) -> float:
        """What the logits are divided by; 1 where the net was not calibrated."""
        return self.card.metrics.get(TEMPERATURE, 1.0)

    @property
    def is_calibrated(self) -> bool:
        """Whether a temperature was measured."""
        return TEMPERATURE in self.card.metrics


def load_classifier(path: Path, *, device: str = "auto") -> Classifier:
    """Loads a checkpoint onto a device.

    Raises:
        CheckpointError: when it is missing, damaged, or takes neither gray nor colour pictures.
        DeviceError: when this machine does not have the device.
    """
    model, card = load_checkpoint(path)
    if card.model.in_channels not in (1, 3):
        raise CheckpointError(
            f"{card.name} takes pictures of {card.model.in_channels} channels: photographs have 1 "
            "or 3, so it cannot classify them."
        )
    target = resolve_device(device)
    return Classifier(model=model.to(target), card=card, device=target)


def classify_picture(
    classifier: Classifier, source: bytes | Path, *, name: str, fit: Fit = "crop"
) -> Answer:
    """Decodes one picture and asks the net.

    Raises:
        PictureError: when the picture is refused.
        OutOfMemoryError: when the device is too small.
    """
    picture = decode_picture(source, name=name, longest_px=classifier.longest_px)
    (answer,) = answer_pictures(classifier, [(picture, fit_for(classifier.card, picture, fit))])
    return answer


def fit_for(card: CheckpointCard, picture: Picture, fit: Fit = "crop") -> np.ndarray:
    """Brings a picture to the square that the net of a card takes, uint8 (S, S, 3)."""
    side = card.image_size_px
    if card.resize_px is None or card.resize_px <= side or fit != "crop":
        return fit_picture(picture.pixels, side, how=fit)
    larger = fit_picture(picture.pixels, card.resize_px)
    first = (card.resize_px - side) // 2
    return larger[first : first + side, first : first + side]


def answer_pictures(
    classifier: Classifier, pictures: list[tuple[Picture, np.ndarray]]
) -> list[Answer]:
    """Asks the net about pictures that are already fitted, in one batch.

    Raises:
        OutOfMemoryError: when the device is too small.
    """
    pixels = np.stack([fitted for _, fitted in pictures])
    logits = run_net(classifier, pixels)
    return [
        _answer(classifier, picture, fitted, row)
        for (picture, fitted), row in zip(pictures, logits, strict=True)
    ]


def run_net(classifier: Classifier, pixels: np.ndarray) -> np.ndarray:
    """Computes the logits (N, K) float32 of fitted pictures, uint8 (N, S, S, C).

    Raises:
        OutOfMemoryError: when the device is too small.
    """
    batch = prepare_pictures(pixels, classifier.card)
    with memory_errors(len(pixels)), classifier.lock, torch.inference_mode():
        logits = classifier.model(batch.to(classifier.device))
        return logits.float().cpu().numpy()


def explain_answer(
    classifier: Classifier, seen: np.ndarray, class_index: int | None = None
) -> Attribution:
    """Computes Grad-CAM of a picture that a net saw, at the deepest layer with a useful map.

    Args:
        classifier: the net.
        seen: uint8 (S, S, 3), as in `Answer.seen`.
        class_index: the class to explain; `None` takes the predicted one.

    Raises:
        ProbeError: when the answer is not finite, or there is no such class.
    """
    picture = prepare_pictures(seen, classifier.card)
    with classifier.lock:
        layer = recommended_map_layer(classifier.model, classifier.card.image_size_px)
        question = Question(layer=layer.path, target=Target(class_index=class_index))
        return attribute(classifier.model, picture, question)


def _answer(
    classifier: Classifier, picture: Picture, fitted: np.ndarray, logits: np.ndarray
) -> Answer:
    card = classifier.card
    return Answer(
        name=picture.name,
        checkpoint=card.name,
        class_names=card.class_names,
        logits=logits,
        probabilities=softmax(logits, classifier.temperature),
        temperature=classifier.temperature,
        energy=float(energy_score(logits)),
        energy_threshold=card.metrics.get(ENERGY_THRESHOLD),
        seen=_as_seen(fitted, card.model.in_channels),
        format=picture.format,
        original_size_px=picture.original_size_px,
        notes=picture.notes,
    )


def _as_seen(fitted: np.ndarray, channels: int) -> np.ndarray:
    if channels == 3:
        return fitted
    gray = (fitted @ _LUMA + 0.5).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)
