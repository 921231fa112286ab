"""What commands say of nets of others: their options, and how a name becomes a net."""

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from resnet_core.cli.console import err
from resnet_core.config.plugins import is_other_name
from resnet_core.errors import ConfigError

if TYPE_CHECKING:  # they load torch
    from resnet_core.asking import AskedNet
    from resnet_core.others import OtherRequest

_ONLY = "Of a net of others:"


@dataclass(frozen=True, kw_only=True)
class SaidOfOthers:
    """The options of a command that only nets of others have, as they were typed."""

    weights: Annotated[
        Path | None,
        typer.Option(
            help=f"{_ONLY} a safetensors or torch file of its weights, read without running "
            "anything; without one it is untrained."
        ),
    ] = None
    seed: Annotated[
        int, typer.Option(help=f"{_ONLY} seed of the weights of one that is untrained.")
    ] = 0
    image_size: Annotated[
        int | None,
        typer.Option(
            help=f"{_ONLY} side of the square that it is shown, px; by default its library's."
        ),
    ] = None
    class_names: Annotated[
        str | None,
        typer.Option(
            help=f"{_ONLY} names of its classes with commas between, a file with a name a line or "
            "a JSON list, or a data set such as cifar10; so many outputs it gets."
        ),
    ] = None
    mean: Annotated[
        str | None,
        typer.Option(
            help=f"{_ONLY} mean of each channel on the 0..1 scale, such as 0.485,0.456,0.406."
        ),
    ] = None
    std: Annotated[
        str | None,
        typer.Option(help=f"{_ONLY} standard deviation of each channel on the 0..1 scale."),
    ] = None

    @property
    def options(self) -> list[str]:
        """Those that were given."""
        given = {name: value for name, value in vars(self).items() if value not in (None, 0)}
        return [f"--{name.replace('_', '-')}" for name in given]


NOTHING_SAID = SaidOfOthers()


def asks_of_others(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the options of nets of others, which it gets as its one argument `said`.

    Args:
        *names: of the fields of `SaidOfOthers`; all of them where none is named.
    """
    asked = [each for each in fields(SaidOfOthers) if not names or each.name in names]

    def with_options(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def wrapper(**arguments: Any) -> None:
            said = {each.name: arguments.pop(each.name) for each in asked}
            function(**arguments, said=SaidOfOthers(**said))

        parameters = list(_in_the_place_of_said(function, asked))
        # typer reads both: the order from the one, the options from the other.
        wrapper.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportAttributeAccessIssue]
        wrapper.__annotations__ = {each.name: each.annotation for each in parameters}
        return wrapper

    return with_options


def _in_the_place_of_said(
    function: Callable[..., None], asked: "Sequence[Field[Any]]"
) -> Iterator[inspect.Parameter]:
    for name, parameter in inspect.signature(function).parameters.items():
        if name != "said":
            yield parameter
            continue
        for each in asked:
            yield parameter.replace(name=each.name, annotation=each.type, default=each.default)


def request_of(name: str, said: SaidOfOthers) -> "OtherRequest":
    """Reads the options of a net of others.

    Raises:
        ConfigError: for a net that is not there, or a value that cannot be read.
    """
    from resnet_core.importing.class_lists import read_class_names
    from resnet_core.importing.requests import read_numbers
    from resnet_core.others import asked_request

    return asked_request(
        name,
        weights=said.weights,
        seed=said.seed,
        image_size_px=said.image_size,
        class_names=None if said.class_names is None else read_class_names(said.class_names),
        mean=None if said.mean is None else read_numbers(said.mean),
        std=None if said.std is None else read_numbers(said.std),
    )


def open_net(name: str, device: str, said: SaidOfOthers) -> "AskedNet[Any]":
    """Loads a net by its name: the lab's own, or one of others.

    Raises:
        ConfigError: for options of nets of others with a net of the lab.
        CheckpointError: when there is no such net, or it cannot be loaded.
    """
    from resnet_core.asking import load_net, load_other
    from resnet_core.checkpoints import find_checkpoint

    if is_other_name(name):
        net = load_other(request_of(name, said), device=device)
        for sentence in net.card.assumed:
            err.print(sentence, markup=False, highlight=False, soft_wrap=True)
        return net
    refuse_options(name, said)
    return load_net(find_checkpoint(name), device=device)


def refuse_options(name: str, said: SaidOfOthers) -> None:
    """Refuses options of nets of others with a net of the lab, whose card says all of it.

    Raises:
        ConfigError: naming them.
    """
    if said.options:
        raise ConfigError(
            f"'{name}' is a net of the lab, whose card says all of this: leave out "
            f"{', '.join(said.options)}, which nets of others such as torchvision:resnet50 have."
        )
