"""One fine-tuning from uploaded files to the new model's name: begun where it is not, gone on with where it is, and followed.

What was paid for is kept as soon as it is there. Knows nothing of what the files hold.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from common.artifact import sha256
from frontier_rag.settings import Settings
from training.command_line.log import log
from training.fine_tuning import state
from training.fine_tuning.examples import TRAIN, VALIDATION
from training.fine_tuning.job_settings import JobSettings
from training.fine_tuning.jobs import Access, FineTuneError, Jobs, Polling, follow
from training.fine_tuning.state import State

COMMAND = "uv run python -m training.openai_fine_tune"
T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How the API is called: `timeout` seconds for a try and `retries` more; `poll` seconds between looks, for `max_wait` hours."""

    timeout: float
    retries: int
    poll: float
    max_wait: float

    def access(self) -> Access:
        """The endpoint that the environment names; FineTuneError when there is none."""
        settings = Settings()
        if not settings.has_chat:
            raise FineTuneError("set OPENAI_API_KEY, or OPENAI_BASE_URL for another endpoint (--dry-run needs neither)")
        secret = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
        return Access(settings.openai_base_url or "", secret, self.timeout, self.retries)

    def polling(self) -> Polling:
        """How a job is followed."""
        return Polling(first=self.poll, longest=self.max_wait * 3600)


def on_endpoint(access: Access, work: Callable[[Jobs], Awaitable[T]]) -> T:
    """What `work` gives, run to its end; the connections are closed after it."""

    async def body() -> T:
        jobs = Jobs(access)
        try:
            return await work(jobs)
        finally:
            await jobs.aclose()

    return asyncio.run(body())


def kept_state(out: Path, settings: JobSettings, base_url: str) -> State:
    """What an earlier run of the same settings, examples and endpoint has reached."""
    request = settings.request(*(sha256(out / name) for name in (TRAIN, VALIDATION)))
    return state.load(out, state.fingerprint_of({**request, "endpoint": base_url}))


async def train(jobs: Jobs, kept: State, out: Path, settings: JobSettings, polling: Polling) -> tuple[str, int | None]:
    """Start or go on, follow, keep the model's name; that name and the tokens billed."""
    model, tokens = await follow_to_model(jobs, await start(jobs, kept, out, settings), polling)
    kept.model = model
    kept.save(out)
    return model, tokens


async def start(jobs: Jobs, kept: State, out: Path, settings: JobSettings) -> str:
    """Upload and start what is not there yet; the job's id."""
    for field, name in (("training_file", TRAIN), ("validation_file", VALIDATION)):
        if not getattr(kept, field):
            setattr(kept, field, await jobs.upload(out / name))
            kept.save(out)
            log(f"uploaded {name} as {getattr(kept, field)}")
    if not kept.job:
        kept.job = (await jobs.create(settings.request(kept.training_file, kept.validation_file))).id
        kept.save(out)
        log(f"started {kept.job}")
    return kept.job


async def follow_to_model(jobs: Jobs, identity: str, polling: Polling) -> tuple[str, int | None]:
    """The new model's name and the tokens billed. FineTuneError when the job failed or was cancelled."""
    log(f"following {identity}; Ctrl-C leaves it running, `{COMMAND} --job {identity}` follows it again")
    job = await follow(jobs, identity, polling, log)
    if job.status != "succeeded" or not job.fine_tuned_model:
        why = f": {job.error.message} ({job.error.code})" if job.error and job.error.message else ""
        raise FineTuneError(
            f"the job {identity} {'was' if job.status == 'cancelled' else 'has'} {job.status}{why}; --again starts anew"
        )
    log(f"the model is {job.fine_tuned_model}, {job.trained_tokens or 0:,} tokens were trained on")
    return job.fine_tuned_model, job.trained_tokens


async def cancel(jobs: Jobs, identity: str) -> dict[str, Any]:
    """Stop a job."""
    job = await jobs.cancel(identity)
    log(f"{job.id} is {job.status}")
    return {"job": job.id, "status": job.status}
