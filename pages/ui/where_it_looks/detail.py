"""One map large, with what it depends on, and its files."""

import json
from dataclasses import replace

import numpy as np
import streamlit as st

from pages.ui.shell.notices import plain
from pages.ui.shell.wording import duration
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.asking.picked import PickedPicture, as_shown
from resnet_core.explain import Attribution, build_manifest, find_method, values_csv, values_npy
from resnet_core.figures.encoding import png_bytes, webp_bytes
from resnet_core.figures.map_pictures import MapStyle, draw_map, enlarge
from resnet_core.probes.spread import readable
from resnet_core.shares import probability_text

DETAIL_ANCHOR = "map"
"""Anchor of the heading over the map that was pressed."""

_LARGE_PX = 512
_LARGEST_PX = 1200


def show_detail(net: AnyNet, picture: PickedPicture, answer: Attribution, style: MapStyle) -> None:
    """Shows a map beside the picture, its numbers, and buttons that download them."""
    method = find_method(answer.method)
    where = f" at {answer.layer}" if answer.layer else ""
    st.header(plain(f"{method.title}{where}"), anchor=DETAIL_ANCHOR)
    st.caption(plain(f"{net.source.title}. {method.idea} {method.paper}."))
    drawn = _draw(net, picture, answer, style)
    left, middle, right = st.columns([3, 3, 3], gap="medium")
    with left:
        st.image(
            png_bytes(drawn),
            caption="As the net sees it, with the map",
            alt=f"The picture under the map of {method.title}{where}",
        )
    with middle:
        st.image(
            webp_bytes(_shown_whole(as_shown(picture))),
            caption=plain(f"As it came, {picture.size_text}: {picture.name}"),
            alt=f"The picture as it came: {picture.name}",
        )
    with right:
        _show_numbers(net, answer)
        _show_downloads(net, picture, answer, drawn)


def _draw(net: AnyNet, picture: PickedPicture, answer: Attribution, style: MapStyle) -> np.ndarray:
    seen = picture.seen_by(net).colour
    large = replace(style, size_px=_LARGE_PX)
    return draw_map(seen, answer.values, large, is_signed=answer.is_signed)


def _show_numbers(net: AnyNet, answer: Attribution) -> None:
    names, order = net.card.class_names, np.argsort(-answer.probabilities)[:3]
    for index in order:
        st.progress(
            float(answer.probabilities[index]),
            text=plain(f"{names[index]} {probability_text(float(answer.probabilities[index]))}"),
        )
    height, width = answer.values.shape
    st.text(
        f"{height} x {width} cells from {readable(answer.values.min())} to "
        f"{readable(answer.values.max())}\n"
        f"{_score_name(net, answer)} {answer.score:.3f}, computed in {_time_text(answer.time_s)}"
    )


def _score_name(net: AnyNet, answer: Attribution) -> str:
    names, target = net.card.class_names, answer.target
    assert target.class_index is not None
    against = "" if target.against is None else f" less that of {names[target.against]}"
    return f"logit of {names[target.class_index]}{against}"


def _show_downloads(
    net: AnyNet, picture: PickedPicture, answer: Attribution, drawn: np.ndarray
) -> None:
    layer = f"-{answer.layer}" if answer.layer else ""
    stem = f"{answer.method}{layer}"
    pixels = picture.seen_by(net).pixels
    manifest = json.dumps(build_manifest(answer, net.card, pixels, picture.name), indent=2)
    files = (
        ("Picture (PNG)", png_bytes(drawn), f"{stem}.png", "image/png"),
        ("Map (NPY)", values_npy(answer), f"{stem}.npy", "application/octet-stream"),
        ("Map (CSV)", values_csv(answer), f"{stem}.csv", "text/csv"),
        ("Manifest (JSON)", manifest, f"{stem}.json", "application/json"),
    )
    with st.container(horizontal=True):
        for label, content, name, mime in files:
            st.download_button(
                label,
                content,
                name,
                mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"download_{name}",
            )


def _shown_whole(pixels: np.ndarray) -> np.ndarray:
    """Repeats the pixels of a small picture, which a browser would smear; a photograph shrinks."""
    longest = max(pixels.shape[:2])
    if longest > _LARGEST_PX:
        height, width = (round(side * _LARGEST_PX / longest) for side in pixels.shape[:2])
        return enlarge(pixels, (height, width))
    factor = max(1, _LARGE_PX // longest)
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def _time_text(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms" if seconds < 1 else duration(seconds)
