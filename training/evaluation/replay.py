"""Estimates that were made before, as a pricer: `replay:KEY` takes them from a key of the rows, `replay:FILE` from an earlier run.

A file is the estimates.jsonl of training.evaluate: {"item", "price", "low", "high"} a line, where "item" names the product by a
hash of its text, so that the file fits whatever part of the rows is evaluated. Knows nothing of truths.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from common.errors import InvalidInputError, UnavailableError
from common.pricing import PriceRequest
from training.data.rows import Row, read_records
from training.evaluation.pricers import Answer, checked

PREFIX = "replay:"
FILE_ENDS = (".jsonl", ".jsonl.gz", ".jsonl.xz", ".jsonl.zst")


def item_of(request: PriceRequest) -> str:
    """A product's name in a file of estimates: 16 hexadecimal digits of its text's hash."""
    return hashlib.blake2b(request.text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def recorded(source: str, rows: Sequence[Row], requests: Sequence[PriceRequest]) -> list[Answer | None]:
    """The estimates that `source` (a key or a file) holds for the rows; None where it holds none.

    Raises InvalidInputError where it holds none at all or something else than estimates, OSError where a file cannot be read.
    """
    try:
        found = from_file(Path(source), requests) if source.endswith(FILE_ENDS) else from_rows(source, rows)
    except (ValueError, UnavailableError) as exc:
        raise InvalidInputError(f"{PREFIX}{source}: {exc}", "pricer") from exc
    if rows and not any(found):
        raise InvalidInputError(f"{PREFIX}{source} holds no estimate for any of the {len(rows)} rows", "pricer")
    return found


def from_rows(key: str, rows: Sequence[Row]) -> list[Answer | None]:
    """Estimates under a key of the rows: a price, or an object or list of price, low and high."""
    return [_answer(f"row {number}", row.extra.get(key)) for number, row in enumerate(rows, 1)]


def from_file(path: Path, requests: Sequence[PriceRequest]) -> list[Answer | None]:
    """Estimates of an earlier run. Products of the same text get theirs in the order of the file."""
    kept: dict[str, list[Answer]] = {}
    for number, record in enumerate(read_records(path), 1):
        answer = _answer(f"line {number}", record) if "item" in record else None
        if answer:
            kept.setdefault(str(record["item"]), []).append(answer)
    return [_next(kept.get(item_of(request), [])) for request in requests]


def _next(answers: list[Answer]) -> Answer | None:
    if not answers:
        return None
    return answers.pop(0) if len(answers) > 1 else answers[0]


def _answer(where: str, value: Any) -> Answer | None:
    """None where nothing was recorded; ValueError for what is no estimate."""
    if isinstance(value, dict):
        value = [value.get(name) for name in ("price", "low", "high")]
    parts = [*value, None, None] if isinstance(value, list) else [value, None, None]
    if parts[0] is None:
        return None
    if any(isinstance(part, bool) or not isinstance(part, int | float | None) for part in parts[:3]):
        raise ValueError(f"{where}: {value!r:.80} is no estimate")
    return checked(where, *parts[:3])
