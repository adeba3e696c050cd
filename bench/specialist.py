"""The specialist's speed, beside the plain way in the same run: `uv run python -m bench.specialist`.

(nothing)       the default backend on artifacts/specialist: latency, throughput, memory, start; as ratios to the plain way, and
                the model alone beside itself in float32, as `beside_float32`: never slower means that `least` is not below 1
--kernels       the last alone
--fake-model    what HTTP, validation, batching and JSON take: the same service over a model that answers at once
--cuda          the shape of Llama-3.1-8B with random weights on one GPU, in fp8, nf4 and bf16
--agreement F   how far fp8 and nf4 move the prices of the trained model in folder F

The service is a real process; the load comes from another one (bench.load: closed loop, coordinated omission). The last line is
one JSON object.
"""

import argparse
import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from bench import texts
from bench.load import load, tell
from bench.plain_way import run_plain
from bench.processor import beside_float32, best_in_turns, processor
from bench.server import serving
from common.settings import artifacts_dir

CLIENTS = (1, 8, 32)
KERNEL_ROUNDS = 30


def main() -> None:
    """Measure and print; the last line is the JSON."""
    arguments = parse()
    if arguments.cuda:
        from bench.specialist_cuda import measure_cuda

        result = measure_cuda(arguments)
    elif arguments.agreement:
        from bench.specialist_agreement import measure_agreement

        result = measure_agreement(arguments)
    elif arguments.kernels:
        result = {"bench": "specialist", "cores": os.cpu_count(), "processor": processor()} | _kernels()
    else:
        result = _fake_model(arguments) if arguments.fake_model else _cpu(arguments)
    print(json.dumps(result))


def parse() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--fake-model", action="store_true", help="measure the serving alone")
    add("--kernels", action="store_true", help="measure the model alone, as it is served and in float32")
    add("--cuda", action="store_true", help="measure the 8B shape on a GPU")
    add("--agreement", type=Path, help="folder of a trained model, or artifacts/specialist: compare bf16, fp8, nf4")
    add("--adapter", default="", help="with --agreement: a LoRA adapter's folder")
    add("--load-seconds", type=float, default=8.0, help="of each case (default: %(default)s)")
    add("--clients", type=int, nargs="+", help="clients at once (default: 1 8 32, on a GPU also 128)")
    add("--base", type=Path, default=Path("runs/specialist/tuned"), help="for the plain way (default: %(default)s, else ours)")
    add("--plain-python", default=sys.executable, help="an interpreter that has torch and transformers (default: this one)")
    add("--quantizations", nargs="+", default=["fp8", "nf4", "bf16"], help="with --cuda and --agreement (default: all)")
    add("--model", default="llama-8b", help="with --cuda: llama-8b, or a folder of transformers (default: %(default)s)")
    add("--device", default="cuda", help="with --cuda and --agreement: cpu tries it out (default: %(default)s)")
    add(
        "--tokenizer",
        type=Path,
        help="with --cuda: tokenizer.json or tiktoken file (default: Llama 3's of the shared data, else ours)",
    )
    add("--seconds", type=float, default=560.0, help="with --cuda: begin nothing that would not end by then (default: %(default)s)")
    add("--rows", type=int, default=2000, help="with --agreement: products (default: %(default)s)")
    return parser.parse_args()


def _fake_model(arguments: argparse.Namespace) -> dict[str, Any]:
    figures = {}
    as_on_gpu = {"SPECIALIST_BACKEND": "cuda"}  # collects as many as there
    with (
        tempfile.TemporaryDirectory() as name,
        serving("bench.specialist_server", port_name="SPECIALIST_PORT", environment=as_on_gpu) as server,
    ):
        described = _descriptions(Path(name), 160)
        for clients in arguments.clients or (1, 32, 128):
            figures[f"price@{clients}"] = tell(f"price@{clients}", _case(arguments, server.url, described, clients=clients))
        figures["batch32@1"] = tell("batch32@1", _case(arguments, server.url, described, items=32))
    return {"bench": "specialist", "model": "fake, instant", "cores": os.cpu_count(), "figures": figures}


