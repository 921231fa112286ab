"""How long the feature maps of every layer of ResNet-56 take, from the picture to the PNG files.

    python -m benchmarks.feature_maps --runs 20

All channels of stem and blocks are measured in one pass and drawn on a sheet a layer; the page at a
glance draws eight a layer.  Goal: under a second.
"""

import argparse
import statistics
import time

import torch

from resnet_core.explain import list_map_layers
from resnet_core.figures.encoding import indexed_png_bytes, tile_sheet
from resnet_core.figures.feature_sheets import tile_colours, tile_indices
from resnet_core.models import ResNet, build_model, model_config
from resnet_core.probes.features import measure_features

COLUMNS = 16


def draw_every_layer(model: ResNet, picture: torch.Tensor) -> tuple[int, int]:
    """Draws all channels of all layers; gives the number of maps and of bytes."""
    paths = [layer.path for layer in list_map_layers(model, picture.shape[-1])]
    num_maps = num_bytes = 0
    for features in measure_features(model, picture, paths):
        indices = tile_indices(features.maps, scale="shared", is_signed=features.is_signed)
        colours = tile_colours(is_signed=features.is_signed)
        num_bytes += len(indexed_png_bytes(tile_sheet(list(indices), COLUMNS), colours))
        num_maps += len(indices)
    return num_maps, num_bytes


def main() -> None:
    """Prints the median, the slowest, and what was drawn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = build_model(model_config("resnet56")).eval()
    picture = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    num_maps, num_bytes = draw_every_layer(model, picture)
    times_s = []
    for _ in range(options.runs):
        started = time.perf_counter()
        draw_every_layer(model, picture)
        times_s.append(time.perf_counter() - started)
    print(
        f"ResNet-56, every layer: {num_maps} maps, {num_bytes / 2**10:.0f} KiB, median "
        f"{statistics.median(times_s) * 1e3:.0f} ms, slowest {max(times_s) * 1e3:.0f} ms, "
        f"n = {options.runs}, torch {torch.__version__}, {options.threads} threads"
    )


if __name__ == "__main__":
    main()
