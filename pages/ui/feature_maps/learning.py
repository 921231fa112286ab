"""The same layer at every saved step of a run: how it learned, and what it began from."""

import streamlit as st

from pages.ui.choosing.shipped_steps import nets_over_training
from pages.ui.feature_maps.measuring import submit_steps
from pages.ui.feature_maps.sheets import maps_sheet
from pages.ui.kit.tiles import Tile, TileRow, photo_sheet, show_tiles
from pages.ui.shell.address import choice_in_address
from pages.ui.shell.jobs import await_all, shown
from pages.ui.shell.notices import plain
from resnet_core.asking.features import Steps, matching_path
from resnet_core.asking.layers_to_ask import AnyNet
from resnet_core.asking.picked import PickedPicture
from resnet_core.figures.feature_sheets import filter_tiles
from resnet_core.probes.feature_sentences import filters_sentence, learning_sentence
from resnet_core.probes.features import FeatureMaps, read_first_filters

_COLUMNS, _FILTER_COLUMNS = 16, 8
_NUM_WHOLE = 64


def show_learning(nets: tuple[AnyNet, ...], picture: PickedPicture) -> None:
    """Shows a layer's maps over the saved steps of each net's run, one at a time and all at once.

    Raises:
        ProbeError: when a layer's maps cannot be measured.
    """
    trained, picture = nets_over_training(nets, picture)
    if not trained:
        return
    paths = trained[0].layer_paths()
    path = st.selectbox(
        "Layer", paths, **choice_in_address("maps_learning_layer", paths, paths[-1])
    )
    jobs = [submit_steps(net, picture, matching_path(net, path)) for net in trained]
    await_all(jobs, "Maps of every saved step")
    for net, job in zip(trained, jobs, strict=True):
        steps = shown(job, "Maps of every saved step") if job.is_done else None
        if steps:
            _show_steps(net, steps)
    st.caption("The channels stand in the order of their activation at the last step.")


@st.fragment
def _show_steps(net: AnyNet, steps: Steps) -> None:
    """Shows one step large, to scrub through, and a strip of each; scrubbing redraws nothing else.

    Args:
        net: whose steps they are.
        steps: step and maps, in order of training.
    """
    by_step = dict(steps)
    order = [int(channel) for channel in steps[-1][1].order("activation")]
    where = plain(f"{net.source.arm_title}, {steps[-1][1].point.path}")
    st.markdown(f"**{where}**: {plain(learning_sentence(steps))}")
    key = f"{net.source.run_id}_{net.source.arm}"
    step = st.select_slider(
        "Step",
        list(by_step),
        **choice_in_address(f"maps_learning_step_{key}", tuple(by_step), steps[-1][0]),
    )
    whole = order[:_NUM_WHOLE]
    show_tiles(
        [_row(step, by_step[step], whole, _COLUMNS)],
        key=f"maps_learning_one_{key}",
        tile_px=64,
        fill=True,
    )
    rows = [_row(step, maps, order[:_COLUMNS], _COLUMNS) for step, maps in steps]
    with st.expander(f"All {len(steps)} saved steps", expanded=True):
        show_tiles(rows, key=f"maps_learning_all_{key}", tile_px=64, fill=True)


def show_filters(nets: tuple[AnyNet, ...]) -> None:
    """Shows the first convolution's filters as colour tiles."""
    rows = []
    for number, net in enumerate(nets):
        every = read_first_filters(net.model)
        filters = every[:_NUM_WHOLE]
        st.markdown(f"**{plain(net.title)}**: {plain(filters_sentence(every))}")
        names = range(len(filters))
        rows.append(
            TileRow(
                title=net.source.title,
                notes=(f"{filters.shape[1]}x{filters.shape[2]} px, gray is zero",),
                sheet=photo_sheet(list(filter_tiles(filters)), columns=_FILTER_COLUMNS),
                tiles=tuple(Tile(name=f"{number}/{k}", label=f"filter {k}") for k in names),
            )
        )
    show_tiles(rows, key="maps_filters", tile_px=72, fill=True)


def _row(step: int, features: FeatureMaps, channels: list[int], columns: int) -> TileRow:
    return TileRow(
        title=f"step {step:,}",
        sheet=maps_sheet(features, channels, scale="own", columns=columns),
        tiles=tuple(
            Tile(name=f"{step}/{channel}", label=f"step {step}, channel {channel}")
            for channel in channels
        ),
    )
