"""Fine-tunes a chat model on OpenAI's API (or one that speaks it) to price products, and judges it: the published frontier way.

    uv run python -m training.openai_fine_tune --dry-run                    # write and check the examples, pay nothing
    uv run python -m training.openai_fine_tune [--train 200] [--validation 50]   # OPENAI_API_KEY, OPENAI_BASE_URL
    uv run python -m training.openai_fine_tune --job ID [--cancel]          # follow a job again, or stop it

The examples' texts go to the endpoint. Ids of files and job are kept in --out: the same command goes on where it stopped and pays
nothing twice. The last line is one JSON object. Knows nothing of our own pricers.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.artifact import write_meta
from common.errors import UnavailableError
from training import baselines
from training.baseline.chat_models import Asking
from training.command_line import INTERRUPTED
from training.command_line.arguments import Help, arguments_of, made_from
from training.command_line.log import log
from training.data.parts import data_folder, data_hashes, load_parts
from training.fine_tuning import state
from training.fine_tuning.drawing import Drawing, make_files
from training.fine_tuning.examples import LEAST_EXAMPLES, TRAIN, VALIDATION, ExampleError, Report
from training.fine_tuning.job_settings import JobSettings
from training.fine_tuning.jobs import FineTuneError
from training.fine_tuning.running import COMMAND, Patience, cancel, follow_to_model, kept_state, on_endpoint, train
from training.fine_tuning.state import StateError

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Run:
    """What is learnt and how; `rows` of the evaluation are asked for (0: all, -1: none).

    `job` is followed rather than one started; `cancel` stops it; `again` forgets what was paid for.
    """

    data: Path | None
    out: Path
    drawing: Drawing
    job_settings: JobSettings
    patience: Patience
    rows: int
    dry_run: bool
    job: str | None
    cancel: bool
    again: bool


def _number_or_auto(kind: Callable[[str], float]) -> Callable[[str], float | str]:
    def parse(text: str) -> float | str:
        value = text if text == "auto" else kind(text)
        if isinstance(value, int | float) and value <= 0:
            raise ValueError(text)
        return value

    parse.__name__ = f"positive {kind.__name__} or auto"  # argparse shows it
    return parse


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line; exits with a message where it cannot be meant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    add = parser.add_argument
    add("--data", type=Path, help="folder with products-*.jsonl.xz (default: $PRICER_DATA/data, else ../shared/data)")
    add("--out", type=Path, default=Path("runs/openai-fine-tune"), help="examples, kept ids, figures")
    add("--train", type=int, default=200, help="examples to learn from")
    add("--validation", type=int, default=50, help="examples that the endpoint measures the loss on")
    add("--balance", type=float, default=1.0, help="power of price in the draw's weights")
    add("--balance-rest", type=float, default=0.3, help="the same for the shops' rows and appliances")
    add("--model", default="gpt-4o-mini-2024-07-18", help="the model to start from")
    add("--epochs", type=_number_or_auto(int), default=1, help="passes, or auto")
    add("--batch-size", type=_number_or_auto(int), default="auto", help="examples a step")
    add("--lr-multiplier", type=_number_or_auto(float), default="auto", help="of the learning rate")
    add("--seed", type=int, default=42, help="of the draw and of the job")
    add("--suffix", default="pricer", help="part of the new model's name, at most 64 characters")
    add("--wandb", metavar="PROJECT", help="report to this Weights & Biases project; its key is set in the endpoint's settings")
    add("--dry-run", action="store_true", help="stop after the examples are checked")
    add("--job", metavar="ID", help="follow this job rather than start one")
    add("--cancel", action="store_true", help="stop the job (--job's, else the kept one)")
    add("--again", action="store_true", help="forget the kept ids and start anew: this pays again")
    add("--poll", type=float, default=2.0, help="seconds between two looks at the job, growing to a minute")
    add("--max-wait", type=float, default=24.0, help="hours until following ends; the job goes on")
    add("--timeout", type=float, default=60.0, help="seconds for one try of a call")
    add("--retries", type=int, default=5, help="further tries after 429, 5xx and broken connections")
    add("--rows", type=int, default=250, help="evaluation rows that the new model is asked; 0: all; -1: none")
    found = parser.parse_args(argv)
    if not 1 <= len(found.suffix) <= 64 or found.poll <= 0 or found.timeout <= 0 or found.retries < 0 or found.max_wait <= 0:
        parser.error("--suffix takes 1 to 64 characters, --poll, --timeout and --max-wait more than 0, --retries 0 or more")
    if min(found.train, found.validation) < LEAST_EXAMPLES:
        parser.error(f"--train and --validation take at least {LEAST_EXAMPLES}")
    stages = {
        "drawing": made_from(Drawing, found),
        "job_settings": made_from(JobSettings, found),
        "patience": made_from(Patience, found),
    }
    return made_from(Run, found, **stages)


def prepare(run: Run) -> tuple[Report, Report]:
    """Draw, write and check both files, and tell about what they will cost."""
    log("reading the products and leaving out repeats, about half a minute")
    reports = make_files(load_parts(data_folder(run.data)), run.out, run.drawing)
    epochs = run.job_settings.epochs
    if not isinstance(epochs, str):
        log(f"about {reports[0].tokens * epochs:,} tokens will be billed for training")
    return reports


def evaluate(model: str, run: Run) -> dict[str, Any]:
    """Ask the model for evaluation rows, as the baseline chat:MODEL. FineTuneError when that fails."""
    out = run.out / "evaluation"
    asking = Asking(run.rows, run.drawing.seed, timeout=run.patience.timeout, retries=run.patience.retries)
    try:
        baselines.make_table(baselines.Run((f"chat:{model}",), run.data, out, asking=asking))
    except baselines.FAILURES as exc:
        raise FineTuneError(f"the model {model} is there, but could not be asked ({exc}): the same command goes on") from exc
    told: dict[str, Any] = json.loads((out / "scores.json").read_text(encoding="utf-8"))[0]
    return told


def stop(run: Run) -> dict[str, Any]:
    """Cancel the job; what the last line says."""
    identity = run.job or state.kept_job(run.out)
    return on_endpoint(run.patience.access(), lambda jobs: cancel(jobs, identity))


def make_model(run: Run) -> tuple[str, int | None]:
    """Start the job or go on with it; the new model's name and the tokens billed."""
    access = run.patience.access()
    if run.again:
        state.forget(run.out)
    kept = kept_state(run.out, run.job_settings, access.base_url)
    return on_endpoint(access, lambda jobs: train(jobs, kept, run.out, run.job_settings, run.patience.polling()))


