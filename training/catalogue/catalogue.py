"""A catalogue on its way: its rows in chunks, the folder that keeps the finished ones, and what became of all rows.

The folder lies beside the output, says of which run it is, and is gone on with by the same command alone. Knows no pricer.
"""

import itertools
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.product_files.reading import read
from common.product_files.record import Record, Unreadable
from training.catalogue.chunk import Chunk, read_results
from training.catalogue.writing import Block

HEADER = "run.json"


class CatalogueError(Exception):
    """The catalogue cannot be priced like this; the message says what to do."""


@dataclass(frozen=True)
class Catalogue:
    """What is priced into what, and how many rows make a chunk."""

    source: Path
    target: Path
    rows: int

    @property
    def folder(self) -> Path:
        """Where finished chunks lie until all are."""
        return self.target.with_name(f"{self.target.name}.part")

    def chunk(self, number: int) -> Chunk:
        """The chunk of that number."""
        return Chunk(self.folder, number)

    def blocks(self) -> Iterator[tuple[int, list[Record | Unreadable]]]:
        """The rows in chunks, numbered."""
        rows = read(self.source)
        number = 0
        while block := list(itertools.islice(rows, self.rows)):
            yield number, block
            number += 1

    def priced(self) -> Iterator[Block]:
        """Every chunk's rows with their results. CatalogueError where these are not of these rows."""
        for number, block in self.blocks():
            results = read_results(self.chunk(number))
            if len(results) != len(block):
                raise CatalogueError(f"{self.chunk(number).results} is damaged: remove it and run the same command again")
            yield block, results

    def counts(self) -> dict[str, int]:
        """What became of all rows; `degraded` are those priced without one of the ensemble's members."""
        counts = {"n": 0, "priced": 0, "failed": 0, "degraded": 0}
        numbers = itertools.takewhile(lambda number: self.chunk(number).results.exists(), itertools.count())
        for number in numbers:
            for result in read_results(self.chunk(number)):
                counts["n"] += 1
                counts["failed" if result.error else "priced"] += 1
                counts["degraded"] += bool(result.degraded)
        return counts


def prepare(catalogue: Catalogue, header: dict[str, Any], restart: bool) -> None:
    """Make OUT.part, or go on with it. CatalogueError when it is of another run: nobody's work is thrown away unasked."""
    path, part = catalogue.folder / HEADER, catalogue.folder / "run.tmp"
    if not path.exists() and catalogue.folder.exists() and set(catalogue.folder.iterdir()) - {part}:
        raise CatalogueError(f"{catalogue.folder} is no folder of this program: move it away, it would be removed at the end")
    if restart and path.exists():
        shutil.rmtree(catalogue.folder)
    if path.exists():
        _compare(catalogue.folder, path, header)
        return
    catalogue.folder.mkdir(parents=True, exist_ok=True)
    part.write_text(json.dumps(header, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def _compare(folder: Path, path: Path, header: dict[str, Any]) -> None:
    try:
        found = dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        found = {}
    differing = [name for name in header if found.get(name) != header[name]]
    if differing:
        there = ", ".join(f"{name} {found.get(name)!r} there, {header[name]!r} now" for name in differing)
        raise CatalogueError(f"{folder} holds another run ({there}): finish that one, or add --restart to forget it")
