"""Run as a process of its own: what each hostile or heavy picture costs in memory and time.

`python -m tests.pictures.measure_costs bombs|heavy|heaviest` prints one JSON object a picture:
name, extra peak memory (MiB), processor time (s), and the refusal or the size of what came out.
"""

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from resnet_core.errors import PictureError
from resnet_core.pictures.door import decode_picture
from tests.pictures.corpus import PNG_SIGNATURE, colours, encoded, png_chunk, png_header, tiff_tags
from tests.pictures.corpus import write_tiff as tiff
from tests.pictures.corpus_bombs import bomb_cases, packed_zeros

SIDE = 7_000
_STATUS = Path("/proc/self/status")


def black_png(width: int, height: int, depth: int, colour: int, interlace: int = 0) -> bytes:
    """A PNG of any size and depth, all zeros."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    num_bytes = height * (width * channels * depth // 8 + 9) * (2 if interlace else 1)
    pixels = png_chunk(b"IDAT", packed_zeros(num_bytes // 2**20 + 1))
    palette = png_chunk(b"PLTE", bytes(range(3))) if colour == 3 else b""
    head = PNG_SIGNATURE + png_header(width, height, depth, colour, interlace)
    return head + palette + pixels + png_chunk(b"IEND", b"")


def black_tiff(bits: list[int], photometric: int, sample_format: int = 1) -> bytes:
    """A TIFF of 49 megapixels in strips of 100 rows, packed, all zeros."""
    more = {"compression": 8, "rows": 100, "sample_format": sample_format}
    tags = tiff_tags(SIDE, SIDE, bits, photometric, **more)
    strip = packed_zeros(SIDE * 100 * sum(bits) // 8 // 2**20 + 1)
    return tiff(tags, [strip] * (SIDE // 100))


def waves(width: int, height: int) -> Image.Image:
    """A smooth photograph of any size."""
    return Image.fromarray(colours()).resize((width, height), Image.Resampling.BICUBIC)


HEAVY: dict[str, Callable[[], bytes]] = {
    "jpeg_40_megapixels": lambda: encoded(waves(8_000, 5_000), "JPEG"),
    "png_rgba": lambda: black_png(SIDE, SIDE, 8, 6),
}
HEAVIEST: dict[str, Callable[[], bytes]] = {
    "jpeg_progressive": lambda: encoded(waves(SIDE, SIDE), "JPEG", progressive=True, subsampling=0),
    "jpeg_65500x700": lambda: encoded(waves(65_500, 700), "JPEG"),
    "png_rgb": lambda: black_png(SIDE, SIDE, 8, 2),
    "png_rgb_interlaced": lambda: black_png(SIDE, SIDE, 8, 2, 1),
    "png_rgba16_dark": lambda: black_png(SIDE, SIDE, 16, 6),
    "png_grey16": lambda: black_png(SIDE, SIDE, 16, 0),
    "png_grey_alpha": lambda: black_png(SIDE, SIDE, 8, 4),
    "png_palette": lambda: black_png(SIDE, SIDE, 1, 3),
    "png_49000000x1": lambda: black_png(49_000_000, 1, 8, 2),
    "png_1x49000000": lambda: black_png(1, 49_000_000, 8, 2),
    "gif": lambda: encoded(waves(SIDE, SIDE).quantize(16), "GIF"),
    "bmp_1_bit": lambda: encoded(Image.new("1", (SIDE, SIDE)), "BMP"),
    "tiff_rgba": lambda: black_tiff([8, 8, 8, 8], 2),
    "tiff_rgb16": lambda: black_tiff([16, 16, 16], 2),
    "tiff_cmyk": lambda: black_tiff([8, 8, 8, 8], 5),
    "tiff_float": lambda: black_tiff([32], 1, 3),
    "tiff_grey16": lambda: black_tiff([16], 1),
    "webp": lambda: encoded(waves(6_000, 6_000), "WEBP", method=0),
    "webp_alpha": lambda: encoded(waves(6_000, 6_000).convert("RGBA"), "WEBP", method=0),
    "avif": lambda: encoded(waves(6_000, 6_000), "AVIF", speed=10),
}


def _files(which: str) -> Iterator[tuple[str, bytes]]:
    if which == "bombs":
        yield from ((case.name, case.data) for case in bomb_cases())
    else:
        builders = HEAVY if which == "heavy" else HEAVIEST
        yield from ((name, build()) for name, build in builders.items())


def _memory_mib(field: str) -> float:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def _measure(name: str, data: bytes) -> dict:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak
    before, start = _memory_mib("VmRSS"), time.process_time()
    try:
        picture = decode_picture(data, name=name)
        outcome = f"{picture.original_size_px} -> {picture.pixels.shape}"
    except PictureError as exc:
        outcome = str(exc)
    seconds = time.process_time() - start
    extra_mib = _memory_mib("VmHWM") - before
    return {"name": name, "mib": extra_mib, "seconds": seconds, "outcome": outcome}


def main() -> None:
    """Measures one group of files."""
    for kind in ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"):  # loads each decoder
        decode_picture(encoded(np.zeros((9, 9), np.uint8), kind), name="first")
    for name, data in _files(sys.argv[1]):
        sys.stdout.write(json.dumps(_measure(name, data)) + "\n")


if __name__ == "__main__":
    main()
