"""Time from a photograph's choice to the answer on the screen, in a real browser.

    python -m benchmarks.upload_latency --uploads 15

A server and a Chromium of its own, the shipped CIFAR-10 net on the CPU.  Each upload is another
JPEG of 12 megapixels, as a phone takes them, on a page that a person has just opened; the clock
runs from the choice of the file until the class, the bars and the picture's own name are drawn.
"""

import argparse
import io
import platform
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from benchmarks.browser import visiting
from benchmarks.server import Lab

_SIZE_PX = (4000, 3000)
_ORIENTATION = 274  # the EXIF tag; 6 says that the camera was held upright
_GOAL_MS = 700
_IS_ANOTHER = """example => {
    const bars = document.querySelector("[data-testid=class-bars]");
    return bars !== null && bars.innerText !== example;
}"""


def main() -> None:
    """Measures uploads and prints their median and quartiles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=15)
    options = parser.parse_args()
    photograph = _photograph()
    with tempfile.TemporaryDirectory() as place, visiting(Path(place)) as (lab, page):
        chromium = page.context.browser
        assert chromium is not None
        _upload(chromium.new_page(), lab, _write(Path(place), photograph, 0))  # warms both
        times = [
            _upload(chromium.new_page(), lab, _write(Path(place), photograph, number))
            for number in range(1, options.uploads + 1)
        ]
    low, median, high = statistics.quantiles([1000 * t for t in times], n=4)
    print(
        f"upload to answer: median {median:.0f} ms (quartiles {low:.0f} to {high:.0f}), "
        f"n = {len(times)}, JPEG of {len(photograph) / 1e6:.1f} MB, {platform.machine()}; "
        f"goal {_GOAL_MS} ms"
    )


def _photograph() -> bytes:
    """A JPEG of a phone's size and weight, with EXIF that says how to turn it."""
    generator = np.random.default_rng(0)
    shapes = Image.fromarray(generator.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    soft = np.asarray(shapes.resize(_SIZE_PX, Image.Resampling.BICUBIC), np.float32)
    grain = generator.normal(0, 6, (_SIZE_PX[1], _SIZE_PX[0], 1)).astype(np.float32)
    image = Image.fromarray((soft + grain).clip(0, 255).astype(np.uint8))
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88, exif=exif)
    return buffer.getvalue()


def _write(folder: Path, content: bytes, number: int) -> Path:
    """Writes the photograph under a new name, with a last byte of its own: no answer is known."""
    path = folder / f"photo-{number}.jpg"
    path.write_bytes(content + bytes([number % 256]))
    return path


def _upload(page: Page, lab: Lab, photograph: Path) -> float:
    """Opens the page, uploads, and gives the seconds until the answer was drawn."""
    page.goto(f"{lab.url}/classify")
    page.get_by_text("What speaks for").wait_for()
    page.wait_for_timeout(1000)  # the page's own work is over, as when a person has looked at it
    example = page.get_by_test_id("class-bars").inner_text()
    chooser = page.locator(".st-key-classify_files input[type=file]")
    started = time.perf_counter()
    chooser.set_input_files(photograph)
    page.get_by_text(f"{photograph.name}: JPEG").wait_for()
    page.wait_for_function(_IS_ANOTHER, arg=example)
    elapsed = time.perf_counter() - started
    page.get_by_text("What speaks for").wait_for()
    page.close()
    return elapsed


if __name__ == "__main__":
    main()
