"""Cuts files into chunks (byte ranges of lines, row groups of Parquet) and reads the records of one chunk.

Whatever a file holds, reading goes on: what is no record comes out as a Reject with its reason. Knows no rule about products.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from common.product_files.json_lines import bounded_lines, skip_line
from common.product_files.packed import DAMAGED, PACKED, unpack
from common.product_files.record import DAMAGED_FILE, TOO_LONG, Unreadable, record_of

CHUNK_BYTES = 8 << 20
LINE_BYTES = 4 << 20  # of one line; metadata of one product is some kilobytes
SHOWN_BYTES = 2_000  # of a bad line in the rejects file
BATCH_ROWS = 1_000  # that go through the rules together
COLUMNS = ("title", "description", "features", "details", "price", "main_category", "parent_asin")  # of Parquet, if there
READ_BYTES = 1 << 16  # unpacked at a time: what damage costs at most


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the file `origin`. `path` lies where workers see it; bytes (or rows, in Parquet) `start` to `stop` of it.

    A packed file's chunk is a file of its own, unpacked, with `base` bytes before it.
    """

    number: int
    origin: Path
    path: Path
    start: int
    stop: int
    base: int = 0
    row_group: int | None = None
    is_unpacked: bool = False
    stored: int = 0  # bytes of the source that it stands for, packed as they are
    damage: str = ""  # why the file cannot be read from here on

    @property
    def name(self) -> str:
        """The source's name."""
        return self.origin.name

    def __str__(self) -> str:
        where = f"row group {self.row_group}" if self.row_group is not None else f"bytes {self.base + self.start}"
        return f"{self.name}, {where}"


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that is no record: why, its number within the chunk (from 0), its place in the file, and its beginning."""

    reason: str
    line: int
    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """One object of a source: its number within the chunk, its place in the file (bytes; rows in Parquet), its line as read."""

    line: int
    offset: int
    value: dict[str, Any]
    raw: bytes = b""

    def reject(self, reason: str) -> Reject:
        """The same as a bad line: for values that only turn out to be unusable later on."""
        return Reject(reason, self.line, self.offset, shown(self.raw) or str(self.value)[:SHOWN_BYTES])


def shown(line: bytes) -> str:
    """The beginning of a bad line as text that any reader takes; bytes that are no UTF-8 stand as \\xNN."""
    return line[:SHOWN_BYTES].decode("utf-8", "backslashreplace").rstrip("\r\n")


def _lines(file: IO[bytes], chunk: Chunk) -> Iterator[tuple[int, bytes, bool]]:
    """(offset, line, whether it is whole) of the lines that begin within the chunk."""
    at = chunk.start
    if at:  # a line that began before belongs to the chunk before
        file.seek(at - 1)
        at += skip_line(file, LINE_BYTES) - 1
    if at >= chunk.stop:
        return
    for line, size in bounded_lines(file, LINE_BYTES):
        yield at, line, size == len(line)
        at += size
        if at >= chunk.stop:
            return


def _record(found: dict[str, Any] | Unreadable, line: bytes, offset: int, number: int) -> Record | Reject:
    if isinstance(found, Unreadable):
        return Reject(found.kind, number, offset, shown(line))
    return Record(number, offset, found, line)


class Reading:
    """What a chunk holds, in order: Records and Rejects. `lines` counts what was read so far, empty lines too.

    OSError where its file cannot be opened.
    """

    def __init__(self, chunk: Chunk) -> None:
        self.chunk, self.lines = chunk, 0

    def __iter__(self) -> Iterator[Record | Reject]:
        if self.chunk.damage:
            return iter([Reject(DAMAGED_FILE, 0, self.chunk.base, self.chunk.damage[:SHOWN_BYTES])])
        return self._of_lines() if self.chunk.row_group is None else self._of_parquet()

    def _of_lines(self) -> Iterator[Record | Reject]:
        from orjson import loads

        with self.chunk.path.open("rb") as file:
            for at, line, is_whole in _lines(file, self.chunk):
                offset, number = self.chunk.base + at, self.lines
                self.lines += 1
                if not is_whole:
                    yield Reject(TOO_LONG, number, offset, shown(line))
                elif not line.isspace():
                    yield _record(record_of(line, loads), line, offset, number)

    def _of_parquet(self) -> Iterator[Record | Reject]:
        from common.product_files import parquet_table

        try:
            for value in parquet_table.records(self.chunk.path, self.chunk.row_group, COLUMNS):
                self.lines += 1
                yield Record(self.lines - 1, self.chunk.start + self.lines - 1, value)
        except parquet_table.DAMAGED as exc:
            why = f"the rest of the row group cannot be read: {exc}"[:SHOWN_BYTES]
            yield Reject(DAMAGED_FILE, self.lines, self.chunk.start + self.lines, why)


def _parquet_chunks(path: Path) -> Iterator[Chunk]:
    from common.product_files import parquet_table

    try:
        groups = parquet_table.row_groups(path)
    except parquet_table.DAMAGED as exc:
        yield Chunk(0, path, path, 0, 0, damage=f"not a Parquet file: {exc}")
        return
    start, share = 0, path.stat().st_size // max(len(groups), 1)
    for group, rows in enumerate(groups):
        yield Chunk(0, path, path, start, start + rows, row_group=group, stored=share)
        start += rows


def _unpacked_blocks(path: Path, size: int) -> Iterator[tuple[int, bytes, int]]:
    """(offset, block of whole lines, packed bytes read so far). Of a line that outgrows a block the rest is skipped."""
    at, held, is_skipping = 0, bytearray(), False
    damage: BaseException | None = None
    with path.open("rb") as packed, unpack(packed, path.suffix) as file:
        while True:
            try:
                piece = file.read1(READ_BYTES)  # type: ignore[attr-defined]  # every kind that unpack gives has it
            except DAMAGED as exc:
                piece, damage = b"", exc
            if not piece:
                break
            if is_skipping:
                end = piece.find(b"\n") + 1
                at += end or len(piece)
                is_skipping, piece = not end, piece[end:] if end else b""
            held += piece
            if len(held) >= size:
                end = held.rfind(b"\n") + 1
                is_skipping, end = not end, end or len(held)
                yield at, bytes(held[:end]), packed.tell()
                at += end
                del held[:end]
    if held:  # what was read before the damage counts
        yield at, bytes(held), path.stat().st_size
    if damage:
        raise damage


def _packed_chunks(path: Path, folder: Path, size: int) -> Iterator[Chunk]:
    """Each block is written to `folder` as it is asked for; whoever takes the worker's report removes it."""
    stem = hashlib.blake2b(str(path).encode(), digest_size=6).hexdigest()
    end = read = 0
    try:
        for base, block, packed in _unpacked_blocks(path, max(size, LINE_BYTES)):
            part = folder / f"{stem}-{base}.jsonl"
            part.write_bytes(block)
            end = base + len(block)
            yield Chunk(0, path, part, 0, len(block), base=base, is_unpacked=True, stored=packed - read)
            read = packed
    except DAMAGED as exc:
        yield Chunk(0, path, path, 0, 0, base=end, damage=f"the file is damaged or ends early: {exc}")


def cut(paths: list[Path], folder: Path, size: int = CHUNK_BYTES) -> Iterator[Chunk]:
    """Chunks of all files in order, numbered; a packed file's are unpacked into `folder` one by one, as they are drawn."""
    number = 0
    for path in paths:
        for chunk in _chunks_of(path, folder, size):
            yield replace(chunk, number=number)
            number += 1


def _chunks_of(path: Path, folder: Path, size: int) -> Iterator[Chunk]:
    if path.suffix == ".parquet":
        yield from _parquet_chunks(path)
    elif path.suffix in PACKED:
        yield from _packed_chunks(path, folder, size)
    else:
        total = path.stat().st_size
        for start in range(0, total, size):
            stop = min(start + size, total)
            yield Chunk(0, path, path, start, stop, stored=stop - start)
