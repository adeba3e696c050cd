"""Files and fine-tuning jobs of OpenAI's API: upload, start without starting twice, follow, cancel.

Every call has a deadline, a bounded answer and retries that honour Retry-After. Knows nothing of examples or prices.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from openai import APIStatusError, AsyncOpenAI, OpenAIError
from openai.types import FileObject
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent

from common.bounded_answer import BoundedTransport
from common.errors import UnavailableError
from common.retry import Backoff, Retry
from common.retry_after import read_retry_after

RUNNING = ("validating_files", "queued", "running", "paused")
ENDED = ("succeeded", "failed", "cancelled")
WORTH_RETRYING = (408, 409, 429)  # and every 5xx
LONGEST_WAIT = 120.0  # seconds between tries, whatever the endpoint asks for
PAUSES = Backoff(first=1.0, longest=LONGEST_WAIT)
MOST_JOBS, MOST_EVENTS, PAGE = 500, 10_000, 100
FAILED_POLLS = 10  # in a row; then following ends, the job does not
T = TypeVar("T")


class FineTuneError(Exception):
    """The endpoint refuses, or the job failed; another try would end the same."""


@dataclass(frozen=True)
class Access:
    """Where the API is and how patiently it is called; seconds. Empty: the client library's own defaults."""

    base_url: str = ""
    key: str = ""
    timeout: float = 60.0
    retries: int = 5

    @property
    def deadline(self) -> float:
        """Of one call with all its retries."""
        return (self.retries + 1) * (self.timeout + 10)


@dataclass(frozen=True)
class Polling:
    """How a job is followed; seconds. The pause grows while nothing happens."""

    first: float = 2.0
    most: float = 60.0
    growth: float = 1.5
    longest: float = 24 * 3600.0


