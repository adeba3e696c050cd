"""Opens files that may be packed: plain, .gz, .xz or .zst, by the end of their name. All readers of product files go through here.

Bytes, not text: one line in another encoding must cost that line alone. Knows nothing of what the files hold.
"""

import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

PACKED = (".gz", ".xz", ".zst")
# What reading a packed file raises when it is damaged or ends early.
DAMAGED = (EOFError, OSError, zlib.error, lzma.LZMAError)


def unpack(packed: IO[bytes], suffix: str) -> IO[bytes]:
    """The unpacked bytes of an open file, by the end of its name. Closing the result leaves `packed` open."""
    if suffix == ".zst":
        from common.product_files.zstd import unpack_zstd

        return unpack_zstd(packed)
    packers: dict[str, Callable[[IO[bytes]], Any]] = {".gz": gzip.open, ".xz": lzma.open}
    return cast(IO[bytes], packers[suffix](packed)) if suffix in packers else packed


@contextmanager
def open_packed(path: Path) -> Iterator[IO[bytes]]:
    """The unpacked bytes of a file, as a stream. OSError where it cannot be opened; reading raises one of DAMAGED."""
    with path.open("rb") as packed, unpack(packed, path.suffix) as file:
        yield file
