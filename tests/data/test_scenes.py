"""The painted examples: the same on every call, and known to the net that the lab ships."""

import numpy as np
import pytest

from resnet_core.asking import load_net
from resnet_core.checkpoints import find_checkpoint
from resnet_core.data.scenes import SIDE_PX, paint_scenes
from resnet_core.figures.encoding import png_bytes


def test_scenes_are_the_same_every_time():
    scenes, names = paint_scenes()
    again, _ = paint_scenes()
    assert scenes.shape == (len(names), SIDE_PX, SIDE_PX, 3)
    assert np.array_equal(scenes, again)


@pytest.mark.parametrize("checkpoint", ["resnet20-cifar10-jpeg", "plain20-cifar10-jpeg"])
def test_shipped_nets_know_every_scene(checkpoint):
    net = load_net(find_checkpoint(checkpoint), device="cpu")
    for pixels, name in zip(*paint_scenes(), strict=True):
        answer = net.answer(net.see(png_bytes(pixels), name=name))
        assert answer.top(1)[0].class_name == name
        assert answer.top(1)[0].probability > 0.8
        # Its channels may well tell a painting from a photograph; the answer's energy does not.
        assert answer.energy_threshold is not None and not answer.has_odd_energy
