"""Estimates on disk as they come, so that a run that was cut short goes on where it stopped.

A file holds a header, which says of what the estimates are, then a line {"row", "item", "price", "low", "high"} for each row. It is
written under a temporary name and renamed when complete, so that only an unfinished run is ever resumed.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.evaluation.pricers import Answer

Header = Mapping[str, Any]


class Ledger:
    """Answers by the row's position. `path` is the file that holds them at the end; without one they are in memory alone."""

    def __init__(self, path: Path | None, header: Header, items: Sequence[str]) -> None:
        self.path, self.header, self.items = path, header, items
        self.part = path.with_suffix(f".part{path.suffix}") if path else None  # where an unfinished run keeps what it has
        self.answers: dict[int, Answer] = {}
        if self.part:
            self.part.parent.mkdir(parents=True, exist_ok=True)
            self.answers = _read(self.part, header, items)
            self._write(self.part, "w", self._lines(sorted(self.answers), header))

    @property
    def missing(self) -> list[int]:
        """Positions of the rows that have no answer yet."""
        return [position for position in range(len(self.items)) if position not in self.answers]

    def add(self, positions: Sequence[int], answers: Sequence[Answer]) -> None:
        """Keep the answers for the rows at `positions`."""
        self.answers.update(zip(positions, answers, strict=True))
        if self.part:
            self._write(self.part, "a", self._lines(positions))

    @property
    def ordered(self) -> list[Answer]:
        """All answers, in the order of the rows; KeyError while one is missing."""
        return [self.answers[position] for position in range(len(self.items))]

    def close(self) -> None:
        """The run is complete: the file takes its name, in the order of the rows."""
        if self.path and self.part:
            self._write(self.part, "w", self._lines(range(len(self.items)), self.header))
            os.replace(self.part, self.path)

    def _lines(self, positions: Sequence[int], header: Header | None = None) -> list[str]:
        said = [(i, self.answers[i]) for i in positions]
        records = [{"row": i, "item": self.items[i], "price": a.price, "low": a.low, "high": a.high} for i, a in said]
        return [json.dumps(record) for record in ([dict(header)] if header is not None else []) + records]

    @staticmethod
    def _write(path: Path, mode: str, lines: Sequence[str]) -> None:
        with path.open(mode, encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)


def _read(path: Path, header: Header, items: Sequence[str]) -> dict[int, Answer]:
    """The answers of an unfinished run with the same header; a line cut short by a crash ends them."""
    answers: dict[int, Answer] = {}
    if not path.exists():
        return answers
    lines = path.read_text(encoding="utf-8").splitlines()
    try:
        if json.loads(lines[0]) != header:
            return answers
        for line in lines[1:]:
            record = json.loads(line)
            if items[record["row"]] == record["item"]:
                answers[record["row"]] = Answer(record["price"], record["low"], record["high"])
    except (ValueError, LookupError, TypeError):
        pass
    return answers
