"""What people call a net of the registry."""

import re


def net_label(name: str) -> str:
    """Writes a registry name as people write it: `preact_resnet56` as `Pre-act ResNet-56`."""
    match = re.fullmatch(r"(preact_)?(resnet|plain)([0-9]+)(_cifar|_narrow)?", name)
    if match is None:
        return name
    family = "ResNet" if match[2] == "resnet" else "Plain"
    form = {"_cifar": ", 3x3 stem", "_narrow": " narrow"}.get(match[4], "")
    return f"{'Pre-act ' if match[1] else ''}{family}-{match[3]}{form}"
