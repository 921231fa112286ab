"""Which net of others is meant, and which may be named by whom.

`torchvision:NAME` and `timm:NAME` are names of nets; a dotted path `package.module:build` is code,
which runs with the rights of the process.  So a page asks by `listed_request` alone, which takes
nothing but what `list_other_nets` lists: there the only code is what the server's owner named.
"""

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resnet_core.config.other_names import LIBRARIES, is_dotted_path, is_of_a_library
from resnet_core.config.plugins import VARIABLE, listed_builders
from resnet_core.errors import ConfigError
from resnet_core.others.libraries import find_library
from resnet_core.pictures.names import plain_name

SEEDS = (0, 2**31 - 1)


@dataclass(frozen=True, kw_only=True)
class OtherRequest:
    """One net of others, with what a person says of it; made by the functions below."""

    name: str
    """What the person calls it: `torchvision:resnet50`, a dotted path, or the title of one."""
    code: str = ""
    """Dotted path of the function that builds it; empty for a net of a library."""
    weights: str | Path | None = None
    """A file with its weights; without one it begins with those that `seed` draws."""
    seed: int = 0
    """Of its first weights."""
    image_size_px: int | None = None
    """Side of the square that it is shown; `None` takes what its library says."""
    class_names: tuple[str, ...] | None = None
    """In the order of its outputs; `None` takes what its library says."""
    mean: tuple[float, ...] | None = None
    """Of each channel on the 0..1 scale; `None` takes what its library says."""
    std: tuple[float, ...] | None = None
    """Likewise."""

    def __post_init__(self) -> None:
        if not SEEDS[0] <= self.seed <= SEEDS[1]:
            raise ConfigError(f"A seed lies between 0 and {SEEDS[1]:,}, got {self.seed}.")


@dataclass(frozen=True, kw_only=True)
class ListedNet:
    """A net of others that may be named by anybody."""

    name: str
    """What addresses and commands call it."""
    library: str
    """`torchvision`, `timm`, or `` for one that the server's owner named."""


def list_other_nets() -> tuple[ListedNet, ...]:
    """Lists the nets of installed libraries, after those that the server's owner named.

    Raises:
        ConfigError: when the owner's list cannot be read.
    """
    own = [ListedNet(name=title, library="") for title in listed_builders()]
    found = [(library, find_library(library)) for library in LIBRARIES]
    return (
        *own,
        *(
            ListedNet(name=f"{library}:{name}", library=library)
            for library, nets in found
            if nets.problem() is None
            for name in nets.list_names()
        ),
    )


def listed_request(name: str, **said: Any) -> OtherRequest:
    """What a page asks for: nothing but a net that is listed.

    Args:
        name: as `list_other_nets` gives it.
        **said: further fields of `OtherRequest`.

    Raises:
        ConfigError: for any other name; nothing is imported for it.
    """
    builders = listed_builders()
    if name in builders:
        return OtherRequest(name=name, code=builders[name], **said)
    if is_of_a_library(name):
        _check_library_name(name)
        return OtherRequest(name=name, **said)
    raise ConfigError(
        f"'{plain_name(name)}' is no net that is listed here: name one as torchvision:resnet50 is "
        f"named, or have the server's owner add its title=package.module:build to {VARIABLE}."
    )


def asked_request(name: str, **said: Any) -> OtherRequest:
    """What the command line and the library ask for: listed nets, and dotted paths of code.

    Args:
        name: as `list_other_nets` gives it, or `package.module:build`.
        **said: further fields of `OtherRequest`.

    Raises:
        ConfigError: for a name of neither form, or one that the library does not have.
    """
    if is_dotted_path(name) and name not in listed_builders():
        return OtherRequest(name=name, code=name, **said)
    return listed_request(name, **said)


def _check_library_name(name: str) -> None:
    library, _, net = name.partition(":")
    nets = find_library(library)
    problem = nets.problem()
    if problem is not None:
        raise ConfigError(f"'{plain_name(name)}' cannot be built: {problem}")
    if nets.has(net):
        return
    why = nets.why_not(net)
    if why is None:
        near = difflib.get_close_matches(net, nets.list_names(), n=3) or nets.list_names()[:3]
        why = f"did you mean {', '.join(near)}?"
    raise ConfigError(f"{library} has no net for classes called '{plain_name(net)}': {why}")
