"""The plain way to price with a language model, to compare with: generate() of 5 tokens, one prompt at a time, by transformers.

Beside it one forward pass over 32 prompts, which is what reads prices off the next token: the least that the library can take.

python -m bench.plain_way --base runs/specialist/tuned          (fp32 on the CPU)
python -m bench.plain_way --llama-8b --nf4 --device cuda        (random weights of that shape, NF4, LoRA r = 32)
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from specialist.prompt import prompt

NEW_TOKENS, BATCH = 5, 32


def main() -> None:
    """Measure and print one JSON line."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, default=Path("runs/specialist/tuned"), help="model folder (default: %(default)s)")
    parser.add_argument("--llama-8b", action="store_true", help="random weights in the shape of Llama-3.1-8B instead")
    parser.add_argument("--tokenizer", type=Path, help="for --llama-8b (default: Llama 3's of the shared data, else ours)")
    parser.add_argument("--nf4", action="store_true", help="NF4 with double quantisation, and a LoRA adapter on it")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: %(default)s)")
    parser.add_argument("--texts", type=Path, help="JSON list of descriptions (default: one short description)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long (default: %(default)s)")
    arguments = parser.parse_args()
    texts = json.loads(arguments.texts.read_text(encoding="utf-8")) if arguments.texts else ["a lamp"]
    with torch.inference_mode():
        print(json.dumps(_measure(arguments, texts)))


def run_plain(python: str, chosen: list[str], described: Path, seconds: float) -> dict[str, Any]:
    """bench.plain_way under the interpreter that has what it needs; why not, where it does not run."""
    command = [python, "-m", "bench.plain_way", *chosen, "--texts", str(described), "--seconds", str(seconds)]
    paths = os.pathsep.join(path for path in (os.environ.get("PYTHONPATH", ""), *sys.path) if path and "site-packages" not in path)
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths}, check=False)
    if done.returncode:
        return {"skipped": (done.stderr.strip().splitlines() or ["it failed"])[-1]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(arguments: argparse.Namespace, texts: list[str]) -> dict[str, Any]:
    import torch

    from bench.load import summary

    model, tokenizer = _model(arguments)
    latencies: list[float] = []
    until = time.perf_counter() + arguments.seconds
    for number in range(1 << 30):
        started = time.perf_counter()
        asked = tokenizer(prompt(texts[number % len(texts)]), return_tensors="pt", return_token_type_ids=False).to(arguments.device)
        answer = model.generate(**asked, max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS, do_sample=False, pad_token_id=0)
        tokenizer.decode(answer[0, asked["input_ids"].shape[1] :])
        if number > 1:  # the first ones warm up
            latencies.append(time.perf_counter() - started)
        if time.perf_counter() > until and len(latencies) > 2:
            break
    found = summary(latencies) | {"per_second": round(len(latencies) / sum(latencies), 2), "threads": torch.get_num_threads()}
    found["batched"] = _batched(model, tokenizer, texts, arguments)
    return found | {"weights": "nf4+lora" if arguments.nf4 else str(model.dtype).removeprefix("torch.")}


def _batched(model: Any, tokenizer: Any, texts: list[str], arguments: argparse.Namespace) -> dict[str, float]:
    """Prompts a second of BATCH in one forward pass, filled up on the left; only the last position's distribution is computed."""
    tokenizer.padding_side, tokenizer.pad_token = (
        "left",
        tokenizer.pad_token or tokenizer.eos_token or tokenizer.convert_ids_to_tokens(0),
    )
    took = list[float]()
    while sum(took) < arguments.seconds or len(took) < 3:
        started, first = time.perf_counter(), len(took) * BATCH
        chosen = [prompt(texts[(first + place) % len(texts)]) for place in range(BATCH)]
        asked = tokenizer(chosen, return_tensors="pt", padding=True, return_token_type_ids=False).to(arguments.device)
        model(**asked, logits_to_keep=1).logits.float().softmax(-1).sum().item()
        took.append(time.perf_counter() - started)
    return {"batch": BATCH, "per_second": round(BATCH * (len(took) - 1) / sum(took[1:]), 2)}  # the first warms up


def _model(arguments: argparse.Namespace) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM

    from bench.base_tokenizer import default_tokenizer, tokenizer_of
    from bench.random_base import random_model

    if arguments.llama_8b:
        model, tokenizer = random_model("llama-8b", arguments.device), tokenizer_of(arguments.tokenizer or default_tokenizer())
    else:
        import torch

        model = AutoModelForCausalLM.from_pretrained(arguments.base, dtype=torch.float32).to(arguments.device)
        tokenizer = tokenizer_of(arguments.base / "tokenizer.json")
    return (_in_nf4(model) if arguments.nf4 else model).eval(), tokenizer


def _in_nf4(model: Any) -> Any:
    """The published recipe's form: decoder in NF4 with double quantisation and bf16 arithmetic, an adapter beside it."""
    import torch
    from bitsandbytes.nn import Linear4bit, Params4bit
    from peft import LoraConfig, get_peft_model

    for layer in model.model.layers:
        for parent in list(layer.modules()):
            for name, child in list(parent.named_children()):
                if type(child) is torch.nn.Linear:
                    small = Linear4bit(
                        child.in_features, child.out_features, bias=False, compute_dtype=torch.bfloat16, device="meta"
                    )
                    weight = child.weight.data
                    small.weight = Params4bit(weight, requires_grad=False, quant_type="nf4", compress_statistics=True, module=small)
                    setattr(parent, name, small.to(weight.device))
    targets = ["q_proj", "k_proj", "v_proj", "o_proj"]
    lora = LoraConfig(r=32, lora_alpha=64, target_modules=targets, init_lora_weights=False, task_type="CAUSAL_LM")
    return get_peft_model(model, lora)


if __name__ == "__main__":
    main()
