"""Unpacks Zstandard, frame after frame. The one user of zstandard: common[zstd] brings it."""

import io
from typing import IO, Any

import zstandard

READ_BYTES = 1 << 12  # packed bytes at a time: even a file of zeros unpacks to no more than some 100 MB at once
BUFFER_BYTES = 1 << 17  # unpacked


class _ZstdFile(io.RawIOBase):
    """zstandard's own reader takes a file that ends within a frame for a whole one."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._is_between = True
        self._waiting, self._at = b"", 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """At most len(buffer) bytes; 0 at the end. EOFError or OSError where the file is damaged."""
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
            try:
                parts.append(self._frame.decompress(packed))
            except zstandard.ZstdError as exc:
                raise OSError(f"not Zstandard: {exc}") from exc
            self._is_between, packed = self._frame.eof, self._frame.unused_data
            if self._is_between:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
        return b"".join(parts)


def unpack_zstd(packed: IO[bytes]) -> IO[bytes]:
    """The unpacked bytes of an open file. Closing the result leaves `packed` open."""
    return io.BufferedReader(_ZstdFile(packed), buffer_size=BUFFER_BYTES)
