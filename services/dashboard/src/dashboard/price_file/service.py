"""Prices dropped files, one batch at a time, and keeps what came of them for an hour: in memory and in private files, no longer.

A page starts a job, looks how far it is, and fetches the result. A restart forgets them all: the person has the file. Rows with an
offered price are judged, as POST /judge does; the others are priced. While the ensemble is away a job waits.
"""

import asyncio
import secrets
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from anyio import to_thread

from common.background import BackgroundTask
from common.errors import NotFoundError, OverloadedError, PricingAgentError, UnavailableError
from common.judging import JudgeBatchResponse, JudgedItem, Judgement
from common.pricing import BatchResponse, ItemError, PricedItem, PriceResponse
from dashboard.peers import M, Peer, parsed
from dashboard.price.verdict import verdict_of
from dashboard.price_file.job import Job, State
from dashboard.price_file.table import Answer, Asked, Table, asked_of, kind_of, read_table, write_table

BATCH = 50  # rows of a batch: a second or two, so that whoever asks for one price waits no longer
KEPT = 3_600.0  # seconds for which a job is kept after its end
MOST_JOBS, MOST_AT_ONCE = 20, 4  # that are kept, and that wait or run
PATIENCE = 600.0  # seconds for which a job waits for the ensemble
_PAUSE = 5.0


