"""Fine-tunes a chat model on OpenAI's API (or one that speaks it) to price products, and judges it: the published frontier way.

    uv run python -m training.openai_fine_tune --dry-run                    # write and check the examples, pay nothing
    uv run python -m training.openai_fine_tune [--train 200] [--validation 50]   # OPENAI_API_KEY, OPENAI_BASE_URL
    uv run python -m training.openai_fine_tune --job ID [--cancel]          # follow a job again, or stop it

The examples' texts go to the endpoint. Ids of files and job are kept in --out: the same command goes on where it stopped and pays
nothing twice. The last line is one JSON object. Knows nothing of our own pricers.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from common.artifact import sha256, write_meta
from common.errors import UnavailableError
from frontier_rag.settings import Settings
from training import baselines
from training.data.parts import data_folder, data_hashes, load_parts
from training.data.rows import drop_repeats
from training.fine_tuning import examples, state
from training.fine_tuning.examples import ExampleError, Report
from training.fine_tuning.jobs import Access, FineTuneError, Jobs, Polling, follow
from training.fine_tuning.state import State, StateError

COMMAND = "uv run python -m training.openai_fine_tune"
FORMAT_VERSION = 1
TRAIN, VALIDATION = "train.jsonl", "validation.jsonl"
INTERRUPTED = baselines.INTERRUPTED
T = TypeVar("T")


def log(words: str) -> None:
    """A line with the time."""
    print(time.strftime("%H:%M:%S"), words, flush=True)


def _number_or_auto(kind: Callable[[str], float]) -> Callable[[str], float | str]:
    def parse(text: str) -> float | str:
        value = text if text == "auto" else kind(text)
        if isinstance(value, int | float) and value <= 0:
            raise ValueError(text)
        return value

    parse.__name__ = f"positive {kind.__name__} or auto"  # argparse shows it
    return parse


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: $PRICER_DATA/data, else ../shared/data)")
    add("--out", type=Path, default=Path("runs/openai-fine-tune"), help="examples, kept ids, figures (runs/openai-fine-tune)")
    add("--train", type=int, default=200, help="examples to learn from (200)")
    add("--validation", type=int, default=50, help="examples that the endpoint measures the loss on (50)")
    add("--balance", type=float, default=1.0, help="power of price in the draw's weights (1.0)")
    add("--balance-rest", type=float, default=0.3, help="the same for the shops' rows and appliances (0.3)")
    add("--model", default="gpt-4o-mini-2024-07-18", help="the model to start from (gpt-4o-mini-2024-07-18)")
    add("--epochs", type=_number_or_auto(int), default=1, help="passes, or auto (1)")
    add("--batch-size", type=_number_or_auto(int), default="auto", help="examples a step (auto)")
    add("--lr-multiplier", type=_number_or_auto(float), default="auto", help="of the learning rate (auto)")
    add("--seed", type=int, default=42, help="of the draw and of the job (42)")
    add("--suffix", default="pricer", help="part of the new model's name, at most 64 characters (pricer)")
    add("--wandb", metavar="PROJECT", help="report to this Weights & Biases project; its key is set in the endpoint's settings")
    add("--dry-run", action="store_true", help="stop after the examples are checked")
    add("--job", metavar="ID", help="follow this job rather than start one")
    add("--cancel", action="store_true", help="stop the job (--job's, else the kept one)")
    add("--again", action="store_true", help="forget the kept ids and start anew: this pays again")
    add("--poll", type=float, default=2.0, help="seconds between two looks at the job, growing to a minute (2)")
    add("--max-wait", type=float, default=24.0, help="hours until following ends; the job goes on (24)")
    add("--timeout", type=float, default=60.0, help="seconds for one try of a call (60)")
    add("--retries", type=int, default=5, help="further tries after 429, 5xx and broken connections (5)")
    add("--rows", type=int, default=250, help="evaluation rows that the new model is asked; 0: all; -1: none (250)")
    args = parser.parse_args(argv)
    if not 1 <= len(args.suffix) <= 64 or args.poll <= 0 or args.timeout <= 0 or args.retries < 0 or args.max_wait <= 0:
        parser.error("--suffix takes 1 to 64 characters, --poll, --timeout and --max-wait more than 0, --retries 0 or more")
    if min(args.train, args.validation) < examples.LEAST_EXAMPLES:
        parser.error(f"--train and --validation take at least {examples.LEAST_EXAMPLES}")
    return args


def prepare(args: argparse.Namespace) -> tuple[Report, Report]:
    """Draw, write and check both files. ExampleError lists what is wrong."""
    log("reading the products and leaving out repeats, about half a minute")
    parts = load_parts(data_folder(args.data))
    balance = (args.balance, args.balance_rest)
    train = examples.draw(examples.distinct(parts.fit), args.train, args.seed, balance)
    # What is held out repeats no fitted row but by the rarest of chains; the check below would find it.
    validation = examples.draw(drop_repeats(examples.distinct(parts.held), of=train), args.validation, args.seed, balance)
    args.out.mkdir(parents=True, exist_ok=True)
    for name, rows in ((TRAIN, train), (VALIDATION, validation)):
        examples.write(args.out / name, rows)
    reports = examples.check_file(args.out / TRAIN), examples.check_file(args.out / VALIDATION)
    examples.ensure([*reports[0].problems, *reports[1].problems, *examples.check_repeats(*reports, parts.dev)])
    for report in reports:
        log(f"{report.path}: {json.dumps(report.summary())}")
    if args.epochs != "auto":
        log(f"about {reports[0].tokens * args.epochs:,} tokens will be billed for training")
    return reports


def job_request(args: argparse.Namespace, files: tuple[str, str]) -> dict[str, Any]:
    """The body of POST /fine_tuning/jobs."""
    hyperparameters = {
        "n_epochs": args.epochs,
        "batch_size": args.batch_size,
        "learning_rate_multiplier": args.lr_multiplier,
    }
    request: dict[str, Any] = {
        "model": args.model,
        "training_file": files[0],
        "validation_file": files[1],
        "seed": args.seed,
        "suffix": args.suffix,
        "method": {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}},
    }
    if args.wandb:
        request["integrations"] = [{"type": "wandb", "wandb": {"project": args.wandb}}]
    return request


def access_of(args: argparse.Namespace) -> Access:
    """FineTuneError when no endpoint is named."""
    settings = Settings()
    if not settings.has_chat:
        raise FineTuneError("set OPENAI_API_KEY, or OPENAI_BASE_URL for another endpoint (--dry-run needs neither)")
    secret = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
    return Access(settings.openai_base_url or "", secret, args.timeout, args.retries)


def kept_state(args: argparse.Namespace, base_url: str) -> State:
    """What an earlier run of the same settings has reached."""
    hashes = [sha256(args.out / name) for name in (TRAIN, VALIDATION)]
    request = job_request(args, (hashes[0], hashes[1]))
    if args.again:
        (args.out / state.NAME).unlink(missing_ok=True)
    return state.load(args.out, state.fingerprint_of({**request, "endpoint": base_url}))


async def start(jobs: Jobs, kept: State, args: argparse.Namespace) -> str:
    """Upload and start what is not there yet; the job's id."""
    for field, name in (("training_file", TRAIN), ("validation_file", VALIDATION)):
        if not getattr(kept, field):
            setattr(kept, field, await jobs.upload(args.out / name))
            kept.save(args.out)
            log(f"uploaded {name} as {getattr(kept, field)}")
    if not kept.job:
        kept.job = (await jobs.create(job_request(args, (kept.training_file, kept.validation_file)))).id
        kept.save(args.out)
        log(f"started {kept.job}")
    return kept.job


