"""What programs that adapt a net put beside or around its tensors: small deltas, trained copies."""

import re
from collections.abc import Mapping

from torch import Tensor

from resnet_core.errors import CheckpointError

_DELTA = re.compile(r"(.*\.)?(lora_\w+|hada_\w+|lokr_\w+|ia3_\w+|oft_\w+)(\..*)?")
_COPY = re.compile(r"(?P<module>.*)\.modules_to_save\.(?P<name>[^.]+)\.(?P<tensor>.*)")
"""A module that was trained in place of the one that it is a copy of."""
_ORIGINAL = ".original_module."


def refuse_deltas(tensors: Mapping[str, Tensor]) -> None:
    """Refuses deltas of a net: by what they are to be multiplied stands in another file.

    Raises:
        CheckpointError: naming the first of them.
    """
    delta = next((key for key in tensors if _DELTA.fullmatch(key)), None)
    if delta is not None:
        raise CheckpointError(
            f"holds deltas of a net ('{delta}'), whose scale its tensors do not tell: merge them "
            "into the net, such as by PEFT's merge_and_unload(), and save its state_dict()."
        )


def trained_copies(tensors: Mapping[str, Tensor]) -> tuple[Mapping[str, Tensor], int]:
    """Puts modules that were trained in place of others where those stood.

    Returns:
        The tensors, and how many of modules that are not used were left out.

    Raises:
        CheckpointError: where several copies of a module were trained.
    """
    copies = {key: match for key in tensors if (match := _COPY.fullmatch(key))}
    if not copies:
        return tensors, 0
    names = sorted({match["name"] for match in copies.values()})
    if len(names) > 1:
        raise CheckpointError(
            f"has a module that was trained several times ({', '.join(names[:4])}): keep one."
        )
    modules = {match["module"] for match in copies.values()}
    rest = {
        key: tensor
        for key, tensor in tensors.items()
        if key not in copies and key.partition(_ORIGINAL)[0] not in modules
    }
    placed = {f"{match['module']}.{match['tensor']}": tensors[k] for k, match in copies.items()}
    return {**rest, **placed}, len(tensors) - len(rest) - len(placed)
