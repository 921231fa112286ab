import dataclasses

import numpy as np
import pytest
import torch

from resnet_core.config import DataConfig
from resnet_core.data import DataCard, Split, evaluation_batches, to_device, training_batch
from resnet_core.data.batches import DeviceSplit, batch_indices
from resnet_core.data.randomness import AUGMENTATION, random_integers

CROP = DataConfig(crop_padding_px=4)
PLAIN = DataConfig(augmentation="none")


def make_split(count: int = 37, size: int = 10, channels: int = 3) -> tuple[Split, DataCard]:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (count, size, size, channels), np.uint8)
    card = DataCard(
        name="noise",
        title="Noise",
        class_names=("a", "b"),
        image_size_px=size,
        channels=channels,
        mean=(0.4, 0.5, 0.6)[:channels],
        std=(0.2, 0.25, 0.3)[:channels],
        num_train=count,
        num_validation=0,
        num_test=0,
        sha256="",
        provenance="",
    )
    return Split(images, np.arange(count)), card


def slow_batch(
    split: Split, card: DataCard, padding: int, *, seed: int, step: int, batch_size: int
) -> np.ndarray:
    """The batch, one picture at a time: normalise, pad with zeros, cut out, mirror."""
    indices = batch_indices(len(split), seed=seed, step=step, batch_size=batch_size)
    offsets = random_integers(2 * batch_size, 2 * padding + 1, AUGMENTATION, seed, step, 0)
    flips = random_integers(batch_size, 2, AUGMENTATION, seed, step, 1)
    size, pictures = card.image_size_px, []
    for number, index in enumerate(indices):
        picture = (split.images[index] / 255 - np.array(card.mean)) / np.array(card.std)
        padded = np.pad(picture, ((padding, padding), (padding, padding), (0, 0)))
        top, left = offsets[number], offsets[batch_size + number]
        cut = padded[top : top + size, left : left + size]
        pictures.append(cut[:, ::-1] if flips[number] else cut)
    return np.stack(pictures).transpose(0, 3, 1, 2)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("padding", [0, 1, 4, 12])
def test_training_batch_equals_the_slow_reference(channels, padding):
    split, card = make_split(channels=channels)
    config = DataConfig(crop_padding_px=padding)
    names = {"seed": 3, "step": 5, "batch_size": 16}
    batch = training_batch(to_device(split, "cpu"), card, config, **names)
    expected = slow_batch(split, card, padding, **names)
    np.testing.assert_allclose(batch.images.numpy(), expected, atol=2e-6)


def test_training_batch_has_the_promised_form():
    split, card = make_split()
    batch = training_batch(to_device(split, "cpu"), card, CROP, seed=0, step=0, batch_size=8)
    assert batch.images.shape == (8, 3, 10, 10)
    assert batch.images.dtype == torch.float32
    assert batch.images.is_contiguous(memory_format=torch.channels_last)
    assert batch.labels.dtype == torch.int64


def test_training_batch_draws_every_crop_and_both_sides():
    offsets = random_integers(20_000, 9, AUGMENTATION, 0, 0, 0)
    assert np.bincount(offsets, minlength=9).min() > 2000
    flips = random_integers(20_000, 2, AUGMENTATION, 0, 0, 1)
    assert 0.48 < flips.mean() < 0.52


def test_training_batch_of_a_step_does_not_depend_on_what_was_drawn_before():
    split, card = make_split()
    on_device = to_device(split, "cpu")

    def draw(step: int) -> torch.Tensor:
        return training_batch(on_device, card, CROP, seed=7, step=step, batch_size=16).images

    resumed = draw(23)
    uninterrupted = [draw(step) for step in range(24)][-1]
    assert torch.equal(resumed, uninterrupted)
    assert not torch.equal(resumed, draw(24))


def test_training_batch_leaves_global_generators_alone():
    split, card = make_split()
    before = torch.get_rng_state()
    training_batch(to_device(split, "cpu"), card, CROP, seed=7, step=1, batch_size=16)
    assert torch.equal(before, torch.get_rng_state())


def test_training_batch_differs_between_seeds():
    split, card = make_split()
    on_device = to_device(split, "cpu")
    first, second = (
        training_batch(on_device, card, CROP, seed=seed, step=1, batch_size=16) for seed in (0, 1)
    )
    assert not torch.equal(first.labels, second.labels)


def test_training_batch_without_augmentation_is_the_picture():
    split, card = make_split()
    batch = training_batch(to_device(split, "cpu"), card, PLAIN, seed=0, step=0, batch_size=8)
    expected = (split.images[batch.labels] / 255 - np.array(card.mean)) / np.array(card.std)
    np.testing.assert_allclose(batch.images.numpy(), expected.transpose(0, 3, 1, 2), atol=2e-6)


@pytest.mark.parametrize("batch_size", [1, 8, 37, 50, 100])
def test_batch_indices_show_each_picture_once_an_epoch(batch_size):
    num_steps = -(-3 * 37 // batch_size)
    stream = np.concatenate(
        [batch_indices(37, seed=2, step=step, batch_size=batch_size) for step in range(num_steps)]
    )
    epochs = [stream[start : start + 37] for start in range(0, 3 * 37, 37)]
    assert all(sorted(epoch) == list(range(37)) for epoch in epochs)
    assert not np.array_equal(epochs[0], epochs[1])


def test_batch_indices_do_not_repeat_under_neighbouring_seeds():
    orders = [batch_indices(1000, seed=seed, step=0, batch_size=1000) for seed in range(3)]
    assert (orders[0] == orders[1]).mean() < 0.02
    assert (orders[1] == orders[2]).mean() < 0.02


@pytest.mark.parametrize("batch_size", [5, 37, 64])
def test_evaluation_batches_give_everything_in_order(batch_size):
    split, card = make_split()
    batches = list(evaluation_batches(to_device(split, "cpu"), card, batch_size))
    assert torch.equal(torch.cat([batch.labels for batch in batches]), torch.arange(37))
    images = torch.cat([batch.images for batch in batches]).numpy()
    expected = (split.images / 255 - np.array(card.mean)) / np.array(card.std)
    np.testing.assert_allclose(images, expected.transpose(0, 3, 1, 2), atol=2e-6)


def test_normalisation_gives_zero_mean_and_unit_variance(synthetic):
    card = synthetic.card
    every = list(evaluation_batches(to_device(synthetic.train, "cpu"), card, 3000))
    images = torch.cat([batch.images for batch in every])
    assert images.mean((0, 2, 3)).abs().max() < 0.01
    assert (images.std((0, 2, 3)) - 1).abs().max() < 0.01


def test_to_device_copies_what_is_read_only():
    split, _ = make_split()
    split.images.flags.writeable = False
    on_device = to_device(split, "cpu")
    on_device.images[0] = 0
    assert split.images[0].any()


def test_training_batch_works_on_a_part_of_a_split():
    split, card = make_split()
    on_device = to_device(split, "cpu")
    part = DeviceSplit(on_device.images[:4], on_device.labels[:4])
    card = dataclasses.replace(card, num_train=4)
    batch = training_batch(part, card, CROP, seed=0, step=0, batch_size=4)
    assert sorted(batch.labels.tolist()) == [0, 1, 2, 3]