async def follow_to_model(jobs: Jobs, identity: str, args: argparse.Namespace) -> tuple[str, int | None]:
    """The new model's name and the tokens billed. FineTuneError when the job failed or was cancelled."""
    log(f"following {identity}; Ctrl-C leaves it running, `{COMMAND} --job {identity}` follows it again")
    job = await follow(jobs, identity, Polling(first=args.poll, longest=args.max_wait * 3600), log)
    if job.status != "succeeded" or not job.fine_tuned_model:
        why = f": {job.error.message} ({job.error.code})" if job.error and job.error.message else ""
        raise FineTuneError(
            f"the job {identity} {'was' if job.status == 'cancelled' else 'has'} {job.status}{why}; --again starts anew"
        )
    log(f"the model is {job.fine_tuned_model}, {job.trained_tokens or 0:,} tokens were trained on")
    return job.fine_tuned_model, job.trained_tokens


async def _with(jobs: Jobs, work: Awaitable[T]) -> T:
    try:
        return await work
    finally:
        await jobs.aclose()


async def train(jobs: Jobs, kept: State, args: argparse.Namespace) -> tuple[str, int | None]:
    """Start or go on, follow, keep the model's name."""
    model, tokens = await follow_to_model(jobs, await start(jobs, kept, args), args)
    kept.model = model
    kept.save(args.out)
    return model, tokens


