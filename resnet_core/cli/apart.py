"""The command that takes a net apart with one picture: take-apart."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from resnet_core.atomic import write_atomically
from resnet_core.cli.console import (
    AsJson,
    ClassMap,
    Device,
    absolute_path,
    command,
    err,
    print_json,
    print_table,
    print_text,
    progress_bar,
)
from resnet_core.config import ALL_BLOCKS, Intervention
from resnet_core.edits import parse_wish
from resnet_core.errors import ConfigError
from resnet_core.probes.spread import readable
from resnet_core.shares import probability_text

if TYPE_CHECKING:
    from resnet_core.asking import ReadyNet, Seen
    from resnet_core.asking.held_pictures import HeldAnswers
    from resnet_core.asking.labelled_sets import LabelledSet
    from resnet_core.asking.switches import Switches
    from resnet_core.asking.taking_apart import NetApart
    from resnet_core.probes.taken_apart import BlockFigures

_MOST_PICTURES = 1_000_000
_KINDS = ("skip_strength", "drop")
_ENDINGS = (".png", ".csv", ".npz")


@command
def apart(
    net: Annotated[
        str, typer.Argument(help="A shipped or imported net's name, or the path of a checkpoint.")
    ],
    image: Annotated[Path, typer.Option(help="A picture file: JPEG, PNG, WebP, TIFF, ...")],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="skip_strength=0 to 1, or drop=on; again for each switch."),
    ] = None,
    blocks: Annotated[
        list[str] | None,
        typer.Option(
            help="all, a stage such as stage2, or a block such as stage2.0; again for each --set."
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="Also the accuracy on held pictures of this data set, name or path."),
    ] = None,
    pictures: Annotated[
        int, typer.Option(help="How many of them.", min=1, max=_MOST_PICTURES)
    ] = 1000,
    class_map: ClassMap = None,
    maps: Annotated[
        str | None, typer.Option(help="Also the maps of this block, such as stage2.0, into --out.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="With --maps: .png draws its strongest channels, .csv has their values, .npz all."
        ),
    ] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Take a net apart with one picture: what each block adds, and what its switches change.

    The net itself stays as it is: skips and branches are switched on a copy.

    Example: `take-apart resnet56-synthetic --image a.png --set skip_strength=0 --blocks stage2.4`
    """
    from resnet_core.asking import load_net
    from resnet_core.asking.switch_sentences import switch_words
    from resnet_core.asking.switches import settle_switches, states_of
    from resnet_core.asking.taking_apart import take_net_apart
    from resnet_core.checkpoints import find_checkpoint

    asked = _parse_switches(changes or [], blocks or [])
    _check_maps(maps, out)
    loaded = load_net(find_checkpoint(net), device=device)
    switches = settle_switches(loaded.card.model, loaded.model.interventions, asked)
    seen = loaded.see(image, name=image.name)
    if maps is not None and out is not None:
        _write_maps(out, loaded, seen, maps, switches)
    whole = take_net_apart(loaded, seen)
    index = whole.taken.class_index
    now = take_net_apart(loaded, seen, switches, class_index=index) if switches else None
    held = None
    if data is not None:
        labelled = _open(loaded, data, class_map or ())
        held = _count(loaded, switches, labelled, pictures)
    states = states_of(loaded.card.model, loaded.model.interventions, switches)
    told = _sentences(switch_words(switches, states), whole, now, held)
    if not as_json:
        _print_apart(told, out, now or whole)
        return
    record = {
        "net": loaded.card.name,
        "picture": image.name,
        "class": loaded.card.class_names[index],
        "switches": [dataclasses.asdict(switch) for switch in switches],
        "whole": _apart_record(whole),
        "switched": None if now is None else _apart_record(now),
        "held": None if held is None else _held_record(held),
        "sentences": told,
        "file": None if out is None else str(out),
    }
    print_json(record)


def _parse_switches(changes: list[str], blocks: list[str]) -> list[Intervention]:
    if blocks and len(blocks) != len(changes):
        raise ConfigError(
            f"There are {len(changes)} --set and {len(blocks)} --blocks: give one --blocks for "
            "each --set, in the same order, or none for all blocks."
        )
    places = blocks or [ALL_BLOCKS] * len(changes)
    return [_parse_switch(*pair) for pair in zip(changes, places, strict=True)]


def _parse_switch(change: str, blocks: str) -> Intervention:
    name = change.partition("=")[0].strip()
    if name not in _KINDS:
        raise ConfigError(
            f"'{change[:80]}' switches nothing: write skip_strength=0, any number up to 1, or "
            "drop=on."
        )
    value = parse_wish(change).value
    assert not isinstance(value, str)
    what = "drop" if name == "drop" else "skip_strength"
    return Intervention(what=what, blocks=blocks, value=value)


