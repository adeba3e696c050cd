"""Opens files that may be packed: plain, .gz, .xz or .zst, by the end of their name. Every reader of rows goes through here.

Bytes, not text: one line in another encoding must cost that line alone. Knows nothing of what the files hold.
"""

import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import zstandard

READ_BYTES = 1 << 12  # packed bytes at a time: even a file of zeros unpacks to no more than some 100 MB at once
PACKED = (".gz", ".xz", ".zst")
# What reading a packed file raises when it is damaged or ends early.
DAMAGED = (EOFError, OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError)


class _ZstdFile(io.RawIOBase):
    """Frame after frame. zstandard's own reader takes a file that ends within a frame for a whole one."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._is_between = True
        self._waiting, self._at = b"", 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """At most len(buffer) bytes; 0 at the end."""
        while self._at == len(self._waiting):
            packed = self._packed.read(READ_BYTES)
            if not packed:
                if self._is_between:
                    return 0
                raise EOFError("the file ends within a frame")
            self._waiting, self._at = self._unpack(packed), 0
        part = self._waiting[self._at : self._at + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _unpack(self, packed: bytes) -> bytes:
        parts = []
        while packed:
            parts.append(self._frame.decompress(packed))
            self._is_between, packed = self._frame.eof, self._frame.unused_data
            if self._is_between:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
        return b"".join(parts)


def unpack(packed: IO[bytes], suffix: str) -> IO[bytes]:
    """The unpacked bytes of an open file, by the end of its name. Closing the result leaves `packed` open."""
    if suffix == ".zst":
        return io.BufferedReader(_ZstdFile(packed), buffer_size=1 << 17)
    packers: dict[str, Callable[[IO[bytes]], Any]] = {".gz": gzip.open, ".xz": lzma.open}
    return cast(IO[bytes], packers[suffix](packed)) if suffix in packers else packed


@contextmanager
def open_packed(path: Path) -> Iterator[IO[bytes]]:
    """The unpacked bytes of a file, as a stream. OSError where it cannot be opened; reading raises one of DAMAGED."""
    with path.open("rb") as packed, unpack(packed, path.suffix) as file:
        yield file
