"""The map of one picture at every saved step of a run, as a strip and as an animation."""

from dataclasses import replace

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw, ImageFont

from pages.ui.choosing.shipped_steps import nets_over_training
from pages.ui.kit.tiles import Tile, TileRow, show_tiles
from pages.ui.shell.address import choice_in_address
from pages.ui.shell.jobs import Job, await_all, submit
from pages.ui.shell.notices import plain
from pages.ui.shell.shared import SharedCache, same_each
from pages.ui.where_it_looks.controls import ExplanationRequest, word_of_method
from pages.ui.where_it_looks.drawing import STRIP_PX, draw_maps, explanation_sheet
from resnet_core.asking import list_steps
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.checkpoints import read_calibrated_card
from resnet_core.explain import Question, StepMap, attribute_steps, find_method
from resnet_core.explain.sentences import steps_sentence
from resnet_core.figures.encoding import animation_bytes
from resnet_core.figures.map_pictures import MapStyle
from resnet_core.probes.calibration import temperature_of
from resnet_core.progress import Progress
from resnet_core.shares import probability_text

_MOST_STEPS = 16


def show_over_training(request: ExplanationRequest, style: MapStyle) -> None:
    """Shows one method's map over the steps of each net's run."""
    nets, picture = nets_over_training(request.nets, request.picture)
    if not nets:
        return
    request = replace(request, nets=nets, picture=picture)
    titles = {name: find_method(name).title for name in request.methods}
    method = st.selectbox(
        "Method",
        list(titles),
        format_func=titles.__getitem__,
        width=260,
        **choice_in_address(
            "look_step_method", tuple(titles), next(iter(titles)), called=word_of_method
        ),
    )
    jobs = [_submit(request, net, method) for net in nets]
    await_all(jobs, "Nets")
    style = replace(style, size_px=STRIP_PX)
    rows, animations, told = [], [], []
    for net, job in zip(nets, jobs, strict=True):
        if job.is_done and job.problem:
            st.error(plain(job.problem), icon=":material/error:")
        elif job.is_done:
            steps = thinned(job.result())
            sentence = steps_sentence(titles[method], steps)
            told.append(f"- {plain(f'{net.source.arm_title}: {sentence}')}")
            rows.append(_row(request, net, steps, style))
            animations.append((net, _animation(request, net, steps, style)))
    if rows:
        st.markdown("\n".join(told))
        show_tiles(rows, key="look_steps", tile_px=150, fill=True)
        columns = st.columns(max(2, len(animations)))
        for column, (net, content) in zip(columns, animations, strict=False):
            with column:
                _show_animation(net, content)


def _submit(request: ExplanationRequest, net: AnyNet, method: str) -> Job[tuple[StepMap, ...]]:
    assert net.source.run_id is not None
    sources = list_steps(net.source.run_id, net.source.arm)
    question = Question(
        method=method,
        layer=request.layer(net) if find_method(method).needs_layer else "",
        target=request.target(net),
        settings=request.settings,
    )
    pixels = request.picture.seen_by(net).pixels
    files = [source.path for source in sources if source.path is not None]

    def work(progress: Progress) -> tuple[StepMap, ...]:
        return attribute_steps(files, pixels, question, progress=progress)

    cards = [read_calibrated_card(path) for path in files]
    keys = tuple(source.key for source in sources), tuple(temperature_of(c.metrics) for c in cards)
    return submit(("look-steps", keys, request.picture.key, question), work, lane="slow")


def thinned(steps: tuple[StepMap, ...]) -> tuple[StepMap, ...]:
    """At most 16 of them, the first and the last with them."""
    if len(steps) <= _MOST_STEPS:
        return steps
    last = len(steps) - 1
    return tuple(steps[round(k * last / (_MOST_STEPS - 1))] for k in range(_MOST_STEPS))


def _row(
    request: ExplanationRequest, net: AnyNet, steps: tuple[StepMap, ...], style: MapStyle
) -> TileRow:
    names = net.card.class_names
    explained = steps[-1].attribution.target.class_index
    assert explained is not None
    tiles = []
    for shown in steps:
        share = probability_text(float(shown.attribution.probabilities[explained]))
        caption = f"step {shown.step:,}: {names[explained]} {share}"
        tiles.append(Tile(name=f"{net.source.key}/{shown.step}", label=caption, caption=caption))
    layer = steps[-1].attribution.layer
    where = (layer,) if layer else ()
    return TileRow(
        title=net.source.arm_title,
        notes=(*where, f"evidence for {names[explained]} at every step"),
        sheet=explanation_sheet(net, request.picture, [s.attribution for s in steps], style),
        tiles=tuple(tiles),
    )


def _animation(
    request: ExplanationRequest, net: AnyNet, steps: tuple[StepMap, ...], style: MapStyle
) -> bytes:
    def draw() -> bytes:
        drawn = draw_maps(net, request.picture, [s.attribution for s in steps], style)
        pairs = zip(steps, drawn, strict=True)
        return animation_bytes([_labelled(pixels, f"step {s.step:,}") for s, pixels in pairs])

    return _animations.get((net.key, request.picture.key, same_each(steps), style), draw)


def _show_animation(net: AnyNet, content: bytes) -> None:
    title = net.source.arm_title
    st.image(
        content, caption=plain(title), alt=f"The maps of {title}, step after step", width=STRIP_PX
    )
    st.download_button(
        "Animation (GIF)",
        content,
        f"over-training-{net.source.arm}.gif",
        "image/gif",
        icon=":material/download:",
        on_click="ignore",
        key=f"look_gif_{net.source.key}",
    )


def _labelled(pixels: np.ndarray, text: str) -> np.ndarray:
    """Writes a line into the lower left corner, white on dark."""
    image = Image.fromarray(pixels)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(16)
    left, top, right, bottom = draw.textbbox((6, image.height - 24), text, font=font)
    draw.rectangle((left - 4, top - 3, right + 4, bottom + 3), fill=(20, 24, 32))
    draw.text((6, image.height - 24), text, fill=(255, 255, 255), font=font)
    return np.array(image)


_animations: SharedCache[bytes] = SharedCache(16)
