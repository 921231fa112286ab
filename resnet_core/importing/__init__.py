"""Weights that somebody else made: checked in a process of its own, then kept with a card.

file -> size, container and directory checked here (envelope)
     -> child process with little memory, little time and no environment (checker, check_child)
        reads it without running code, renames its tensors (keys), fits them to a net of the
        registry (architecture), passes a picture through, writes clean safetensors
     -> only that clean file is loaded here, and saved with a card (bringing)
"""

from resnet_core.importing.bringing import ImportRequest, import_checkpoint, read_numbers
from resnet_core.importing.checker import CheckedFile, Checker
from resnet_core.importing.imagenet import fetch_imagenet_net, list_imagenet_nets

__all__ = [
    "CheckedFile",
    "Checker",
    "ImportRequest",
    "fetch_imagenet_net",
    "import_checkpoint",
    "list_imagenet_nets",
    "read_numbers",
]
