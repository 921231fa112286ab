"""What names of other people's nets look like: `torchvision:resnet50`, `timm:NAME`, a dotted path.

Nothing is looked up here, so that whoever takes only the lab's own nets can say so by the name.
"""

import re

LIBRARIES = ("torchvision", "timm")
"""Packages whose nets are known by name."""

_OF_A_LIBRARY = re.compile(rf"(?:{'|'.join(LIBRARIES)}):\S+")
_DOTTED_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def is_of_a_library(name: str) -> bool:
    """Whether a name has the form `torchvision:NAME` or `timm:NAME`."""
    return _OF_A_LIBRARY.fullmatch(name) is not None


def is_dotted_path(name: str) -> bool:
    """Whether a name has the form `package.module:build`, and is of no library."""
    return _DOTTED_PATH.fullmatch(name) is not None and not is_of_a_library(name)


def lab_only_sentence(name: str) -> str:
    """Says of another's net that the lab's own nets alone can be taken, and what takes it."""
    return (
        f"'{name}' is a net of other people's code, and this works on the blocks of the lab's own "
        "nets alone: name one of those (classify, cam, features, gradients and model take it as it "
        "is, and a file of weights of a ResNet or a DenseNet becomes the lab's own by `import`)."
    )


def run_sentence(name: str) -> str:
    """Says of another's net that a run is asked for, which it has none of."""
    return (
        f"'{name}' is a net of other people's code, and this takes a run, by the name that `runs` "
        "gives it: its own loop becomes one by `resnet_core.watch`."
    )


def file_sentence(name: str) -> str:
    """Says of another's net that a file of its weights is asked for."""
    return (
        f"'{name}' is a net of other people's code, and this takes a file of its weights: save "
        "them by torch.save(net.state_dict(), 'weights.pt'), and name that file."
    )
