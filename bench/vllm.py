"""The same weights through vLLM and through the specialist's own runtime, on one GPU, by the same POST /price.

One base of Llama-3.1-8B's shape, whose random weights are bent so that prices are what comes next, written to a folder; in fp8 by
both. The specialist asks vLLM as docs/specialist.md says (SPECIALIST_BACKEND=openai); `--listed`: for how many log probabilities.
What random weights say turns with the least rounding: for how far apart prices are there is `--trained artifacts/specialist`.
Needs a GPU, the extra gpu, and vLLM where `--python` points.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from bench import texts
from bench.base_tokenizer import default_tokenizer, tokenizer_of
from bench.load import load, tell
from bench.random_base import SHAPES, random_model
from bench.server import NotReadyError, Server, serving
from bench.specialist_agreement import delivered
from pricer.local.ports import free_port

TOKENS = 160
LIFTED = 60.0  # what the prices' logits have more than all others: nothing else is likely
PEAKED = 6.0  # times the random weights of the prices, so that some prices are likelier than others, as a trained base has it
COMPARED = 96  # texts
LONGEST_START = 400.0  # seconds


def main() -> None:
    """Make the base, serve it twice, load both, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--python", default=sys.executable, help="the interpreter that has vLLM (default: this one)")
    add("--tokenizer", type=Path, help="the base's (default: Llama 3's of the shared data, else ours)")
    add("--shape", default="llama-8b", choices=list(SHAPES), help="(default: %(default)s)")
    add("--trained", type=Path, help="instead the weights of a specialist's artifact, its price classes as whole dollars")
    add("--quantization", default="fp8", help="of both: fp8 or bf16 (default: %(default)s)")
    add("--clients", type=int, nargs="+", default=[1, 32, 128], help="closed loops at once (default: 1 32 128)")
    add("--listed", type=int, nargs="+", default=[1000, 100], help="log probabilities asked of vLLM (default: 1000 100)")
    add("--load-seconds", type=float, default=8.0, help="of each case (default: %(default)s)")
    add("--make", type=Path, help=argparse.SUPPRESS)  # in a process of its own, which gives all of the card back
    arguments = parser.parse_args()
    found = arguments.trained / "tokenizer.json" if arguments.trained else arguments.tokenizer
    arguments.tokenizer = found or default_tokenizer()
    if arguments.make:
        make_base(arguments)
        return
    sys.stdout.write(f"{json.dumps(measure(arguments))}\n")


def make_base(arguments: argparse.Namespace) -> None:
    """Weights and tokenizer in the folder `arguments.make`, as the hub would have them."""
    if arguments.trained:
        (model, tokenizer), _, _ = delivered(arguments.trained, "cpu")
    else:
        model, tokenizer = bent(arguments)
    model.save_pretrained(arguments.make)
    tokenizer.save_pretrained(arguments.make)


def bent(arguments: argparse.Namespace) -> tuple[Any, Any]:
    """A random base of a shape, in bf16 on the GPU, that says a price behind a prompt; and its tokenizer."""
    import torch

    from specialist.cuda.tokens import Prompts

    tokenizer = tokenizer_of(arguments.tokenizer)
    model = random_model(arguments.shape, "cuda")
    prompts = Prompts(tokenizer, TOKENS)
    asked = [[*prompts.prefix, *ids] for ids in prompts.encode(texts.of_length(tokenizer.backend_tokenizer, TOKENS, 8))]
    with torch.inference_mode():
        states = torch.stack([model.model(torch.tensor([ids], device="cuda")).last_hidden_state[0, -1].float() for ids in asked])
        middle = states.mean(0)
        rows = model.lm_head.weight[prompts.price_ids].float() * PEAKED + LIFTED * middle / middle.dot(middle)
        model.lm_head.weight[prompts.price_ids] = rows.to(model.lm_head.weight)
    return model, tokenizer


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Figures of both and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        base, folder = Path(name) / "base", Path(name)
        subprocess.run([sys.executable, "-m", "bench.vllm", "--make", str(base), *_repeated(arguments)], check=True, timeout=300)
        described = texts.write(folder, "texts", texts.of_length(tokenizer_of(arguments.tokenizer).backend_tokenizer, TOKENS, 512))
        found: dict[str, Any] = {
            "bench": "vllm",
            "shape": "trained" if arguments.trained else arguments.shape,
            "quantization": arguments.quantization,
        }
        with _own(arguments, base) as server:
            found["own"], own_prices = _figures(arguments, server, described)
        with _vllm(arguments, base, folder / "vllm.log") as (url, version):
            found["vllm_version"] = version
            for listed in arguments.listed:
                with _asking(url, base, listed) as server:
                    figures, prices = _figures(arguments, server, described)
                apart = np.abs(prices - own_prices) / own_prices
                figures["apart"] = {
                    "median": round(float(np.nanmedian(apart)), 4),
                    "p95": round(float(np.nanquantile(apart, 0.95)), 4),
                }
                figures["refused"] = int(np.isnan(apart).sum())
                found[f"vllm, {listed} listed"] = figures
    best = {
        name: max(row["per_second"] for row in each["price"].values()) for name, each in found.items() if isinstance(each, dict)
    }
    found["own to vllm"] = round(best["own"] / max(rate for name, rate in best.items() if name != "own"), 2)
    return found


