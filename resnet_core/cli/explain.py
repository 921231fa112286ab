"""Commands that look inside a net: cam, features."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from resnet_core.atomic import write_atomically
from resnet_core.cli.console import (
    AsJson,
    Checkpoint,
    Device,
    command,
    print_json,
    print_table,
    print_text,
    progress_bar,
)
from resnet_core.errors import ConfigError
from resnet_core.progress import Progress as Tell

if TYPE_CHECKING:
    import numpy as np

    from resnet_core.asking import ReadyNet, Seen
    from resnet_core.checkpoints import CheckpointCard
    from resnet_core.explain import Attribution, Question
    from resnet_core.probes.features import FeatureMaps

PictureFile = Annotated[Path, typer.Argument(help="A picture file: JPEG, PNG, WebP, TIFF, ...")]
_PICTURES, _NUMBERS = (".png", ".webp"), (".npy", ".csv", ".json")
_SHEET_COLUMNS, _SHEET_TILE_PX = 16, 64


@command
def cam(
    picture: PictureFile,
    checkpoint: Checkpoint,
    method: Annotated[str, typer.Option(help="Such as grad-cam, layer-cam, saliency.")] = (
        "grad-cam"
    ),
    layer: Annotated[
        str | None,
        typer.Option(help="Such as stage3.2; by default the deepest that tells places apart."),
    ] = None,
    class_: Annotated[
        str | None, typer.Option("--class", help="Name or number; by default the predicted one.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="Explain the difference to this class instead.")
    ] = None,
    form: Annotated[str, typer.Option(help="Of a picture: overlay, map or contours.")] = "overlay",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where to write: .png or .webp draws, .npy, .csv and .json keep numbers."
        ),
    ] = None,
    faithful: Annotated[
        bool,
        typer.Option(
            "--faithful",
            help="Score the map by deletion, insertion and ROAD, beside random maps.",
        ),
    ] = False,
    over: Annotated[
        str | None,
        typer.Option(help="Also the mean scores over 20 test pictures of this data set."),
    ] = None,
    forget: Annotated[
        bool,
        typer.Option(
            "--forget", help="Check that the map changes when the net forgets, block by block."
        ),
    ] = False,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Show where in a picture a net finds its evidence for a class."""
    from resnet_core.explain import Question, Target, build_manifest, find_method
    from resnet_core.explain.trust_records import draws_record

    _check_out(out)
    net, seen = _open(picture, checkpoint, device)
    card = net.card
    target = Target(class_index=net.class_number(class_), against=net.class_number(against))
    question = Question(method=method, layer=layer or net.question().layer, target=target)
    answer = net.explain(seen.pixels, question)
    manifest = build_manifest(answer, card, seen.pixels, seen.name)
    if answer.draws is not None:
        manifest["draws"] = draws_record(find_method(answer.method).title, answer.draws)
    with progress_bar() as tell:
        if faithful:
            manifest["faithfulness"] = _scores(net, seen, answer, tell)
        if over is not None:
            manifest["over_pictures"] = _over_pictures(net, over, question, tell)
        if forget:
            manifest["randomisation"] = _forgetting(net, seen, question, tell)
    if out is not None:
        write_atomically(out, _map_file(out, answer, seen.colour, form, manifest))
        manifest["file"] = str(out)
    if as_json:
        print_json(manifest)
    else:
        print_text(_sentence(manifest, card))


