"""What makes a run fail early or late, each with the argument to change. Needs no torch."""

from importlib.util import find_spec

from training.data.hub import PushError, hub_token
from training.specialist.adapter.run import AdapterRun
from training.specialist.errors import RunError


def check_report(report_to: str) -> None:
    """RunError where the package that --report-to needs is not installed."""
    if report_to != "none" and find_spec(report_to) is None:
        raise RunError(f"--report-to {report_to}: the package {report_to} is not installed (uv pip install {report_to})")


def check_push(hub_name: str) -> None:
    """RunError where the adapter is to be pushed and there is no token."""
    try:
        if hub_name:
            hub_token()
    except PushError as exc:
        raise RunError(f"--hub-name: {exc}") from exc


def out_of_memory(run: AdapterRun) -> str:
    """What to do about it."""
    batch, evaluated = run.steps.batch, run.watching.eval_batch
    advice = [f"--batch {max(1, batch // 2)} --accumulate {run.steps.accumulate * 2}"] if batch > 1 else []
    advice += ["--gradient-checkpointing"] if not run.steps.gradient_checkpointing else []
    advice += ["--quantization nf4"] if run.quantization != "nf4" else []
    advice += [f"--eval-batch {evaluated // 2}"] if evaluated > 1 else []
    return (
        f"out of GPU memory: try {', or '.join(advice) or 'a shorter --max-text-tokens'}; --resume goes on from the last checkpoint"
    )
