"""A net that is ready to be asked: it sees a picture, answers, explains and gives maps.

Every page and command that shows a picture to a net does it here, so that all say the same.
"""

from resnet_core.asking.answers import Answer, ClassScore, Outcome, Refusal
from resnet_core.asking.asked import AskedNet
from resnet_core.asking.loading import load_net, load_source, one_of_each_arm
from resnet_core.asking.net import ReadyNet
from resnet_core.asking.net_sources import (
    NetSource,
    list_kept_nets,
    list_steps,
    source_of_card,
    untrained_card,
    untrained_source,
)
from resnet_core.asking.other_net import OtherNet, load_other
from resnet_core.asking.seeing import Seen

__all__ = [
    "Answer",
    "AskedNet",
    "ClassScore",
    "NetSource",
    "OtherNet",
    "Outcome",
    "ReadyNet",
    "Refusal",
    "Seen",
    "list_kept_nets",
    "list_steps",
    "load_net",
    "load_other",
    "load_source",
    "one_of_each_arm",
    "source_of_card",
    "untrained_card",
    "untrained_source",
]
