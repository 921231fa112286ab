"""What a run measures at every layer, activation or block, each registered by what measures it.

@measures(FlowQuantity("peak", "Peak", "largest value", "log", "activation"), at=activation_paths)
@contextlib.contextmanager
def observe_peaks(model):
    profile = {}
    yield profile  # the forward and backward pass of the step
    profile["peak"] = ...  # one number a position, on the device
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar

from resnet_core.config.plugins import load_plugins, qualified
from resnet_core.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor, nn

AxisScale = Literal["log", "linear", "share", "signed"]


@dataclass(frozen=True)
class FlowQuantity:
    """Something that a run measures at every layer, activation or block."""

    name: str
    """Its name in the store."""
    title: str
    """What pages call it."""
    unit: str
    """What an axis says."""
    scale: AxisScale
    """`log` and `linear` magnitudes, a `share` of 0 to 1, or `signed` around 0."""
    place: str
    """What a position is: layer, activation or block."""


Moment = Literal["pass", "update"]
Observe = Callable[["nn.Module"], "AbstractContextManager[dict[str, Tensor]]"]
"""A net to a context, around a step's forward and backward pass or around the optimizer's update,
whose profile holds the quantities afterwards."""
AnyObserve = TypeVar("AnyObserve", bound=Observe)


@dataclass(frozen=True, kw_only=True)
class Observer:
    """What measures some quantities at the same positions."""

    names: dict[str, str]
    """What a profile calls each quantity, and what the store calls it."""
    positions: "Callable[[nn.Module], tuple[str, ...]]"
    """Where it measures, dotted paths in depth order; a net without any is left alone."""
    observe: Observe
    """Measures."""
    moment: Moment
    """Around what."""


FLOW_QUANTITIES: dict[str, FlowQuantity] = {}
"""Every quantity by name, in the order of pickers."""
_OBSERVERS: list[Observer] = []


def add_quantity(quantity: FlowQuantity, module: str) -> str:
    """Lists a quantity, and gives its name in the store; a plugin's begins with its module.

    Raises:
        ConfigError: for a name that is taken.
    """
    name = qualified(quantity.name, module)
    if name in FLOW_QUANTITIES:
        raise ConfigError(f"There is a quantity '{name}' already: rename one.")
    FLOW_QUANTITIES[name] = replace(quantity, name=name)
    return name


def measures(
    *quantities: FlowQuantity,
    at: "Callable[[nn.Module], tuple[str, ...]]",
    moment: Moment = "pass",
) -> Callable[[AnyObserve], AnyObserve]:
    """Registers quantities by the context that measures them at the positions that `at` lists."""

    def register(observe: AnyObserve) -> AnyObserve:
        names = {each.name: add_quantity(each, observe.__module__) for each in quantities}
        _OBSERVERS.append(Observer(names=names, positions=at, observe=observe, moment=moment))
        return observe

    return register


def list_observers() -> tuple[Observer, ...]:
    """Lists the lab's observers, then those of plugins."""
    load_plugins()
    return tuple(_OBSERVERS)


def flow_quantities() -> dict[str, FlowQuantity]:
    """Every quantity by name, those of plugins included."""
    load_plugins()
    return FLOW_QUANTITIES
