"""All scores of a map at once: the same as one by one, and a net left as it was."""

import numpy as np
import pytest
from torch import Tensor

from resnet_core.errors import CancelledError
from resnet_core.explain.faithfulness import chance_map, measure_faithfulness
from resnet_core.explain.removal import RemovalSettings, measure_removal
from resnet_core.explain.road import measure_road
from resnet_core.models import ResNet
from tests.explain.conftest import fingerprint_of, prepare_odd_state

QUICK = RemovalSettings(num_steps=4, seed=3)


def test_measure_faithfulness_gives_what_each_measurement_gives(
    net: ResNet, picture: Tensor
) -> None:
    told: list[float | None] = []
    values = chance_map(seed=1)
    found = measure_faithfulness(
        net,
        picture,
        values,
        2,
        settings=QUICK,
        progress=lambda message, fraction=None: told.append(fraction),
    )
    deletion, insertion = measure_removal(net, picture, values, 2, settings=QUICK)
    road = measure_road(net, picture, values, 2, seed=QUICK.seed)
    assert found.deletion.area == pytest.approx(deletion.area)
    assert found.insertion.area == pytest.approx(insertion.area)
    assert found.road.score == pytest.approx(road.score)
    shares = [share for share in told if share is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("num_told", [1, 2, 4, 100])
def test_measure_faithfulness_leaves_the_net_as_it_was_wherever_it_is_cancelled(
    num_told: int, net: ResNet, picture: Tensor
) -> None:
    told: list[str] = []

    def progress(message: str, fraction: float | None = None) -> None:
        told.append(message)
        if len(told) == num_told:
            raise CancelledError("Stopped.")

    prepare_odd_state(net)
    before = fingerprint_of(net)
    if num_told < 100:
        with pytest.raises(CancelledError):
            measure_faithfulness(net, picture, chance_map(0), 1, settings=QUICK, progress=progress)
    else:
        measure_faithfulness(net, picture, chance_map(0), 1, settings=QUICK, progress=progress)
    assert fingerprint_of(net) == before


def test_chance_map_is_smooth_noise_by_seed() -> None:
    assert np.array_equal(chance_map(0), chance_map(0))
    assert not np.array_equal(chance_map(0), chance_map(1))
    assert chance_map(0).shape == (8, 8)