def _repeated(arguments: argparse.Namespace) -> list[str]:
    trained = ["--trained", str(arguments.trained)] if arguments.trained else []
    return ["--shape", arguments.shape, "--tokenizer", str(arguments.tokenizer), *trained]


def _figures(arguments: argparse.Namespace, server: Server, described: Path) -> tuple[dict[str, Any], Any]:
    """(prices a second and latencies by clients, prices of COMPARED texts)."""
    load(server.url, described, clients=max(arguments.clients), seconds=3)  # warms up
    price = {
        str(count): tell(f"{count} clients", load(server.url, described, clients=count, seconds=arguments.load_seconds))
        for count in arguments.clients
    }
    items = [{"description": text} for text in json.loads(described.read_text(encoding="utf-8"))[:COMPARED]]
    asked = urllib.request.Request(
        f"{server.url}/price/batch", json.dumps({"items": items}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        results = json.load(answer)["results"]
    return {"price": price, "start_s": server.start_seconds}, np.array([each.get("price", np.nan) for each in results])


def _own(arguments: argparse.Namespace, base: Path) -> Any:
    chosen = ["--model", str(base), "--quantization", arguments.quantization]
    environment = {"SPECIALIST_BACKEND": "cuda"}
    return serving(
        "bench.specialist_server",
        port_name="SPECIALIST_PORT",
        environment=environment,
        arguments=chosen,
        patience=LONGEST_START,
    )


def _asking(url: str, base: Path, listed: int) -> Any:
    environment = {
        "SPECIALIST_BACKEND": "openai",
        "SPECIALIST_OPENAI_BASE_URL": f"{url}/v1",
        "SPECIALIST_OPENAI_MODEL": "pricer",
        "SPECIALIST_OPENAI_TOKENIZER": str(base / "tokenizer.json"),
        "SPECIALIST_OPENAI_LOGPROBS": str(listed),
    }
    return serving("specialist", port_name="SPECIALIST_PORT", environment=environment)


@contextmanager
def _vllm(arguments: argparse.Namespace, base: Path, log: Path) -> Iterator[tuple[str, str]]:
    """(its address, its version) once it answers; NotReadyError with the end of its log."""
    port = free_port()
    command = [arguments.python, "-m", "vllm.entrypoints.cli.main", "serve", str(base), "--served-model-name", "pricer"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--max-logprobs", "1000", "--max-model-len", "512"]
    command += ["--quantization", arguments.quantization] if arguments.quantization != "bf16" else []
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    with log.open("w+b") as written:
        process = subprocess.Popen(command, env=environment, stdout=written, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            url, until = f"http://127.0.0.1:{port}", time.perf_counter() + LONGEST_START
            while (version := _version(url)) is None:
                if process.poll() is not None or time.perf_counter() > until:
                    raise NotReadyError(f"vLLM did not start:\n{log.read_text(errors='replace')[-6000:]}")
                time.sleep(0.2)
            yield url, version
        finally:
            with suppress(ProcessLookupError):  # it ended by itself
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def _version(url: str) -> str | None:
    try:
        with urllib.request.urlopen(f"{url}/version", timeout=5) as answer:
            return str(json.load(answer)["version"])
    except OSError:
        return None


if __name__ == "__main__":
    main()