def _check_maps(maps: str | None, out: Path | None) -> None:
    if (maps is None) != (out is None):
        raise ConfigError(
            "The maps of a block need both: its name, such as --maps stage2.0, and a file, such as "
            "--out maps.png."
        )
    if out is not None and out.suffix.lower() not in _ENDINGS:
        raise ConfigError(
            f"The maps of a block go to {', '.join(_ENDINGS[:-1])} or {_ENDINGS[-1]}, not to "
            f"'{out.name}'."
        )


def _write_maps(out: Path, net: "ReadyNet", seen: "Seen", path: str, switches: "Switches") -> None:
    """Writes the maps of a block: of the net as it is and, where anything is switched, of it so."""
    from resnet_core.asking.taking_apart import take_block_maps
    from resnet_core.figures.block_sheets import block_maps_csv, block_maps_npz, block_picture
    from resnet_core.figures.encoding import png_bytes

    states = [("as loaded", take_block_maps(net, seen.pixels, path))]
    if switches:
        states.append(("as switched", take_block_maps(net, seen.pixels, path, switches)))
    write = {
        ".png": lambda: png_bytes(block_picture(states)),
        ".csv": lambda: block_maps_csv(states).encode(),
        ".npz": lambda: block_maps_npz(states),
    }
    write_atomically(out, write[out.suffix.lower()]())


def _open(net: "ReadyNet", data: str, class_map: Sequence[str]) -> "LabelledSet":
    """Opens held pictures under the classes of the net."""
    from resnet_core.asking.labelled_sets import load_labelled_set, with_net_classes
    from resnet_core.checkpoints import read_class_map

    said = read_class_map(class_map)
    with progress_bar() as tell:
        labelled = load_labelled_set(net, absolute_path(data), tell)
    labelled, matching = with_net_classes(net, labelled, said)
    if matching.sentence:
        err.print(matching.sentence, markup=False, highlight=False)
    return labelled


def _count(
    net: "ReadyNet", switches: "Switches", labelled: "LabelledSet", pictures: int
) -> "list[HeldAnswers]":
    """Answers to held pictures: of the net as it is and, where anything is switched, of it so."""
    from resnet_core.asking.held_pictures import answer_held
    from resnet_core.asking.taking_apart import switched_net

    states = ((), switches) if switches else ((),)
    with progress_bar() as tell:
        return [
            answer_held(switched_net(net, state), labelled, stop=pictures, progress=tell)
            for state in states
        ]


def _apart_record(found: "NetApart") -> dict[str, Any]:
    first = found.answer.top(1)[0]
    return {
        "says": first.class_name,
        "probability": first.probability,
        "blocks": [dataclasses.asdict(block) for block in found.taken.blocks],
    }


def _held_record(held: "list[HeldAnswers]") -> dict[str, Any]:
    states = [
        {
            "right": answers.num_right,
            "accuracy": answers.accuracy,
            "interval_95": list(answers.interval),
        }
        for answers in held
    ]
    whole, switched = (*states, None)[:2]
    return {
        "data": held[0].data_title,
        "pictures": held[0].num_pictures,
        "whole": whole,
        "switched": switched,
        "change_interval_95": list(held[1].gain_over(held[0])) if len(held) > 1 else None,
    }


def _sentences(
    words: str,
    whole: "NetApart",
    now: "NetApart | None",
    held: "list[HeldAnswers] | None",
) -> list[str]:
    from resnet_core.asking.switch_sentences import (
        accuracy_change_sentence,
        answer_change_sentence,
        held_sentence,
    )

    if now is not None:
        change = [] if held is None else [accuracy_change_sentence(words, *held)]
        return [*change, answer_change_sentence(whole.answer, now.answer)]
    first = whole.answer.top(1)[0]
    sure = probability_text(first.probability)
    told = [f"{whole.answer.checkpoint} says {first.class_name} ({sure})."]
    return told if held is None else [*told, held_sentence(held[0])]


def _print_apart(told: list[str], out: Path | None, found: "NetApart") -> None:
    print_text("\n".join(told))
    if out is not None:
        print_text(f"Written to {out}.")
    rows = [_row(block) for block in found.taken.blocks]
    print_table(("block", "x", "F(x)", "skip", "sum", "cosine", "by skip", "gradient"), rows)


def _row(block: "BlockFigures") -> tuple[str, ...]:
    values = list(dataclasses.asdict(block).values())[1:]
    return (block.path, *("" if value is None else readable(value) for value in values))
