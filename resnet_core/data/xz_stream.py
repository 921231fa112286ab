"""Files packed with xz, read as a stream, with a bound on the memory that they may ask for.

`lzma.open` has no such bound: a header may ask for a dictionary of gigabytes.
"""

import io
import lzma
from pathlib import Path

XZ_MAGIC = b"\xfd7zXZ\0"
MAX_MEMORY_BYTES = 128 * 2**20
"""What unpacking may need; `xz -9` needs 65 MiB."""

_BLOCK_BYTES = 2**18


class XzStream(io.RawIOBase):
    """The unpacked bytes of an xz file; wrapped into a buffer, small steps back cost nothing."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._start()

    def _start(self) -> None:
        self._file.seek(0)
        self._place = 0
        self._unpacking = _new_decompressor()

    def readable(self) -> bool:
        """It is read and never written."""
        return True

    def seekable(self) -> bool:
        """Steps back begin anew."""
        return True

    def tell(self) -> int:
        """Unpacked bytes that were read."""
        return self._place

    def readinto(self, buffer: memoryview, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Unpacks at most as many bytes as there is room for; 0 at the end.

        Raises:
            lzma.LZMAError: for damage, or a dictionary beyond `MAX_MEMORY_BYTES`.
            EOFError: for a file that is cut short.
        """
        data = b""
        while buffer and not data:
            unpacking = self._unpacking
            packed = self._file.read(_BLOCK_BYTES) if unpacking.needs_input else b""
            if unpacking.eof:
                if not self._go_on(unpacking.unused_data):
                    break
                continue
            if unpacking.needs_input and not packed:
                raise EOFError("The file ends before its stream does.")
            data = unpacking.decompress(packed, len(buffer))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def _go_on(self, packed: bytes) -> bool:
        """Begins with the next stream of a file of several; whether there is one."""
        packed = (packed or self._file.read(_BLOCK_BYTES)).lstrip(b"\0")  # padding between them
        if packed:
            self._file.seek(-len(packed), io.SEEK_CUR)
            self._unpacking = _new_decompressor()
        return bool(packed)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Goes to a place of the unpacked bytes, or to their end if it lies beyond."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("Only places from the start can be sought.")
        if offset < self._place:
            self._start()
        while self._place < offset and self.read(min(_BLOCK_BYTES, offset - self._place)):
            pass
        return self._place

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
        super().close()


def _new_decompressor() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_MEMORY_BYTES)
