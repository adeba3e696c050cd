"""The specialist's forward pass on one GPU, without HTTP, over random weights: `uv run python -m bench.specialist_forward`.

For bf16, FP8 and NF4: prices a second at several numbers of prompts at once, memory of the weights, seconds of compilation and
capture, the kernels that take the time; beside them the plain ways. Each section is a process of its own with a deadline, so
that one which fails costs only itself. Knows no prices: whether the forms agree is measured on trained weights elsewhere.
"""

import argparse
import gc
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench.random_base import random_model, whole_number_tokenizer, words

PACKED = ("bf16", "fp8", "nf4", "fp8-uncompiled")
PLAIN = ("plain-bf16", "plain-nf4")


def main() -> None:
    """Measure section by section; the last line is the JSON."""
    arguments = _arguments()
    if arguments.section:
        print(json.dumps(_section(arguments.section, arguments)))
        return
    found: dict[str, Any] = {"bench": "specialist_forward", "shape": arguments.shape, "tokens": arguments.tokens}
    for name in arguments.sections:
        found[name] = _in_process(name, arguments.deadline)
        print(f"{name}: {json.dumps(found[name])}", file=sys.stderr, flush=True)
        if arguments.out:
            Path(arguments.out).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="llama-8b", help="of bench.random_base (default: %(default)s)")
    parser.add_argument("--sections", nargs="+", default=[*PACKED, *PLAIN], choices=[*PACKED, *PLAIN], help="what to measure")
    parser.add_argument("--section", default="", help="measure this one here, in this process")
    parser.add_argument("--prompts", type=int, nargs="+", default=[1, 4, 16, 24, 48, 128], help="at once (default: %(default)s)")
    parser.add_argument("--tokens", type=int, default=180, help="of each prompt (default: %(default)s)")
    parser.add_argument("--batch-tokens", type=int, default=4096, help="of one forward pass (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=1.5, help="how long each case runs (default: %(default)s)")
    parser.add_argument("--deadline", type=float, default=200.0, help="seconds for each section (default: %(default)s)")
    parser.add_argument("--device", default="cuda", help="where (default: %(default)s)")
    parser.add_argument("--cache", default="", help="folder of compiled code (default: under the user's cache folder)")
    parser.add_argument("--out", default="", help="write what is known after each section to this file")
    return parser.parse_args()


def _in_process(name: str, deadline: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.specialist_forward", *sys.argv[1:], "--section", name]
    start = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=deadline, check=False)
    except subprocess.TimeoutExpired as exc:
        told = (exc.stderr or b"").decode(errors="replace") if isinstance(exc.stderr, bytes) else str(exc.stderr)
        return {"error": f"longer than {deadline:.0f} s", "stderr": told[-2000:]}
    try:
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return {"error": f"exit status {done.returncode}", "stderr": done.stderr[-3000:]}
    warnings = [line[:300] for line in done.stderr.splitlines() if "specialist_" in line]
    return found | {"section_seconds": round(time.perf_counter() - start, 1)} | ({"warnings": warnings} if warnings else {})


def _section(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    return _plain(name.removeprefix("plain-"), arguments) if name in PLAIN else _packed(name, arguments)


def _packed(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    from specialist.cuda.convert import Recipe, choose
    from specialist.cuda.load import Loaded
    from specialist.cuda.model import CudaPriceModel, Speed

    quantization, _, uncompiled = name.partition("-")
    base, tokenizer = random_model(arguments.shape, arguments.device), whole_number_tokenizer()
    prompts = _prompts(tokenizer, arguments.tokens)
    reference = _reference(base, prompts[:4])
    recipe = Recipe(choose(quantization, arguments.device), arguments.device, loras=_loras(base) if quantization == "nf4" else None)
    loaded = Loaded(base, tokenizer, recipe)
    del base
    start = time.perf_counter()
    model = CudaPriceModel(
        loaded, max_text_tokens=arguments.tokens, batch_tokens=arguments.batch_tokens, speed=Speed(not uncompiled, arguments.cache)
    )
    found: dict[str, Any] = {"ready_seconds": round(time.perf_counter() - start, 1), "compile_seconds": model.compile_seconds}
    del loaded
    gc.collect()
    found |= {"weights_gb": round(model.weight_bytes / 1e9, 2), "captured": len(model.graphs.captured) if model.graphs else 0}
    found |= _attempt("memory", lambda: _memory(arguments.device)) | _attempt(
        "agreement", lambda: _agreement(model, prompts[:4], reference)
    )
    for count in arguments.prompts:
        found |= _attempt(f"at_{count}", partial(_speed, model, prompts[:count], arguments.seconds))
    found |= _attempt("two_threads", lambda: _two_threads(model, tokenizer, arguments))
    return found | _attempt("kernels", lambda: _kernels(model, prompts[:24]))


def _attempt(name: str, measure: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {name: measure()}
    except Exception as exc:  # noqa: BLE001 (a figure that cannot be had must not cost the others; it is told in its place)
        return {name: {"error": repr(exc)[:1500]}}


def _prompts(tokenizer: Any, tokens: int) -> list[list[int]]:
    """Prompts of exactly `tokens` tokens, the common prefix included."""
    from specialist.cuda.tokens import Prompts

    prompts = Prompts(tokenizer, tokens)
    inner = tokens - len(prompts.prefix) - len(prompts.encode([""])[0])
    found = prompts.encode([words(inner, seed) for seed in range(256)])
    if any(len(prompts.prefix) + len(ids) != tokens for ids in found):
        raise SystemExit("the prompts are not as long as asked for")
    return [[*prompts.prefix, *ids] for ids in found]


def _reference(base: Any, prompts: Sequence[Sequence[int]]) -> Any:
    """What transformers itself says, one prompt at a time: logits [n, 1000] of the prices."""
    import torch

    prices = whole_number_tokenizer().convert_tokens_to_ids([str(price) for price in range(1000)])
    with torch.no_grad():
        rows = [
            base(torch.tensor([ids], device=base.device), logits_to_keep=1).logits[0, -1, prices].float().cpu() for ids in prompts
        ]
    return torch.stack(rows).numpy()


def _loras(base: Any) -> dict[str, Any]:
    """A random adapter of the published recipe's form: rank 32 on q, k, v and o."""
    import torch

    from specialist.cuda.linear import Lora

    found = {}
    for name, module in base.model.named_modules():
        if name.endswith(("q_proj", "k_proj", "v_proj", "o_proj")):
            rows, columns = module.weight.shape
            a, b = torch.randn(32, columns, device=base.device), torch.randn(rows, 32, device=base.device)
            found[name] = Lora((a * 0.01).to(torch.bfloat16), (b * 0.001).to(torch.bfloat16))
    return found


def _memory(device: str) -> dict[str, float]:
    import torch

    if not device.startswith("cuda"):
        return {}
    torch.cuda.empty_cache()
    free, whole = torch.cuda.mem_get_info()
    found = {"allocated_gb": torch.cuda.memory_allocated(), "reserved_gb": torch.cuda.memory_reserved(), "card_gb": whole - free}
    return {name: round(value / 1e9, 2) for name, value in found.items()}


def _agreement(model: Any, prompts: Sequence[Sequence[int]], reference: Any) -> dict[str, Any]:
    import numpy as np

    cut = len(model.prompts.prefix)
    found = model.prompt_logits([ids[cut:] for ids in prompts])
    apart = float(np.abs(found - reference).max())
    correlation = float(np.corrcoef(found.ravel(), reference.ravel())[0, 1])
    return {"finite": bool(np.isfinite(found).all()), "largest_difference": round(apart, 4), "correlation": round(correlation, 5)}


def _speed(model: Any, prompts: Sequence[Sequence[int]], seconds: float) -> dict[str, float]:
    """Encoded prompts in, logits on the host out."""
    cut = len(model.prompts.prefix)
    tails = [ids[cut:] for ids in prompts]
    return _rate(lambda: model.prompt_logits(tails), len(prompts), seconds)


def _rate(call: Callable[[], object], prompts: int, seconds: float) -> dict[str, float]:
    for _ in range(2):
        call()
    times: list[float] = []
    start = time.perf_counter()
    while (began := time.perf_counter()) - start < seconds or not times:
        call()
        times.append(time.perf_counter() - began)
    typical = statistics.median(times)
    return {
        "per_second": round(prompts / typical, 1),
        "p50_ms": round(typical * 1000, 2),
        "max_ms": round(max(times) * 1000, 2),
        "n": len(times),
    }


def _two_threads(model: Any, tokenizer: Any, arguments: argparse.Namespace) -> dict[str, float]:
    """Texts in, from two threads with 24 texts a call, as the service runs: one tokenises while the other holds the GPU."""
    texts = [words(arguments.tokens - 20, seed) for seed in range(24)]
    counts, stop = [0, 0], time.perf_counter() + 2 * arguments.seconds

    def work(number: int) -> None:
        while time.perf_counter() < stop:
            model.logits(texts)
            counts[number] += len(texts)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return {"per_second": round(sum(counts) / (2 * arguments.seconds), 1)}


def _kernels(model: Any, prompts: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    """Where one call's time goes: the dearest kernels, in microseconds."""
    from torch.profiler import ProfilerActivity, profile

    tails = [ids[len(model.prompts.prefix) :] for ids in prompts]
    model.prompt_logits(tails)
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiled:
        model.prompt_logits(tails)
    rows = [
        (each.key, each.self_device_time_total, each.count) for each in profiled.key_averages() if each.self_device_time_total > 0
    ]
    rows.sort(key=lambda row: -row[1])
    return [{"kernel": name[:110], "us": round(us), "n": count} for name, us, count in rows[:18]]


def _plain(quantization: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """generate() of 5 tokens one prompt at a time, and one padded forward pass of many prompts, both by transformers alone."""
    import torch

    base = random_model(arguments.shape, arguments.device)
    if quantization == "nf4":
        base = _four_bit_with_adapter(base)
    rows = _prompts(whole_number_tokenizer(), arguments.tokens)
    alone = torch.tensor(rows[:1], device=arguments.device)
    together = torch.tensor(rows[: arguments.prompts[-1]], device=arguments.device)

    def generate() -> None:
        base.generate(
            alone, attention_mask=torch.ones_like(alone), max_new_tokens=5, min_new_tokens=5, do_sample=False, pad_token_id=0
        )

    def forward() -> None:
        base(together, attention_mask=torch.ones_like(together), logits_to_keep=1, use_cache=False).logits.float().cpu()

    with torch.no_grad():
        found = _attempt("generate_one_by_one", lambda: _rate(generate, 1, arguments.seconds))
        return found | _attempt(f"padded_at_{len(together)}", lambda: _rate(forward, len(together), arguments.seconds))


def _four_bit_with_adapter(base: Any) -> Any:
    import bitsandbytes
    import torch
    from peft import LoraConfig, get_peft_model

    for layer in base.model.layers:
        for parent in (layer.self_attn, layer.mlp):
            for name, child in list(parent.named_children()):
                if isinstance(child, torch.nn.Linear):
                    rows, columns = child.weight.shape
                    linear = bitsandbytes.nn.Linear4bit(
                        columns, rows, bias=False, compute_dtype=torch.bfloat16, quant_type="nf4", device="meta"
                    )
                    packed = bitsandbytes.nn.Params4bit(child.weight.detach().cpu(), requires_grad=False, quant_type="nf4")
                    linear.weight = packed.to(child.weight.device)
                    setattr(parent, name, linear)
    config = LoraConfig(r=32, lora_alpha=64, target_modules=["q_proj", "k_proj", "v_proj", "o_proj"], task_type="CAUSAL_LM")
    return get_peft_model(base, config).eval()


if __name__ == "__main__":
    main()
