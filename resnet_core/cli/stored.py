"""`store`: measures what pages show of their defaults before anything is measured."""

from typing import Annotated, Any

import typer

from resnet_core.cli.console import AsJson, command, err, print_json, print_text


@command
def store(
    names: Annotated[
        list[str] | None, typer.Argument(help="Only these measurements; all if none is named.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the defaults of pages anew, and keep the results in place of the former ones.

    Run it after a change of the code that measures; until then pages measure on opening.

    Example: `python -m resnet_core store gradient_flow --json`
    """
    from resnet_core import paths
    from resnet_core.errors import ConfigError
    from resnet_core.stored import list_storables, store_measurement

    paths.require_checkout("measure in a checkout of the project")
    known = list_storables()
    for name in names or ():
        if name not in known:
            raise ConfigError(f"Nothing is stored as '{name}': choose {', '.join(known)}.")
    made: list[dict[str, Any]] = []
    for name in names or known:
        with err.status(f"Measuring {name}") as status:
            path = store_measurement(
                known[name],
                progress=lambda message, fraction=None, name=name: status.update(
                    f"{name}: {message}"
                ),
            )
        made.append({"name": name, "code": known[name].code, "bytes": path.stat().st_size})
        if not as_json:
            print_text(f"{name}: {path.stat().st_size:,} bytes")
    if as_json:
        print_json(made)
