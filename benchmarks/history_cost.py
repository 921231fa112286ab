"""Whether a long history costs more than a short one: 200,000 steps of two 110-layer nets.

    python -m benchmarks.history_cost --steps 200000

Prints the time to store the first and the last thousand steps, the time to open the whole run as a
chart does, and the bytes of that answer and of one update.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from resnet_core.runs.metrics import bucket_width, read_curves
from resnet_core.runs.store import MetricsWriter, StepRow

NUM_LAYERS = 110
BLOCK = 1000


def write_block(
    writer: MetricsWriter, first: int, generator: np.random.Generator, num_layers: int = NUM_LAYERS
) -> float:
    """Stores a thousand steps of two arms in transactions of eight, and returns the seconds."""
    norms = generator.normal(size=(BLOCK, num_layers)).astype(np.float32)
    noise = generator.normal(scale=0.05, size=BLOCK)
    started = time.perf_counter()
    for start in range(0, BLOCK, 8):
        with writer.transaction():
            for offset in range(start, min(start + 8, BLOCK)):
                step, loss = first + offset, 2.0 / (1 + 1e-4 * (first + offset)) + noise[offset]
                writer.add_steps(_row(step, arm, loss, norms[offset]) for arm in (0, 1))
    return time.perf_counter() - started


def _row(step: int, arm: int, loss: float, norms: np.ndarray) -> StepRow:
    return StepRow(
        step=step,
        arm=arm,
        time_s=step * 0.01,
        loss=abs(loss) + 0.01,
        accuracy=0.5,
        learning_rate=0.1,
        images_per_s=1e4,
        gradient_norm=1.0,
        layer_norms=norms,
    )


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200_000)
    options = parser.parse_args()
    generator = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        writer = MetricsWriter(folder)
        with writer.transaction():
            layout = {
                "label": "net",
                "layers": [f"layer{number}" for number in range(NUM_LAYERS)],
                "positions": {},
            }
            writer.write_meta("arms", [layout, layout])
        blocks = [
            write_block(writer, first, generator) for first in range(1, options.steps + 1, BLOCK)
        ]
        # Neighbouring blocks, because the machine's speed drifts: early and late ones by medians.
        early, late = np.median(blocks[:10]), np.median(blocks[-10:])
        print(f"store {BLOCK} steps: first {early:.3f} s, last {late:.3f} s, {late / early:.2f} x")
        _print_reads(folder, options.steps)
        writer.close()


def _print_reads(folder: Path, num_steps: int) -> None:
    width = bucket_width(num_steps)
    newest = (num_steps - 1) // width * width
    for title, after, held in (("open the run", 0, 0), ("one update", newest, width)):
        started = time.perf_counter()
        content = read_curves(folder, after=after, width=held).to_bytes({})
        seconds = time.perf_counter() - started
        print(f"{title}: {seconds * 1000:.1f} ms, {len(content) / 1024:.1f} KiB")


if __name__ == "__main__":
    main()
