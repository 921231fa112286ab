"""Measurements of the Feature maps page, in threads, each done once."""

from pages.ui.choosing.labelled_sets import key_of_set
from pages.ui.shell.jobs import Job, submit
from resnet_core.asking import ReadyNet, list_steps
from resnet_core.asking.features import Steps, measure_statistics, measure_steps
from resnet_core.asking.labelled_sets import LabelledSet
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.asking.picked import PickedPicture
from resnet_core.probes.channels import ChannelStatistics
from resnet_core.probes.features import BlockParts, FeatureMaps


def submit_features(
    net: AnyNet, picture: PickedPicture, paths: tuple[str, ...]
) -> Job[tuple[FeatureMaps, ...]]:
    """Takes the maps of layers for one picture."""
    pixels = picture.seen_by(net).pixels
    key = ("features", net.source.key, picture.key, paths)
    return submit(key, lambda progress: net.maps(pixels, paths))


def submit_block(net: ReadyNet, picture: PickedPicture, path: str) -> Job[BlockParts]:
    """Takes what a block's addition joins."""
    pixels = picture.seen_by(net).pixels
    key = ("block", net.source.key, picture.key, path)
    return submit(key, lambda progress: net.block_parts(pixels, path))


def submit_statistics(net: ReadyNet, labelled: LabelledSet, path: str) -> Job[ChannelStatistics]:
    """Shows a net the pictures of a data set; their numbers are those of `sampled_numbers`."""
    key = ("statistics", net.source.key, key_of_set(labelled), path)
    return submit(
        key, lambda progress: measure_statistics(net, labelled, path, progress), lane="slow"
    )


def submit_steps(net: AnyNet, picture: PickedPicture, path: str) -> Job[Steps]:
    """Takes a layer's maps at every saved step of the net's run."""
    assert net.source.run_id is not None
    sources = list_steps(net.source.run_id, net.source.arm)
    pixels = picture.seen_by(net).pixels
    key = ("steps", tuple(source.key for source in sources), picture.key, path)
    return submit(key, lambda progress: measure_steps(sources, pixels, path, progress))