def _cpu(arguments: argparse.Namespace) -> dict[str, Any]:
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder, figures = Path(name), {}
        lengths = {length: _descriptions(folder, length) for length in (160, 20, 288)}
        with serving("specialist", port_name="SPECIALIST_PORT") as server:
            for length, described in lengths.items():
                figures[f"price@1 {length} tokens"] = _case(arguments, server.url, described)
            for clients in arguments.clients or CLIENTS[1:]:
                figures[f"price@{clients}"] = _case(arguments, server.url, lengths[160], clients=clients)
            figures["batch32@1"] = _case(arguments, server.url, lengths[160], items=32)
            figures["batch32@1 20 tokens"] = _case(arguments, server.url, lengths[20], items=32)
            figures["price@1 beside batches of 1000"] = _beside_batches(arguments, server.url, lengths[160])
            resident = server.memory.peak
        for what, figure in figures.items():
            tell(what, figure)
        plain = tell("plain way", _plain(arguments, lengths[160]))
    folder = artifacts_dir() / "specialist"
    return {
        "bench": "specialist",
        "cores": os.cpu_count(),
        "processor": processor(),
        "load_average_before": round(busy, 2),  # of others, while the figures are those of a machine that does nothing else
        "figures": figures,
        "rss_mb": round(resident / 1e6, 1),
        "artifact_mb": round(sum(each.stat().st_size for each in folder.iterdir()) / 1e6, 1),
        "start_s": server.start_seconds,
        "plain_way": plain,
        "ratios": _ratios(figures, plain),
        **_kernels(),
    }


def _kernels() -> dict[str, Any]:
    """The model without HTTP in this process: as a service on this machine chooses to run it, beside its weights in float32."""
    from specialist.onnx_model import BATCH, OnnxPriceModel

    folder = artifacts_dir() / "specialist"
    open_model = partial(OnnxPriceModel, folder / "model.onnx", folder / "tokenizer.json")
    models = {name: open_model(kernel=name) for name in ("int8", "float32")}
    cases = {}
    for tokens, count in ((20, 1), (160, 1), (160, BATCH)):
        asked = texts.of_length(_tokenizer(), tokens, count)
        runs = {name: partial(model.logits, asked) for name, model in models.items()}
        cases[f"{count} x {tokens} tokens"] = tell(f"{count} x {tokens} tokens, ms", best_in_turns(runs, KERNEL_ROUNDS))
    return {"beside_float32": beside_float32(cases, open_model(kernel="auto").kernel)}


def _beside_batches(arguments: argparse.Namespace, url: str, described: Path) -> dict[str, Any]:
    """A single client while another sends the largest batches: what fairness leaves it."""
    with ThreadPoolExecutor(1) as pool:
        large = pool.submit(_case, arguments, url, described, items=1000)
        found = _case(arguments, url, described)
        large.result()
    return found


def _ratios(figures: dict[str, Any], plain: dict[str, Any]) -> dict[str, float]:
    """How many times as fast: shorter texts than 160 tokens, and ours than the plain way."""
    at_160 = figures["price@1 160 tokens"]["p50_ms"]
    found = {f"160 to {length} tokens": round(at_160 / figures[f"price@1 {length} tokens"]["p50_ms"], 2) for length in (20, 288)}
    if "p50_ms" in plain:
        found["median latency, plain to ours"] = round(plain["p50_ms"] / at_160, 2)
        found["best latency, plain to ours"] = round(plain["best_ms"] / figures["price@1 160 tokens"]["best_ms"], 2)
        found["throughput, ours to plain"] = round(figures["batch32@1"]["per_second"] / plain["per_second"], 2)
        found["throughput, ours to plain in batches"] = round(
            figures["batch32@1"]["per_second"] / plain["batched"]["per_second"], 2
        )
    return found


def _case(arguments: argparse.Namespace, url: str, described: Path, *, clients: int = 1, items: int = 1) -> dict[str, Any]:
    return load(url, described, clients=clients, items=items, seconds=arguments.load_seconds)


def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(artifacts_dir() / "specialist" / "tokenizer.json"))


def _descriptions(folder: Path, tokens: int) -> Path:
    return texts.write(folder, f"tokens-{tokens}", texts.of_length(_tokenizer(), tokens))


def _plain(arguments: argparse.Namespace, described: Path) -> dict[str, Any]:
    if (arguments.base / "config.json").is_file():
        return run_plain(arguments.plain_python, ["--base", str(arguments.base)], described, arguments.load_seconds)
    try:
        from training.specialist.small.served import restore
    except ImportError as exc:
        return {"skipped": f"the delivered weights cannot be taken out of their file without `make training`: {exc}"}
    folder = restore(artifacts_dir() / "specialist", described.parent / "restored")
    return run_plain(arguments.plain_python, ["--base", str(folder)], described, arguments.load_seconds)


if __name__ == "__main__":
    main()