class Jobs:
    """The API's files and fine-tuning jobs."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._client = AsyncOpenAI(
            api_key=access.key or "none",
            base_url=access.base_url or None,
            max_retries=access.retries,
            timeout=access.timeout,
            http_client=httpx2.AsyncClient(transport=BoundedTransport(), timeout=access.timeout),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def upload(self, path: Path) -> str:
        """The id of the uploaded file."""
        file = await self._call(
            f"uploading {path.name}",
            lambda: self._client.files.create(file=(path.name, path.read_bytes(), "application/jsonl"), purpose="fine-tune"),
        )
        if not isinstance(file, FileObject) or not isinstance(file.id, str) or not file.id:
            raise UnavailableError(f"uploading {path.name}: the endpoint answered with something else than a file")
        if file.status == "error":
            raise FineTuneError(f"the endpoint refused {path.name}: {file.status_details or 'no reason given'}")
        return file.id

    async def create(self, wanted: dict[str, Any]) -> FineTuningJob:
        """Start a job, or find the one that runs on the same training file: a try whose answer got lost may have started it.

        Retries here, not in the client library, which would start it twice.
        """
        once = self._client.with_options(max_retries=0)

        async def find_or_start() -> FineTuningJob:
            found = await self.find(wanted["training_file"], once)
            return found or _job(await self._call("starting the job", lambda: once.fine_tuning.jobs.create(**wanted)))

        return await Retry(_asked_pause, self.access.retries + 1, PAUSES).acall(find_or_start)

    async def find(self, training_file: str, client: AsyncOpenAI | None = None) -> FineTuningJob | None:
        """The newest job on this file, if there is one."""

        async def search() -> FineTuningJob | None:
            count = 0
            first = await (client or self._client).fine_tuning.jobs.list(limit=PAGE)
            async for page in first.iter_pages():
                # The library takes a page without data for the last one; taken for "no job", it could start a second one.
                if not isinstance(page.data, list):
                    raise UnavailableError("listing jobs: the endpoint answered with something else than a list")
                for job in page.data:
                    if isinstance(job, FineTuningJob) and job.training_file == training_file:
                        return _job(job)
                count += len(page.data)
                if count >= MOST_JOBS:
                    break
            return None

        return await self._call("listing jobs", search)

    async def job(self, identity: str) -> FineTuningJob:
        """How the job is doing."""
        return _job(await self._call("asking for the job", lambda: self._client.fine_tuning.jobs.retrieve(identity)))

    async def cancel(self, identity: str) -> FineTuningJob:
        """Stop the job."""
        return _job(await self._call("cancelling the job", lambda: self._client.fine_tuning.jobs.cancel(identity)))

    async def events(self, identity: str, seen: set[str]) -> list[FineTuningJobEvent]:
        """Events that are not in `seen`, oldest first; adds them to it. The API lists the newest first, page by page."""

        async def collect() -> list[FineTuningJobEvent]:
            found: list[FineTuningJobEvent] = []
            new = set(seen)
            async for event in self._client.fine_tuning.jobs.list_events(identity, limit=PAGE):
                if not isinstance(event, FineTuningJobEvent) or not event.id or event.id in new or len(found) >= MOST_EVENTS:
                    break
                new.add(event.id)
                found.append(event)
            return found[::-1]

        found = await self._call("listing events", collect)
        seen.update(event.id for event in found)
        return found

    async def _call(self, what: str, make: Callable[[], Awaitable[T]]) -> T:
        """FineTuneError where the endpoint refuses, UnavailableError where it fails: then another try may succeed."""
        try:
            async with asyncio.timeout(self.access.deadline):
                return await make()
        except TimeoutError as exc:
            raise UnavailableError(f"{what}: no answer within {self.access.deadline:.0f} s") from exc
        except APIStatusError as exc:
            lasting = exc.status_code < 500 and exc.status_code not in WORTH_RETRYING
            if lasting or exc.code == "insufficient_quota":
                raise FineTuneError(f"{what}: {exc}") from exc
            failure = UnavailableError(f"{what}: {exc}")
            failure.retry_after = read_retry_after(exc.response.headers.get("retry-after")) or failure.retry_after
            raise failure from exc
        except (OpenAIError, httpx2.HTTPError, ValueError, TypeError, AttributeError) as exc:
            # The library builds its objects from whatever JSON comes, so that garbage shows as any of these.
            raise UnavailableError(f"{what}: {str(exc) or type(exc).__name__}") from exc


def _asked_pause(error: Exception) -> float | None:
    return min(error.retry_after, LONGEST_WAIT) if isinstance(error, UnavailableError) else None


def _job(job: object) -> FineTuningJob:
    """The job, if it is one."""
    if not isinstance(job, FineTuningJob) or not isinstance(job.id, str) or job.status not in (*RUNNING, *ENDED):
        raise UnavailableError(f"the endpoint answered with something else than a fine-tuning job: {str(job)[:80]}")
    return job


async def follow(jobs: Jobs, identity: str, polling: Polling, say: Callable[[str], None]) -> FineTuningJob:
    """Tell the job's events as they come, until it has ended. UnavailableError when the endpoint fails for too long."""
    seen: set[str] = set()
    pause, failures, until, status = polling.first, 0, time.monotonic() + polling.longest, ""
    while True:
        try:
            job = await jobs.job(identity)
            news = await jobs.events(identity, seen)
            failures = 0
        except UnavailableError as exc:
            failures += 1
            if failures >= FAILED_POLLS:
                raise UnavailableError(f"{failures} polls in a row failed, the last one so: {exc}") from exc
            say(f"{exc}; trying again")
        else:
            for event in news:
                say(_line(event))
            if job.status in ENDED:
                return job
            if job.status != status:
                say(f"the job is {job.status.replace('_', ' ')}")
            pause = polling.first if news or job.status != status else pause
            status = job.status
        if time.monotonic() + pause > until:
            raise UnavailableError(f"the job has not ended within {polling.longest / 3600:.1f} hours")
        await asyncio.sleep(pause)
        pause = min(polling.most, pause * polling.growth)


def _line(event: FineTuningJobEvent) -> str:
    when = time.strftime("%H:%M:%S", time.localtime(event.created_at)) if isinstance(event.created_at, int) else "--:--:--"
    mark = "" if event.level == "info" else f"{event.level}: "
    return f"{mark}{event.message} [{when}]"
