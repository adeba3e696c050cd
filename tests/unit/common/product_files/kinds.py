"""Product files of every kind, made from the same rows."""

import csv
import gzip
import io
import json
import lzma
from collections.abc import Callable, Sequence

import pyarrow
import zstandard
from pyarrow import parquet

Rows = Sequence[dict[str, str]]
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.compress,
}


def json_lines(rows: Rows) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def csv_table(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def parquet_table(rows: Rows) -> bytes:
    target = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(list(rows)), target)
    return target.getvalue()


def every_kind(rows: Rows) -> dict[str, bytes]:
    """The rows as files, by the ends of their names."""
    texts = {".jsonl": json_lines(rows), ".csv": csv_table(rows)}
    packed = {kind + suffix: pack(text) for kind, text in texts.items() for suffix, pack in PACKERS.items()}
    return packed | {".parquet": parquet_table(rows)}
