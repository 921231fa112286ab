"""`cam`: where in a picture a net finds its evidence, and whether that can be believed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from resnet_core.atomic import write_atomically
from resnet_core.cli.console import (
    AsJson,
    Checkpoint,
    Device,
    absolute_path,
    command,
    print_json,
    print_text,
    progress_bar,
)
from resnet_core.cli.map_files import PictureFile, check_out, open_with_picture
from resnet_core.cli.others import NOTHING_SAID, SaidOfOthers, asks_of_others
from resnet_core.errors import ConfigError
from resnet_core.probes.spread import readable
from resnet_core.progress import Progress as Tell
from resnet_core.progress import partial_progress
from resnet_core.shares import probability_text

if TYPE_CHECKING:
    import numpy as np

    from resnet_core.asking import AskedNet, Seen
    from resnet_core.asking.labelled_sets import LabelledSet
    from resnet_core.checkpoints import NetCard
    from resnet_core.explain import Attribution, Question


@command
@asks_of_others()
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
    said: SaidOfOthers = NOTHING_SAID,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Show where in a picture a net finds its evidence for a class."""
    from resnet_core.explain import Question, Target, build_manifest, find_method
    from resnet_core.explain.trust_records import draws_record

    check_out(out)
    _check_form(form)
    net, seen = open_with_picture(picture, checkpoint, device, said)
    card = net.card
    target = Target(class_index=net.class_number(class_), against=net.class_number(against))
    question = Question(method=method, layer=layer or net.question().layer, target=target)
    answer = net.explain(seen.pixels, question)
    manifest = build_manifest(answer, card, seen.pixels, seen.name)
    if answer.draws is not None:
        manifest["draws"] = draws_record(find_method(answer.method).title, answer.draws)
    with progress_bar() as tell:
        # First what may be refused: scores take minutes.
        labelled = None if over is None else _open_set(net, over, tell)
        if faithful:
            manifest["faithfulness"] = _scores(net, seen, answer, tell)
        if labelled is not None:
            manifest["over_pictures"] = _over_pictures(net, labelled, question, tell)
        if forget:
            manifest["randomisation"] = _forgetting(net, seen, question, tell)
    if out is not None:
        write_atomically(out, _map_file(out, answer, seen.colour, form, manifest))
        manifest["file"] = str(out)
    if as_json:
        print_json(manifest)
    else:
        print_text(_sentence(manifest, card))


def _check_form(form: str) -> None:
    from resnet_core.figures.map_forms import FORMS

    if form not in FORMS:
        raise ConfigError(f"A map is drawn as {', '.join(FORMS)}, got '{form}'.")


def _map_file(
    out: Path, answer: "Attribution", seen: "np.ndarray", form: str, manifest: dict[str, Any]
) -> bytes:
    from resnet_core.explain import values_csv, values_npy
    from resnet_core.figures.encoding import png_bytes, webp_bytes
    from resnet_core.figures.map_forms import Form
    from resnet_core.figures.map_pictures import MapStyle, draw_map

    kind = out.suffix.lower()
    if kind == ".npy":
        return values_npy(answer)
    if kind == ".csv":
        return values_csv(answer).encode()
    if kind == ".json":
        return json.dumps(manifest, indent=2).encode()
    style = MapStyle(form=cast(Form, form), size_px=512)
    drawn = draw_map(seen, answer.values, style, is_signed=answer.is_signed)
    return png_bytes(drawn) if kind == ".png" else webp_bytes(drawn)


def _scores(
    net: "AskedNet[Any]", seen: "Seen", answer: "Attribution", tell: Tell
) -> dict[str, Any]:
    from resnet_core.asking.trust import score_chance
    from resnet_core.explain import Question, find_method, normalise_pictures
    from resnet_core.explain.chance import NUM_CHANCE_MAPS
    from resnet_core.explain.faithfulness import measure_faithfulness
    from resnet_core.explain.trust_records import faithfulness_record

    assert answer.target.class_index is not None
    picture = normalise_pictures(seen.pixels, net.card)
    first = partial_progress(tell, 0.0, 1 / (NUM_CHANCE_MAPS + 1))
    scores = measure_faithfulness(
        net.model, picture, answer.values, answer.target.class_index, progress=first
    )
    asked = Question(method=answer.method, layer=answer.layer or "", target=answer.target)
    rest = partial_progress(tell, 1 / (NUM_CHANCE_MAPS + 1), 1.0)
    chance = score_chance(net, seen.pixels, asked, rest)
    return faithfulness_record(find_method(answer.method).title, scores, chance)


def _open_set(net: "AskedNet[Any]", name: str, tell: Tell) -> "LabelledSet":
    from resnet_core.asking.labelled_sets import load_labelled_set

    return load_labelled_set(net, absolute_path(name), tell)


def _over_pictures(
    net: "AskedNet[Any]", labelled: "LabelledSet", question: "Question", tell: Tell
) -> dict[str, Any]:
    from resnet_core.asking.trust import score_many
    from resnet_core.explain import find_method
    from resnet_core.explain.trust_records import many_record

    many = score_many(net, labelled, question, tell)
    return many_record(find_method(question.method).title, many, labelled.title)


def _forgetting(
    net: "AskedNet[Any]", seen: "Seen", question: "Question", tell: Tell
) -> dict[str, Any]:
    from resnet_core.asking.trust import let_forget
    from resnet_core.explain import find_method
    from resnet_core.explain.trust_records import randomisation_record

    check = let_forget(net, seen.pixels, question, tell)
    return randomisation_record(find_method(question.method).title, check)


def _sentence(manifest: dict[str, Any], card: "NetCard") -> str:
    best = max(manifest["probabilities"], key=manifest["probabilities"].get)
    target, shape = manifest["target"], manifest["map"]["shape"]
    where = f" at {manifest['layer']}" if manifest["layer"] else ""
    against = f" against {target['against_name']}" if target["against_name"] else ""
    lines = [
        f"{card.name} says {best} ({probability_text(manifest['probabilities'][best])}).",
        f"{manifest['method']['title']}{where}: evidence for {target['class_name']}{against}, "
        f"{shape[1]} x {shape[2]} cells from {readable(manifest['map']['smallest'])} to "
        f"{readable(manifest['map']['largest'])}.",
    ]
    if card.caution:
        lines.insert(0, card.caution)
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
