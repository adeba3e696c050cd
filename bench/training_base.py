"""The random base and the rows that bench.training_gpus trains with: nothing is fetched, lengths are those of real products."""

import json
import lzma
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.descriptions import descriptions
from common.settings import artifacts_dir

# Tokens of title and text of the shared training rows with Llama 3's tokenizer: the middles of ten equal parts. 160 are kept.
LENGTHS = (68, 89, 157, 160, 160, 178, 188, 193, 211, 265)
SMALL_TOKENIZER = artifacts_dir() / "specialist" / "tokenizer.json"
DEV = 32  # rows that are reported on
END = "<|end|>"


def prepare(work: Path, rows: int, tiny: bool) -> float:
    """Base and data, made once, in a process of its own since a GPU's memory is given back at its end; mean tokens of a row."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_prepare, work, rows, tiny).result()


def _prepare(work: Path, rows: int, tiny: bool) -> float:
    from bench.base_tokenizer import default_tokenizer, tokenizer_of
    from training.specialist.adapter.base import load_tokenizer
    from training.specialist.adapter.examples import PromptTokens, examples

    base = work / "base"
    if not (base / "config.json").is_file():
        tokenizer = tokenizer_of(SMALL_TOKENIZER if tiny else default_tokenizer())
        tokenizer.add_special_tokens({"eos_token": END})
        tokenizer.save_pretrained(base)
        _save_base(base, len(tokenizer), tiny)
    tokens = PromptTokens.of(load_tokenizer(str(base)), 160)
    texts = _texts(tokens, rows)
    _save_data(work / "data", texts)
    few = list(examples(_rows(texts[:500]), tokens))
    return sum(len(each["input_ids"]) for each in few) / len(few)


def _save_base(base: Path, vocab: int, tiny: bool) -> None:
    """Random weights: the large one is made in NF4 on the GPU, weight by weight, and kept so: 5.6 GB."""
    from transformers.quantizers.auto import AutoHfQuantizer

    from training.specialist.adapter.base import quantization_of
    from training.specialist.adapter.base_facts import LLAMA_8B, Shape
    from training.specialist.adapter.random_base import random_llama

    shape = Shape(vocab=vocab + 8, layers=2, width=64, inner=128, heads=4, kv_heads=2) if tiny else LLAMA_8B
    kind, device = ("none", "cpu") if tiny else ("nf4", "cuda")
    model = random_llama(shape, kind, device)
    if kind == "nf4":
        model.config.quantization_config = quantization_of(kind, device)
        model.hf_quantizer = AutoHfQuantizer.from_config(model.config.quantization_config, pre_quantized=True)
    model.save_pretrained(base)


def _texts(tokens: Any, count: int) -> list[str]:
    """Words of real products in random order, so that no text repeats another, in the lengths of LENGTHS."""
    draw = random.Random(7)
    words = [word for text in descriptions(300) for word in text.split()]
    found = []
    for number in range(count):
        wanted, text = LENGTHS[number % len(LENGTHS)], f"item {number}\n"
        while len(tokens.encoder.encode(text)) < wanted:
            text += " ".join(draw.choices(words, k=max(1, (wanted - len(tokens.encoder.encode(text))) // 3))) + " "
        found.append(text)
    return found


def _rows(texts: Sequence[str]) -> list[Any]:
    from training.data.rows import row_of

    return [row_of(record) for record in _records(texts)]


def _records(texts: Sequence[str]) -> list[dict[str, Any]]:
    draw = random.Random(8)
    halves = [text.split("\n", 1) for text in texts]
    fixed = {"features": [], "details": "{}", "main_category": "Tools", "source": "shop"}
    return [{"title": title, "description": [rest], "price": float(draw.randint(5, 900)), **fixed} for title, rest in halves]


def _save_data(folder: Path, texts: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    records = _records(texts)
    for name, part in {"train": records[DEV:], "dev": records[:DEV], "pcparts": []}.items():
        with lzma.open(folder / f"products-{name}.jsonl.xz", "wt", encoding="utf-8", preset=0) as file:
            file.writelines(json.dumps(record) + "\n" for record in part)
