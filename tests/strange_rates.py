"""How often a net notices strange pictures, measured anew: what its card must agree with."""

from resnet_core.asking import ReadyNet
from resnet_core.data import DataSet
from resnet_core.data.strange import strange_pictures
from resnet_core.inference.showing import of_all_classes, pixels_of, show_all


def measure_rates(net: ReadyNet, data: DataSet, count: int) -> dict[str, float]:
    """Share of strange pictures that a net's own statistics flag, by kind, 0 to 1."""
    assert net.watch is not None, net.watch_problem
    own = pixels_of(net, data.test.images[of_all_classes(data.test.labels, count)])
    found = {}
    for kind, pictures in strange_pictures(own, data.card.title):
        strangeness = net.watch.strangeness(show_all(net, pictures, lambda _: None).moments)
        found[kind] = float((strangeness > net.watch.threshold).mean())
    return found
