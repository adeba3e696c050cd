"""bench.specialist --cuda: the real service over an 8B shape with random weights on one GPU, form after form, beside the plain way.

Each form is served by a process of its own; one that fails costs only itself. What was found so far goes to stderr at once.
"""

import argparse
import json
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench import texts
from bench.base_tokenizer import default_tokenizer, tokenizer_of
from bench.load import load, tell
from bench.plain_way import run_plain
from bench.server import NotReadyError, Server, serving

CLIENTS = (1, 8, 32, 128)
TOKENS = 160
LONGEST_START = 300.0  # seconds
WARM_UP = 2.0  # seconds of load before the first case
RESERVE = 45.0  # seconds that a start takes at least: what would not fit any more is not begun


def measure_cuda(arguments: argparse.Namespace) -> dict[str, Any]:
    """Figures of each form, of the plain way, and of a second start with compiled code in the cache."""
    until = time.perf_counter() + arguments.seconds
    arguments.tokenizer = arguments.tokenizer or default_tokenizer()
    forms: dict[str, Any] = {}
    result = {"bench": "specialist", "model": Path(arguments.model).name, "tokens": TOKENS, "gpu": _card(), "forms": forms}
    result["tokenizer"] = arguments.tokenizer.name
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        described = texts.write(folder, "texts", texts.of_length(tokenizer_of(arguments.tokenizer).backend_tokenizer, TOKENS, 512))
        for form in arguments.quantizations:
            forms[form] = _form(arguments, form, described, until)
            print(json.dumps(result), file=sys.stderr, flush=True)
        result["plain_way"] = _plain(arguments, described, until)
        for form in arguments.quantizations:
            forms[form] |= _second_start(arguments, form, folder, until)
    result["ratios"] = _ratios(result)
    return result


def _form(arguments: argparse.Namespace, form: str, described: Path, until: float) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    clients = arguments.clients or CLIENTS
    loaded = (len(clients) + 1) * (arguments.load_seconds + 1) + WARM_UP
    try:
        with _serving(arguments, form, described.parent, until - loaded) as server:
            figures["start_cold_s"] = server.start_seconds
            load(server.url, described, clients=max(clients), seconds=WARM_UP)  # warms up connections, threads and clocks
            for count in clients:
                figure = load(server.url, described, clients=count, seconds=arguments.load_seconds)
                figures[f"price@{count}"] = tell(f"{form} price@{count}", figure)
            figures["batch32@8"] = load(server.url, described, clients=8, items=32, seconds=arguments.load_seconds)
            figures |= _facts(server)
    except (Exception, NotReadyError) as exc:  # noqa: BLE001 (the other forms shall still be measured)
        figures["failed"] = str(exc)[-3000:]
    return figures


def _second_start(arguments: argparse.Namespace, form: str, folder: Path, until: float) -> dict[str, Any]:
    """Seconds of a start that finds compiled code."""
    try:
        with _serving(arguments, form, folder, until) as server:
            return {"start_warm_s": server.start_seconds}
    except NotReadyError as exc:
        return {"start_warm_s": None, "start_warm_failed": str(exc)[-500:]}


def _serving(arguments: argparse.Namespace, form: str, folder: Path, until: float) -> Any:
    left = until - time.perf_counter()
    if left < RESERVE:
        raise NotReadyError(f"not begun: {max(left, 0):.0f} s were left for its start")
    chosen = ["--model", arguments.model, "--quantization", form, "--device", arguments.device]
    return serving(
        "bench.specialist_server",
        port_name="SPECIALIST_PORT",
        environment={"TORCHINDUCTOR_CACHE_DIR": str(folder / f"compiled-{form}"), "SPECIALIST_BACKEND": "cuda"},
        arguments=[*chosen, "--tokenizer", str(arguments.tokenizer)],
        patience=min(LONGEST_START, left),
    )


def _facts(server: Server) -> dict[str, Any]:
    with urllib.request.urlopen(f"{server.url}/bench", timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found | {"host_rss_gb": round(server.memory.peak / 1e9, 2)}


def _plain(arguments: argparse.Namespace, described: Path, until: float) -> dict[str, Any]:
    left = until - time.perf_counter()
    if left < RESERVE:
        return {"skipped": f"{left:.0f} s were left"}
    if arguments.model == "llama-8b":
        chosen = ["--llama-8b", "--nf4", "--device", arguments.device, "--tokenizer", str(arguments.tokenizer)]
    else:
        chosen = ["--base", arguments.model, "--device", arguments.device]
    return tell("plain way", run_plain(arguments.plain_python, chosen, described, arguments.load_seconds))


def _ratios(result: dict[str, Any]) -> dict[str, float]:
    """Prices a second of each form at most clients, over those of the plain way."""
    plain = result["plain_way"].get("per_second")
    best = {form: max((row["per_second"] for name, row in found.items() if name.startswith("price@")), default=0.0)
            for form, found in result["forms"].items()}  # fmt: skip
    return {f"{form} to plain": round(rate / plain, 1) for form, rate in best.items() if plain}


def _card() -> str:
    try:
        import torch
    except ImportError:
        return "no torch here"
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "none: the CPU serves"
