"""What people call a net of the registry."""

import re

_FORMS = (
    (r"(resnet|plain)(\d+)", r"\1-\2"),
    (r"(resnet|plain)(\d+)_cifar", r"\1-\2, 3x3 stem"),
    (r"(resnet|plain)(\d+)_narrow", r"\1-\2 narrow"),
    (r"preact_(resnet|plain)(\d+)", r"Pre-act \1-\2"),
    (r"(resnet)(\d+)_d", r"\1-\2-D"),
    (r"se_(resnet)(\d+)", r"SE-\1-\2"),
    (r"stochastic_(resnet)(\d+)", r"\1-\2, stochastic depth"),
    (r"(skipinit|rezero|fixup)_(resnet)(\d+)", r"\1 \2-\3"),
    (r"wide_(resnet)(\d+)_(\d+)", r"Wide \1-\2-\3"),
    (r"wrn(\d+)_(\d+)", r"WRN-\1-\2"),
    (r"(resnext)(\d+)_(\d+x\d+d)", r"\1-\2 \3"),
    (r"(densenet)(\d+)", r"\1-\2"),
    (r"(densenet)(\d+)_(\d+)", r"\1-\2 (k = \3)"),
    (r"(densenet)_bc(\d+)_(\d+)", r"\1-BC-\2 (k = \3)"),
)
"""Forms of registry names, and how people write them."""
_SPELLINGS = {
    "resnet": "ResNet",
    "plain": "Plain",
    "resnext": "ResNeXt",
    "densenet": "DenseNet",
    "skipinit": "SkipInit",
    "rezero": "ReZero",
    "fixup": "Fixup",
}


def net_label(name: str) -> str:
    """Writes a registry name as people write it: `preact_resnet56` as `Pre-act ResNet-56`.

    A name of another form, such as a person's own, stays as it is.
    """
    for form, written in _FORMS:
        if match := re.fullmatch(form, name):
            return re.sub("|".join(_SPELLINGS), _spell, match.expand(written))
    return name


def _spell(match: re.Match[str]) -> str:
    return _SPELLINGS[match[0]]
