"""Nets of other people: those of torchvision and timm by name, anybody's by the path of its code.

requests.py          which net is meant, and who may name which
libraries.py         torchvision and timm, asked alike
torchvision_nets.py  torchvision's nets and what its weights' metadata say
timm_nets.py         timm's
code.py              a function of somebody's own: this runs its code
weights.py           weights of a file, read without running anything
building.py          from a request to a net with its card
card.py              what is known of it, in the words of the lab's cards
cost.py              what it costs, module by module
flow.py              how far the gradient reaches at the start
start.py             that, and what its skip additions join
brought_weights.py   files of weights that a person gave a page, the newest few
sentences.py         what is said of it wherever it answers
layers.py            its layers: those with height and width, and the coarse ones among them
maps.py              what its layers make of a picture
"""

from resnet_core.config.plugins import is_other_name
from resnet_core.others.building import BuiltNet, build_other
from resnet_core.others.card import OtherCard
from resnet_core.others.requests import (
    ListedNet,
    OtherRequest,
    asked_request,
    list_other_nets,
    listed_request,
)

__all__ = [
    "BuiltNet",
    "ListedNet",
    "OtherCard",
    "OtherRequest",
    "asked_request",
    "build_other",
    "is_other_name",
    "list_other_nets",
    "listed_request",
]