async def cancel(jobs: Jobs, identity: str) -> dict[str, Any]:
    """Stop a job."""
    job = await jobs.cancel(identity)
    log(f"{job.id} is {job.status}")
    return {"job": job.id, "status": job.status}


def evaluate(model: str, args: argparse.Namespace) -> dict[str, Any]:
    """Ask the model for evaluation rows, as the baseline chat:MODEL. FineTuneError when that fails."""
    out = args.out / "evaluation"
    data = ["--data", str(args.data)] if args.data else []
    retries = ["--timeout", str(args.timeout), "--retries", str(args.retries)]
    # Its last line must not be taken for ours.
    with contextlib.redirect_stdout(sys.stderr):
        code = baselines.main(
            [f"chat:{model}", *data, "--out", str(out), "--rows", str(args.rows), "--seed", str(args.seed), *retries]
        )
    if code:
        raise FineTuneError(f"the model {model} is there, but could not be asked: the same command goes on")
    told: dict[str, Any] = json.loads((out / "scores.json").read_text(encoding="utf-8"))[0]
    return told


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Prepare, train, judge; what the last line says."""
    if args.cancel:
        identity = args.job or _kept_job(args.out)
        jobs = Jobs(access_of(args))
        return asyncio.run(_with(jobs, cancel(jobs, identity)))
    facts: dict[str, Any] = {}
    if args.job:
        jobs = Jobs(access_of(args))
        model, tokens = asyncio.run(_with(jobs, follow_to_model(jobs, args.job, args)))
        args.out.mkdir(parents=True, exist_ok=True)
    else:
        reports = prepare(args)
        facts = {report.path.name: report.summary() for report in reports}
        if args.dry_run:
            return {"dry_run": True, **facts}
        access = access_of(args)
        kept = kept_state(args, access.base_url)
        jobs = Jobs(access)
        model, tokens = asyncio.run(_with(jobs, train(jobs, kept, args)))
    facts |= {"model": model, "trained_tokens": tokens}
    if args.rows >= 0:
        facts["evaluation"] = evaluate(model, args)
    files = [name for name in (TRAIN, VALIDATION, state.NAME) if not args.job and (args.out / name).is_file()]
    given = {key: str(value) for key, value in vars(args).items()}
    data = data_hashes(data_folder(args.data))
    write_meta(args.out, format_version=FORMAT_VERSION, command=COMMAND, files=files, arguments=given, data=data, metrics=facts)
    return facts


def _kept_job(folder: Path) -> str:
    try:
        return str(json.loads((folder / state.NAME).read_text(encoding="utf-8"))["job"] or "") or _no_job(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return _no_job(folder)


def _no_job(folder: Path) -> str:
    raise FineTuneError(f"{folder} knows of no job; name it with --job ID")


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 1 when it could not be finished, 130 after Ctrl-C."""
    args = arguments(argv)
    try:
        told = run(args)
    except KeyboardInterrupt:
        print("\nnot followed any more; the same command goes on, and a job that was started goes on by itself", file=sys.stderr)
        return INTERRUPTED
    except (ExampleError, StateError, FineTuneError, UnavailableError, OSError) as exc:
        print(f"openai_fine_tune: {exc}", file=sys.stderr)
        return 1
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
