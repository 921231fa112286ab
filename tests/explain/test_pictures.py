import numpy as np
import torch
from PIL import Image

from resnet_core.checkpoints import CheckpointCard
from resnet_core.data import DataCard, Split, evaluation_batches, to_device
from resnet_core.explain import normalise_pictures
from resnet_core.models import model_config

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.3, 0.25)


def card(channels: int = 3) -> CheckpointCard:
    return CheckpointCard(
        name="net",
        model=model_config("resnet20", in_channels=channels),
        class_names=("a", "b"),
        image_size_px=8,
        mean=MEAN[:channels],
        std=STD[:channels],
        data_title="noise",
        data_sha256="",
        step=0,
        num_steps=0,
    )


def noise(channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (4, 8, 8, channels), dtype=np.uint8)


def test_prepare_pictures_gives_what_the_training_loop_gives() -> None:
    pixels = noise()
    data = DataCard(
        name="noise",
        title="noise",
        class_names=("a", "b"),
        image_size_px=8,
        channels=3,
        mean=MEAN,
        std=STD,
        num_train=4,
        num_validation=0,
        num_test=0,
        sha256="",
        provenance="",
    )
    split = to_device(Split(pixels, np.zeros(4, np.int64)), "cpu")
    batch = next(evaluation_batches(split, data, 4))
    torch.testing.assert_close(normalise_pictures(pixels, card()), batch.images, rtol=0, atol=1e-5)
    assert normalise_pictures(pixels[0], card()).shape == (1, 3, 8, 8)


def test_prepare_pictures_turns_colour_gray_as_pillow_does() -> None:
    pixels = noise()
    found = normalise_pictures(pixels, card(1))[:, 0] * STD[0] + MEAN[0]
    expected = [np.array(Image.fromarray(picture).convert("L")) for picture in pixels]
    np.testing.assert_allclose(found * 255, expected, atol=1.0)


def test_prepare_pictures_repeats_gray_for_a_colour_net() -> None:
    found = normalise_pictures(noise(1), card())
    raw = found * torch.tensor(STD)[:, None, None] + torch.tensor(MEAN)[:, None, None]
    torch.testing.assert_close(raw[:, 0], raw[:, 1])
    torch.testing.assert_close(raw[:, 0], raw[:, 2])
