"""Prices one chunk of a catalogue: the function that every worker of every engine runs.

A chunk's requests and results are files side by side; results are written last, through a rename: a chunk with results is done
and is not priced again. Knows nothing of the catalogue's own columns.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from common.pricing import PriceRequest
from common.product_files.record import Unreadable
from frontier_rag.describe.schemas import DescribeRequest
from training.catalogue.asking import Asked, Asking, Priced, connect
from training.catalogue.describing import Describes, connect_describer
from training.data.whole_files import whole_file


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of a catalogue, by the number of the chunk. `folder` lies where workers see it."""

    folder: Path
    number: int

    @property
    def requests(self) -> Path:
        """What to ask: a request or a problem a line."""
        return self.folder / f"{self.number:07d}.requests.jsonl"

    @property
    def results(self) -> Path:
        """What came of it: a Priced a line."""
        return self.folder / f"{self.number:07d}.results.jsonl"


@dataclass(frozen=True, slots=True)
class Report:
    """A finished chunk."""

    number: int
    rows: int
    failed: int


def _write(path: Path, values: Sequence[object]) -> None:
    with whole_file(path) as part:
        part.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")


def _read(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


@dataclass(frozen=True, slots=True)
class Asks:
    """What is asked about a row: its price, and a text where `told` says of what."""

    price: PriceRequest
    told: DescribeRequest | None = None

    def as_json(self) -> dict[str, object]:
        """As a line of a file."""
        told = {"told": self.told.model_dump(exclude_none=True)} if self.told else {}
        return self.price.model_dump(exclude_none=True) | told


def _row(found: dict[str, object]) -> Asks | Unreadable:
    if "reason" in found:
        return Unreadable(str(found["reason"]))
    told = found.pop("told", None)
    return Asks(PriceRequest.model_validate(found), None if told is None else DescribeRequest.model_validate(told))


def write_requests(chunk: Chunk, rows: Sequence[Asks | Unreadable]) -> None:
    """Put down what a worker is to ask."""
    _write(chunk.requests, [{"reason": row.reason} if isinstance(row, Unreadable) else row.as_json() for row in rows])


def read_results(chunk: Chunk) -> list[Priced]:
    """The results of a finished chunk, one for each of its rows."""
    return [Priced(**found) for found in _read(chunk.results)]  # type: ignore[arg-type]


class ChunkPricer:
    """A worker: connects to the pricer, or loads it, once; prices chunk after chunk. `describer`: who writes texts, if anybody."""

    def __init__(self, asking: Asking, asked: Asked | None = None, describer: Describes | None = None) -> None:
        self.asking = asking
        self.runner = asyncio.Runner()
        self.asked = asked or self.runner.run(connect(asking))
        self.describer = describer or (self.runner.run(connect_describer(asking)) if asking.describer else None)

    def __call__(self, chunk: Chunk) -> Report:
        """Price the chunk's requests and write the results. PricingAgentError when the pricer cannot answer."""
        if not chunk.results.exists():  # else a worker died between writing them and saying so
            rows = [_row(found) for found in _read(chunk.requests)]
            answers = iter(self.runner.run(self._ask([row for row in rows if isinstance(row, Asks)])))
            results = [Priced(error=row.reason) if isinstance(row, Unreadable) else next(answers) for row in rows]
            _write(chunk.results, [asdict(result) for result in results])
        chunk.requests.unlink(missing_ok=True)
        written = read_results(chunk)
        return Report(chunk.number, len(written), sum(bool(result.error) for result in written))

    def close(self) -> None:
        """Give back connections and event loop."""
        self.runner.run(self.asked.aclose())
        if self.describer:
            self.runner.run(self.describer.aclose())
        self.runner.close()

    async def _ask(self, rows: Sequence[Asks]) -> list[Priced]:
        size = self.asking.batch
        batches = [rows[start : start + size] for start in range(0, len(rows), size)]
        return [priced for batch in batches for priced in await self._ask_batch(batch)]

    async def _ask_batch(self, rows: Sequence[Asks]) -> Sequence[Priced]:
        """Prices, and the texts of those rows that have one asked for. A row that cannot be described keeps its price."""
        priced = await self.asked.ask([row.price for row in rows])
        told = [row.told for row in rows if row.told]
        if self.describer is None or not told:
            return priced
        texts = iter(await self.describer.describe(told))
        return [replace(each, **asdict(next(texts))) if row.told else each for row, each in zip(rows, priced, strict=True)]
