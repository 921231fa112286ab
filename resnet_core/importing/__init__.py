"""Weights that somebody else made: checked in a process of its own, then kept with a card.

file -> size, container and directory checked here (envelope)
     -> child process with little memory, little time and no environment (checker, check_child)
        reads it without running code (inert), finds the net in it (states, recognising), takes it
        to parts by place and shape (leaves, parts, insides), describes it (shapes), settles what
        tensors leave open (readings, settling), passes a picture through, writes clean safetensors
     -> only that clean file is loaded here, and saved with a card (bringing, cards, doubts)
"""

from resnet_core.importing.bringing import import_checkpoint
from resnet_core.importing.checker import CheckedFile, Checker
from resnet_core.importing.class_lists import CLASS_SETS, names_typed, read_class_names
from resnet_core.importing.imagenet import fetch_imagenet_net, list_imagenet_nets
from resnet_core.importing.requests import ImportRequest, read_numbers

__all__ = [
    "CLASS_SETS",
    "CheckedFile",
    "Checker",
    "ImportRequest",
    "fetch_imagenet_net",
    "import_checkpoint",
    "list_imagenet_nets",
    "names_typed",
    "read_class_names",
    "read_numbers",
]
