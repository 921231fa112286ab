"""The process that decodes one AVIF or HEIC picture: bytes in, one JSON line and pixels out.

Arguments: format, most pixels, longest side wanted (px), most time (s).
It imports nothing of the lab, so that it starts in a tenth of a second.
"""

import contextlib
import importlib
import io
import json
import sys

from PIL import AvifImagePlugin, Image

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None

BASE_BYTES = 64 * 2**20
"""Memory for the decoder's tables and threads, whatever the size."""
BYTES_PER_PIXEL = 16
"""Memory for each pixel that the file says it has: planes of 16 bits, their conversion, a copy."""


def main() -> None:
    """Reads a picture from standard input and writes it, decoded and reduced, to the output."""
    kind = sys.argv[1]
    max_pixels, longest_px, seconds = map(int, sys.argv[2:])
    data = sys.stdin.buffer.read()
    if kind == "HEIF":
        with contextlib.suppress(ImportError):
            importlib.import_module("pillow_heif").register_heif_opener()
    Image.init()
    AvifImagePlugin.DEFAULT_MAX_THREADS = 2  # each thread's stack counts as memory
    if kind not in Image.OPEN:
        _answer({"verdict": "no decoder"})
        return
    _limit_memory(BASE_BYTES)
    _limit_time(seconds)
    try:
        _decode(data, kind, max_pixels, longest_px)
    except MemoryError:
        _answer({"verdict": "memory"})
    except Exception as exc:
        out_of_memory = "memory" in str(exc).lower()
        _answer({"verdict": "memory" if out_of_memory else "damaged"})


def _limit_memory(more_bytes: int) -> None:
    """Allows so much more memory than is in use now, bytes."""
    if resource is None:
        return
    with contextlib.suppress(OSError, ValueError):
        with open("/proc/self/statm") as file:  # noqa: PTH123 (one import less)
            present = int(file.read().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (present + more_bytes, hard))


def _limit_time(seconds: int) -> None:
    if resource is None:
        return
    with contextlib.suppress(OSError, ValueError):
        # A second between them, so that the end by time is told from one for want of memory.
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _decode(data: bytes, kind: str, max_pixels: int, longest_px: int) -> None:
    with Image.open(io.BytesIO(data), formats=(kind,)) as image:
        width, height = image.size
        exif = image.info.get("exif") or b""
        profile = image.info.get("icc_profile") or b""
        answer = {
            "verdict": "ok",
            "size_px": [width, height],
            "num_frames": getattr(image, "n_frames", 1),
            "profile_bytes": len(profile),
            "exif_bytes": len(exif),
            "mode": "",
        }
        if width * height > max_pixels:
            _answer(answer, profile + exif)
            return
        _limit_memory(BASE_BYTES + width * height * BYTES_PER_PIXEL)
        flat = _over_white(image)
        flat = flat.reduce(max(1, max(flat.size) // (2 * longest_px)))
        answer |= {"mode": flat.mode, "reduced_px": flat.size}
        _answer(answer, profile + exif, flat.tobytes())


def _over_white(image: Image.Image) -> Image.Image:
    image.load()
    if image.mode in ("RGBA", "LA"):
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(image, mask=image.getchannel("A"))
        return white
    return image if image.mode == "L" else image.convert("RGB")


def _answer(answer: dict, *parts: bytes) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    for part in parts:
        sys.stdout.buffer.write(part)


if __name__ == "__main__":
    main()
