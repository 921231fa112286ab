"""`app`: starts the pages, in a checkout or from an installed package."""

import importlib.util
import json
import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from resnet_core import paths
from resnet_core.cli.console import command, err
from resnet_core.errors import ConfigError

AS_STREAMLIT_TAKES = {"allow_extra_args": True, "ignore_unknown_options": True}
"""How the command is registered: options that it does not know are the server's."""


@command
def open_app(
    context: typer.Context,
    port: Annotated[
        int | None, typer.Option(help="Where to listen; by default 8501.", min=1, max=65535)
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the first page in a browser.")] = True,
) -> None:
    """Start the pages: a server on 127.0.0.1 that tells nobody that it runs.

    Further options are Streamlit's and take the place of the lab's own settings.

    Example: `python -m resnet_core app --port 8600 --server.baseUrlPath=lab`
    """
    if importlib.util.find_spec("streamlit") is None:
        raise ConfigError("The pages need streamlit, which is not installed: install resnet-lab.")
    given = list(context.args)
    if port is not None:
        given.append(f"--server.port={port}")
    if not browser:
        given.append("--server.headless=true")
    err.print(f"What you make is kept in {paths.home_dir()}.", markup=False, soft_wrap=True)
    sys.stdout.flush()
    # In place of this process, so that Ctrl-C and every signal reach the server itself.
    os.execv(sys.executable, app_command(paths.app_dir(), given))  # noqa: S606


def app_command(folder: Path, given: list[str]) -> list[str]:
    """The command that serves the pages in a folder, with every setting of the lab as a flag.

    Flags outrank whatever `config.toml` or `STREAMLIT_...` a person has for other apps.

    Args:
        folder: holds `streamlit_app.py` and `.streamlit/config.toml`.
        given: options of Streamlit; the lab's own of the same name are left out.
    """
    chosen = {option.removeprefix("--").partition("=")[0] for option in given}
    settings = tomllib.loads((folder / ".streamlit" / "config.toml").read_text("utf-8"))
    own = [
        f"--{name}={text}"
        for name, value in _settings(settings)
        if name not in chosen
        for text in _as_flags(name, value)
    ]
    # -P: nothing in the folder that a person happens to be in is imported.
    run = [sys.executable, "-P", "-m", "streamlit", "run", str(folder / "streamlit_app.py")]
    return [*run, *own, *given]


def _settings(table: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _settings(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _as_flags(name: str, value: Any) -> list[str]:
    """How Streamlit reads a value of its command line: lists of a theme are JSON, others repeat."""
    if isinstance(value, list) and not name.startswith("theme."):
        return [str(each) for each in value]
    return [value if isinstance(value, str) else json.dumps(value)]
