"""captum, loaded at the first map that it computes.

Its import takes half a second of a core and brings matplotlib and tqdm along: whoever trains,
evaluates or ships a net waits for none of it, and needs none of it either.
"""

import importlib
import importlib.metadata
from types import ModuleType

from resnet_core.errors import ProbeError


def load_captum() -> ModuleType:
    """Gives `captum.attr`.

    Raises:
        ProbeError: where captum, or something that it needs, is not installed.
    """
    try:
        return importlib.import_module("captum.attr")
    except ModuleNotFoundError as exc:
        raise ProbeError(
            f"This map is computed by captum, which cannot be loaded without the package "
            f"'{exc.name}': install it, or choose Layer-CAM, Grad-CAM++ or Score-CAM."
        ) from exc


def captum_version() -> dict[str, str]:
    """Its version by its name, or nothing where it is not installed."""
    try:
        return {"captum": importlib.metadata.version("captum")}
    except importlib.metadata.PackageNotFoundError:
        return {}