def follow_job(run: Run, identity: str) -> tuple[str, int | None]:
    """Follow a job that another run has started."""
    found = on_endpoint(run.patience.access(), lambda jobs: follow_to_model(jobs, identity, run.patience.polling()))
    run.out.mkdir(parents=True, exist_ok=True)
    return found


def fine_tune(run: Run) -> dict[str, Any]:
    """Prepare, train, judge; what the last line says."""
    if run.cancel:
        return stop(run)
    facts: dict[str, Any] = {}
    if run.job:
        model, tokens = follow_job(run, run.job)
    else:
        facts |= {report.path.name: report.summary() for report in prepare(run)}
        if run.dry_run:
            return {"dry_run": True, **facts}
        model, tokens = make_model(run)
    facts |= {"model": model, "trained_tokens": tokens}
    if run.rows >= 0:
        facts["evaluation"] = evaluate(model, run)
    describe(run, facts)
    return facts


def describe(run: Run, facts: dict[str, Any]) -> None:
    """Write meta.json over what is there, last."""
    files = [name for name in (TRAIN, VALIDATION, state.NAME) if not run.job and (run.out / name).is_file()]
    given = {key: str(value) for key, value in arguments_of(run).items()}
    data = data_hashes(data_folder(run.data))
    write_meta(run.out, format_version=FORMAT_VERSION, command=COMMAND, files=files, arguments=given, data=data, metrics=facts)


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 1 when it could not be finished, 130 after Ctrl-C."""
    run = parse(argv)
    try:
        told = fine_tune(run)
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