@command
def features(
    picture: PictureFile,
    checkpoint: Checkpoint,
    layer: Annotated[
        str | None, typer.Option(help="List this layer's channels instead of all layers.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="With --layer: .png writes its channels, .npy its numbers.")
    ] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """List what every layer of a net makes of a picture, or the channels of one layer."""
    from resnet_core.asking.features import layer_paths

    _check_out(out)
    if out is not None and layer is None:
        raise ConfigError("Name the layer whose channels are to be written: add --layer.")
    net, seen = _open(picture, checkpoint, device)
    found = net.maps(seen.pixels, [layer] if layer else layer_paths(net))
    rows = [_channel_record(found[0], k) for k in found[0].order("activation")] if layer else []
    rows = rows or [_layer_record(maps) for maps in found]
    if out is not None:
        write_atomically(out, _features_file(out, found[0]))
    if as_json:
        print_json(rows)
    else:
        headings = tuple(name.replace("_", " ") for name in rows[0])
        print_table(headings, [tuple(_cell(value) for value in row.values()) for row in rows])


def _open(picture: Path, checkpoint: str, device: str) -> "tuple[ReadyNet, Seen]":
    """Loads the net and the picture as the net sees it."""
    from resnet_core.asking import load_net
    from resnet_core.checkpoints import find_checkpoint

    net = load_net(find_checkpoint(checkpoint), device=device)
    return net, net.see(picture, name=picture.name)


def _check_out(out: Path | None) -> None:
    if out is not None and out.suffix.lower() not in (*_PICTURES, *_NUMBERS):
        raise ConfigError(
            f"'{out.name}' ends in nothing that is known: use .png or .webp for a picture, .npy, "
            ".csv or .json for numbers."
        )


def _map_file(
    out: Path, answer: "Attribution", seen: "np.ndarray", form: str, manifest: dict[str, Any]
) -> bytes:
    from resnet_core.explain import values_csv, values_npy
    from resnet_core.figures.encoding import png_bytes, webp_bytes
    from resnet_core.figures.map_pictures import FORMS, Form, MapStyle, draw_map

    kind = out.suffix.lower()
    if kind == ".npy":
        return values_npy(answer)
    if kind == ".csv":
        return values_csv(answer).encode()
    if kind == ".json":
        return json.dumps(manifest, indent=2).encode()
    if form not in FORMS:
        raise ConfigError(f"A map is drawn as {', '.join(FORMS)}, got '{form}'.")
    style = MapStyle(form=cast(Form, form), size_px=512)
    drawn = draw_map(seen, answer.values, style, is_signed=answer.is_signed)
    return png_bytes(drawn) if kind == ".png" else webp_bytes(drawn)


def _scores(net: "ReadyNet", seen: "Seen", answer: "Attribution", tell: Tell) -> dict[str, Any]:
    from resnet_core.asking.trust import score_chance
    from resnet_core.explain import Question, find_method, normalise_pictures
    from resnet_core.explain.faithfulness import measure_faithfulness
    from resnet_core.explain.trust_records import faithfulness_record

    assert answer.target.class_index is not None
    picture = normalise_pictures(seen.pixels, net.card)
    scores = measure_faithfulness(net.model, picture, answer.values, answer.target.class_index)
    asked = Question(method=answer.method, layer=answer.layer or "", target=answer.target)
    chance = score_chance(net, seen.pixels, asked, tell)
    return faithfulness_record(find_method(answer.method).title, scores, chance)


def _over_pictures(net: "ReadyNet", name: str, question: "Question", tell: Tell) -> dict[str, Any]:
    from resnet_core.asking.labelled_sets import load_labelled_set
    from resnet_core.asking.trust import score_many
    from resnet_core.explain import find_method
    from resnet_core.explain.trust_records import many_record

    labelled = load_labelled_set(net, name, tell)
    many = score_many(net, labelled, question, tell)
    return many_record(find_method(question.method).title, many, labelled.title)


def _forgetting(net: "ReadyNet", seen: "Seen", question: "Question", tell: Tell) -> dict[str, Any]:
    from resnet_core.asking.trust import let_forget
    from resnet_core.explain import find_method
    from resnet_core.explain.trust_records import randomisation_record

    check = let_forget(net, seen.pixels, question, tell)
    return randomisation_record(find_method(question.method).title, check)


def _sentence(manifest: dict[str, Any], card: "CheckpointCard") -> str:
    best = max(manifest["probabilities"], key=manifest["probabilities"].get)
    target, shape = manifest["target"], manifest["map"]["shape"]
    where = f" at {manifest['layer']}" if manifest["layer"] else ""
    against = f" against {target['against_name']}" if target["against_name"] else ""
    lines = [
        f"{card.name} says {best} ({manifest['probabilities'][best]:.1%}).",
        f"{manifest['method']['title']}{where}: evidence for {target['class_name']}{against}, "
        f"{shape[1]} x {shape[2]} cells from {manifest['map']['smallest']:.3g} to "
        f"{manifest['map']['largest']:.3g}.",
    ]
    if "faithfulness" in manifest:
        scores = manifest["faithfulness"]
        lines.append(
            f"Deletion area {scores['deletion_area']:.3f}, insertion area "
            f"{scores['insertion_area']:.3f}, ROAD {scores['road_score']:+.3f}. "
            f"{scores['chance']['sentence']}"
        )
    told = (manifest.get(name) for name in ("draws", "over_pictures", "randomisation"))
    lines += [record["sentence"] for record in told if record is not None]
    if "file" in manifest:
        lines.append(f"Written to {manifest['file']}.")
    return "\n".join(lines)


def _layer_record(maps: "FeatureMaps") -> dict[str, Any]:
    point, strongest = maps.point, maps.order("activation")[0]
    return {
        "layer": point.path,
        "map": f"{point.map_size_px[0]}x{point.map_size_px[1]}",
        "channels": point.channels,
        "receptive_field_px": point.receptive_field_px,
        "mean_activation": float(maps.activation.mean()),
        "strongest_channel": int(strongest),
        "silent_channels": int((maps.dead_share == 1).sum()),
    }


def _channel_record(maps: "FeatureMaps", channel: int) -> dict[str, Any]:
    return {
        "channel": int(channel),
        "activation": float(maps.activation[channel]),
        "variance": float(maps.variance[channel]),
        "dead_share": float(maps.dead_share[channel]),
        "largest": float(maps.maps[channel].max()),
    }


def _features_file(out: Path, maps: "FeatureMaps") -> bytes:
    import io

    import numpy as np

    from resnet_core.figures.colour_maps import colour_table
    from resnet_core.figures.encoding import png_bytes, tile_sheet, webp_bytes
    from resnet_core.figures.feature_sheets import tile_colours, tile_indices

    kind = out.suffix.lower()
    if kind == ".npy":
        buffer = io.BytesIO()
        np.save(buffer, maps.maps, allow_pickle=False)
        return buffer.getvalue()
    if kind not in _PICTURES:
        raise ConfigError(
            f"The channels of a layer go to .png, .webp or .npy, not to '{out.name}'."
        )
    indices = tile_indices(maps.maps, scale="shared", is_signed=maps.is_signed)
    factor = max(1, _SHEET_TILE_PX // indices.shape[1])
    sheet = tile_sheet(list(indices.repeat(factor, axis=1).repeat(factor, axis=2)), _SHEET_COLUMNS)
    pixels = colour_table(tile_colours(is_signed=maps.is_signed))[sheet]
    return png_bytes(pixels) if kind == ".png" else webp_bytes(pixels)


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
