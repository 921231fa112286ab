"""What `cam` and `features` share: a picture shown to a net, and the files that both write."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from resnet_core.cli.others import SaidOfOthers, open_net
from resnet_core.errors import ConfigError

if TYPE_CHECKING:
    from resnet_core.asking import AskedNet, Seen

PictureFile = Annotated[Path, typer.Argument(help="A picture file: JPEG, PNG, WebP, TIFF, ...")]
PICTURES, NUMBERS = (".png", ".webp"), (".npy", ".csv", ".json")


def open_with_picture(
    picture: Path, name: str, device: str, said: SaidOfOthers
) -> "tuple[AskedNet[Any], Seen]":
    """Loads a net, and a picture as the net sees it."""
    net = open_net(name, device, said)
    return net, net.see(picture, name=picture.name)


def check_out(out: Path | None) -> None:
    """Refuses a file of no known kind, or in no folder, before anything is computed.

    Raises:
        ConfigError: naming the kinds, or the folder.
    """
    if out is not None and out.suffix.lower() not in (*PICTURES, *NUMBERS):
        raise ConfigError(
            f"'{out.name}' ends in nothing that is known: use .png or .webp for a picture, .npy, "
            ".csv or .json for numbers."
        )
    if out is not None and not out.parent.is_dir():
        raise ConfigError(f"Cannot write {out.name}: there is no folder '{out.parent}'; make it.")
