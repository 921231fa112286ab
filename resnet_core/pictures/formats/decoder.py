"""AVIF and HEIC: decoded in a process of their own, with little memory and little time.

The size that such a file states need not be the size that its video codec then decodes: 2 kB
that claim 64 x 64 pixels can cost a gigabyte.  Nothing short of the decoder can tell, so the
operating system allows the child what the stated size needs, and no more.
"""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from PIL import Image

from resnet_core.children import starting_errors
from resnet_core.errors import ProcessError
from resnet_core.pictures.formats.directory import read_orientation
from resnet_core.pictures.formats.header import PictureHeader, Refused, damaged, frames_note

MAX_SECONDS = 20

_CHILD = Path(__file__).with_name("decoder_child.py")
_MEMORY = Refused("needs too much memory to decode. Make it smaller or save it as JPEG.")
_NO_DECODER = Refused("is a HEIC picture, which this installation cannot read. Save it as JPEG.")


def decode_in_child(
    data: bytes, kind: str, *, max_pixels: int, longest_px: int
) -> tuple[PictureHeader, Image.Image]:
    """Decodes an AVIF or HEIC picture, over white, to at most about twice the longest side.

    Raises:
        Refused: if it is damaged, too large, no decoder for it is installed, or none starts.
    """
    command = [sys.executable, "-I", str(_CHILD), kind]
    command += [str(number) for number in (max_pixels, longest_px, MAX_SECONDS)]
    child = _run(command, data, kind)
    if child.returncode == -signal.SIGKILL:  # what takes too long is ended by another signal
        raise _MEMORY
    first_line, _, rest = child.stdout.partition(b"\n")
    if child.returncode or not first_line:
        raise damaged(kind)
    try:
        answer = json.loads(first_line)
        if answer["verdict"] == "ok":
            return _read_answer(answer, rest, kind)
        refusal = {"memory": _MEMORY, "no decoder": _NO_DECODER}.get(answer["verdict"])
    except (ValueError, TypeError, KeyError) as exc:
        raise damaged(kind) from exc
    raise refusal or damaged(kind)


def _run(command: list[str], data: bytes, kind: str) -> subprocess.CompletedProcess[bytes]:
    try:
        with starting_errors():
            return subprocess.run(  # noqa: S603 (our own script, numbers as arguments)
                command,
                input=data,
                capture_output=True,
                timeout=MAX_SECONDS + 10,
                check=False,
                env={**os.environ, "MALLOC_ARENA_MAX": "1"},
            )
    except subprocess.TimeoutExpired as exc:
        raise damaged(kind) from exc
    except ProcessError as exc:
        raise Refused(f"cannot be decoded now. {exc}") from exc


def _read_answer(answer: dict, rest: bytes, kind: str) -> tuple[PictureHeader, Image.Image]:
    stream = io.BytesIO(rest)
    profile = stream.read(answer["profile_bytes"])
    exif = stream.read(answer["exif_bytes"])
    width, height = answer["size_px"]
    header = PictureHeader(
        format=kind,
        size_px=(width, height),
        data=b"",
        orientation=read_orientation(exif),
        profile=profile,
        notes=frames_note(answer["num_frames"]),
    )
    if not answer["mode"]:
        return header, Image.new("RGB", (1, 1))
    image = Image.frombytes(answer["mode"], tuple(answer["reduced_px"]), stream.read())
    return header, image
