"""How fast nets are on this machine, measured in the background when somebody asks for it."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.architecture.form import LETTERS, PickedNet
from pages.ui.kit.plot import measured_figure, same_view
from pages.ui.shell import jobs
from pages.ui.shell.resources import list_recent_runs
from pages.ui.shell.shared import drawn, same_each
from resnet_core.config import config_to_json
from resnet_core.figures.architecture_speed import speed_csv, speed_figure
from resnet_core.figures.style import Theme
from resnet_core.models.speed import SpeedPoint
from resnet_core.models.speed_child import measure_speed_in_child


def show_speed(nets: Sequence[PickedNet], image_size_px: int, theme: Theme) -> None:
    """Shows forward passes and training steps over the batch, once they have been measured."""
    st.write(
        "How long a forward pass and a training step (forward, backward, SGD) take here, on noise, "
        "for batches of 1 to 128. A process of its own measures; the page goes on meanwhile."
    )
    keys = [("speed", config_to_json(net.config), image_size_px) for net in nets]
    if any(jobs.find(key) is None for key in keys):
        if any(status.is_live for status in list_recent_runs()):
            st.caption("A run is training: both share the cores, so the times will be longer.")
        if not st.button("Measure the speed here", icon=":material/timer:", type="primary"):
            return
    found: list[tuple[str, Sequence[SpeedPoint], bool]] = []
    for letter, net, key in zip(LETTERS, nets, keys, strict=False):
        points = jobs.shown(_submit(net, key, image_size_px), f"Net {letter.upper()}")
        if points:
            found.append((f"Net {letter.upper()}", points, net.config.is_plain))
    if found:
        _show(found, theme)
    is_done = len(found) == len(nets)
    if is_done and st.button("Measure again", icon=":material/refresh:"):
        for key in keys:
            jobs.forget(key)
        st.rerun()


def _submit(
    net: PickedNet, key: tuple[str, str, int], image_size_px: int
) -> jobs.Job[tuple[SpeedPoint, ...]]:
    def measure(progress: jobs.Progress) -> tuple[SpeedPoint, ...]:
        return measure_speed_in_child(net.config, image_size_px, progress)

    return jobs.submit(key, measure, lane="slow")


def _show(found: Sequence[tuple[str, Sequence[SpeedPoint], bool]], theme: Theme) -> None:
    labels, measured, are_plain = zip(*found, strict=True)
    figure = drawn(
        ("speed", labels, same_each(measured), are_plain, theme),
        lambda: same_view(speed_figure(found, theme), labels),
    )
    alt = f"Pictures per second over the size of the batch, of {' and '.join(labels)}"
    measured_figure(
        figure,
        key="speed",
        alt=alt,
        caption=f"Medians on {found[0][1][0].device}. Larger batches than shown take seconds or "
        "too much memory.",
        numbers=lambda: speed_csv(found),
    )
    rows = [
        {
            "Net": label,
            "Batch": point.batch_size,
            "Forward, ms": 1000 * point.forward_s,
            "Training step, ms": 1000 * point.step_s,
            "Training, pictures/s": point.batch_size / point.step_s,
        }
        for label, points, _ in found
        for point in points
    ]
    formats = {
        name: st.column_config.NumberColumn(format="%.1f")
        for name in ("Forward, ms", "Training step, ms", "Training, pictures/s")
    }
    st.dataframe(rows, hide_index=True, column_config=formats)
