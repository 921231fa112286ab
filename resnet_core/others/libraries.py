"""Libraries whose nets are known by name: what each must tell, and where it is asked."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from resnet_core.others import timm_nets, torchvision_nets
from resnet_core.others.facts import PublishedFacts


@dataclass(frozen=True, kw_only=True)
class NetLibrary:
    """A package of nets; nothing of it is imported before one of these functions is called."""

    title: str
    """With its version once it is asked for, such as `torchvision 0.29.1`."""
    problem: Callable[[], str | None]
    """Why it cannot be used, with what to do; `None` where it can."""
    list_names: Callable[[], list[str]]
    """Names of its nets for classes of pictures."""
    has: Callable[[str], bool]
    """Whether it has a net of that name for classes of pictures."""
    why_not: Callable[[str], str | None]
    """What a name means that is no such net; `None` where it means nothing."""
    facts: Callable[[str], tuple[PublishedFacts, ...]]
    """What is published of a net, its newest weights first; never downloads anything."""
    build: Callable[[str, int | None, int], nn.Module]
    """Builds a net by name, classes and side of the picture, with weights of torch's generator."""
    rename: Callable[[str, str], str | None]
    """Today's name of a tensor in an older file, from net and name; `None` for what is left out."""


_LIBRARIES = {
    "torchvision": NetLibrary(
        title="torchvision",
        problem=lambda: None,
        list_names=torchvision_nets.list_torchvision_names,
        has=torchvision_nets.has_net,
        why_not=torchvision_nets.what_else,
        facts=torchvision_nets.published_facts,
        build=torchvision_nets.build_net,
        rename=torchvision_nets.renamed,
    ),
    "timm": NetLibrary(
        title="timm",
        problem=timm_nets.why_absent,
        list_names=timm_nets.list_timm_names,
        has=timm_nets.has_timm_net,
        why_not=lambda name: None,
        facts=timm_nets.timm_facts,
        build=timm_nets.build_timm_net,
        rename=lambda name, key: key,
    ),
}


def find_library(name: str) -> NetLibrary:
    """Looks a library up by the first part of its nets' names."""
    return _LIBRARIES[name]