class PriceFiles:
    """The use case, over the ensemble. `clock` is monotonic. Belongs to one event loop; `aclose` at the end."""

    def __init__(
        self,
        ensemble: Peer,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ensemble, self._clock, self._sleep = ensemble, clock, sleep
        self._jobs: dict[str, Job] = {}
        self._work: dict[str, BackgroundTask] = {}
        self._turn = asyncio.Lock()  # one batch at a time, whosever
        self._folder: Path | None = None

    def start(self, name: str, content: bytes) -> Job:
        """Begin to price a file. InvalidInputError says what is wrong with it, OverloadedError that others go first."""
        self._forget_old()
        kind = kind_of(name, content)
        if sum(not each.is_over for each in self._jobs.values()) >= MOST_AT_ONCE:
            raise OverloadedError(f"{MOST_AT_ONCE} files are being priced already: come back when one is done")
        while len(self._jobs) >= MOST_JOBS:
            self._forget(next(each.id for each in self._jobs.values() if each.is_over))
        job = Job(secrets.token_urlsafe(16), Path(name).name[:120], kind, self._clock())
        self._jobs[job.id] = job
        self._work[job.id] = BackgroundTask(f"price file {job.id}", lambda: self._run(job, content))
        self._work[job.id].start()
        return job

    def all(self) -> list[Job]:
        """Those that are kept, the latest first."""
        self._forget_old()
        return sorted(self._jobs.values(), key=lambda each: -each.started)

    def get(self, identifier: str) -> Job:
        """NotFoundError where there is none, or none any more."""
        self._forget_old()
        try:
            return self._jobs[identifier]
        except KeyError:
            raise NotFoundError("there is no such file: it is kept for an hour, and not over a restart") from None

    def age(self, job: Job) -> float:
        """Seconds since it was dropped."""
        return self._clock() - job.started

    def result(self, identifier: str) -> Path:
        """The priced file. NotFoundError where there is none, or none yet."""
        job = self.get(identifier)
        if not job.has_result:
            raise NotFoundError(
                "there is no priced file yet" if not job.is_over else f"there is no priced file: it has {job.state}"
            )
        return self._path(job)

    async def cancel(self, identifier: str) -> Job:
        """Stop it; what was priced is forgotten. One that is over stays as it is."""
        job = self.get(identifier)
        if not job.is_over:
            self._end(job, "cancelled")
            await self._work[job.id].stop()
        return job

    async def aclose(self) -> None:
        """Stop all, and delete what they made."""
        for work in self._work.values():
            await work.stop()
        if self._folder:
            await to_thread.run_sync(partial(shutil.rmtree, self._folder, ignore_errors=True))

    async def _run(self, job: Job, content: bytes) -> None:
        try:
            table = await to_thread.run_sync(read_table, content, job.kind)
            job.state, job.rows, job.columns = "pricing", len(table.rows), dict(table.columns.by_field)
            answers = await self._priced(job, table)
            await to_thread.run_sync(write_table, self._path(job), job.kind, table, answers)
            self._end(job, "done")
        except PricingAgentError as exc:
            self._end(job, "failed", str(exc))
        except OSError as exc:
            self._end(job, "failed", f"the priced file cannot be written: {exc.strerror or exc}")
        except Exception:
            self._end(job, "failed", "an unexpected error; the log has it")
            raise  # its owner logs it
        finally:
            if not job.is_over:  # stopped with the service
                self._end(job, "cancelled")

    async def _priced(self, job: Job, table: Table) -> list[Answer]:
        answers: list[Answer] = []
        for start in range(0, len(table.rows), BATCH):
            part = table.rows[start : start + BATCH]
            asked = [asked_of(row, table.columns) for _, row in part]
            found = await self._patiently(job, asked)
            for (number, _), answer in zip(part, found, strict=True):
                job.count(number, answer.verdict, "" if answer.price is not None else answer.error)
            answers += found
        return answers

    async def _patiently(self, job: Job, asked: Sequence[Asked | str]) -> list[Answer]:
        """A batch, tried again while the ensemble is away or busy."""
        until = self._clock() + PATIENCE
        while True:
            try:
                async with self._turn:
                    job.state, job.problem = "pricing", ""
                    return await self._answers(asked)
            except (UnavailableError, OverloadedError) as exc:
                if self._clock() >= until:
                    raise
                job.state, job.problem = "waiting", str(exc)
                await self._sleep(max(_PAUSE, exc.retry_after or 0.0))

    async def _answers(self, asked: Sequence[Asked | str]) -> list[Answer]:
        """Of offers what the judge says, of the others what they should cost."""
        found = [Answer(error=each) if isinstance(each, str) else Answer(error="it was not priced") for each in asked]
        wanted = [(at, each) for at, each in enumerate(asked) if isinstance(each, Asked)]
        offers, others = [each for each in wanted if each[1].offer], [each for each in wanted if not each[1].offer]
        results: list[PricedItem | JudgedItem] = []
        if offers:
            results += (await self._ask("/judge/batch", JudgeBatchResponse, offers)).results
        if others:
            results += (await self._ask("/price/batch", BatchResponse, others)).results
        if len(results) != len(wanted):
            raise UnavailableError(f"the ensemble answered {len(results)} results for {len(wanted)} rows")
        for (at, each), result in zip([*offers, *others], results, strict=True):
            found[at] = _answer(result, each)
        return found

    async def _ask(self, path: str, shape: type[M], wanted: Sequence[tuple[int, Asked]]) -> M:
        return parsed("ensemble", shape, await self._ensemble.post(path, {"items": [_item(each) for _, each in wanted]}))

    def _end(self, job: Job, state: State, problem: str = "") -> None:
        job.state, job.problem, job.ended = state, problem, self._clock()

    def _path(self, job: Job) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="priced-files-"))  # for its user alone
        return self._folder / f"{job.id}.{job.kind}"

    def _forget_old(self) -> None:
        now = self._clock()
        for job in [each for each in self._jobs.values() if each.ended is not None and now - each.ended >= KEPT]:
            self._forget(job.id)

    def _forget(self, identifier: str) -> None:
        job = self._jobs.pop(identifier)
        self._work.pop(identifier)
        self._path(job).unlink(missing_ok=True)


def _item(asked: Asked) -> dict[str, Any]:
    item = asked.request.model_dump(exclude_none=True)
    return item if asked.offer is None else item | {"offer": dict(asked.offer)}


def _answer(result: PriceResponse | Judgement | ItemError, asked: Asked) -> Answer:
    if isinstance(result, ItemError):
        return Answer(error=result.error.detail or result.error.title)
    if isinstance(result, PriceResponse):
        return Answer(result.price, result.low, result.high, error=asked.doubt)
    offered = float(asked.offer["price"]) if asked.offer else 0.0
    return Answer(result.worth, result.low, result.high, verdict_of(offered, result), result.saving)
