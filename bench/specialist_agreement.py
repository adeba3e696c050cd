"""bench.specialist --agreement FOLDER: how far a trained base's prices in fp8 and nf4 are from those in bf16, on products-dev.

Each form prices the same rows through the served model. FOLDER may be the delivered specialist, artifacts/specialist: then its
eight bits on a CPU are a form too, and its price classes stand where a base has its whole dollars. Needs the shared data.
"""

import argparse
import gc
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from specialist.price_classes import WHOLE_DOLLARS, PriceClasses
from specialist.readout import UNCALIBRATED, read_prices
from specialist.settings import Settings

Floats = npt.NDArray[np.float64]
DELIVERED = "int8 on a CPU"


@dataclass(frozen=True)
class Head:
    """A specialist's own layer over price classes, whose weights [classes, width] stand in the rows of the first whole dollars."""

    classes: PriceClasses
    bias: npt.NDArray[np.float32]

    def of_dollars(self, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """[n, classes] of the whole dollars' logits [n, 1000]."""
        return logits[:, : len(self.bias)] + self.bias


def measure_agreement(arguments: argparse.Namespace) -> dict[str, Any]:
    """Mean absolute error of each form, and quantiles of its relative distance to bf16."""
    asked, truth = _rows(arguments.rows)
    forms = ["bf16", *(form for form in arguments.quantizations if form != "bf16")]
    forms += [DELIVERED] if _is_delivered(arguments.agreement) else []
    found: dict[str, Any] = {}
    reference: Floats | None = None
    for form in forms:
        started = time.perf_counter()
        prices = _prices(arguments, form, asked)
        reference = prices if reference is None else reference
        found[form] = figures(prices, reference, truth) | {"seconds": round(time.perf_counter() - started, 1)}
        print(form, found[form], file=sys.stderr, flush=True)
    model = Path(arguments.agreement).name
    return {"bench": "specialist", "agreement": model, "adapter": Path(arguments.adapter).name, "rows": len(asked), "forms": found}


def figures(prices: Floats, reference: Floats, truth: Floats) -> dict[str, float]:
    """|price - reference| / reference at the median, at 95 % and at most; mean absolute error in dollars."""
    apart = np.abs(prices - reference) / reference
    return {
        "mae": round(float(np.abs(prices - truth).mean()), 2),
        "apart_median": round(float(np.median(apart)), 5),
        "apart_p95": round(float(np.quantile(apart, 0.95)), 5),
        "apart_max": round(float(apart.max()), 5),
    }


def _rows(count: int) -> tuple[list[str], Floats]:
    """Texts and prices of products-dev, spread over its splits."""
    from common.settings import shared_data_dir
    from training.data.rows import product_text, read_rows

    folder = shared_data_dir()
    if folder is None:
        raise SystemExit("--agreement needs the shared data: set PRICER_DATA to a folder with data/ and feeds/")
    rows = list(read_rows(folder / "data" / "products-dev.jsonl.xz"))
    rows = [row for row in rows if row.price][:: max(1, len(rows) // count)][:count]
    return [product_text(row) for row in rows], np.array([row.price for row in rows], np.float64)


def _prices(arguments: argparse.Namespace, form: str, asked: Sequence[str]) -> Floats:
    from bench.specialist_server import trained
    from specialist.adapter_meta import TEXT_TOKENS
    from specialist.cuda.load import Base
    from specialist.cuda.model import CudaPriceModel, Speed

    if form == DELIVERED:
        return _delivered_prices(arguments.agreement, asked)
    tokens, head = Settings().max_text_tokens or TEXT_TOKENS, None
    if arguments.adapter:
        base = Base(str(arguments.agreement), arguments.adapter, form, arguments.device)
        model = CudaPriceModel(base, max_text_tokens=tokens, speed=Speed(is_compiled=False))
    else:
        if _is_delivered(arguments.agreement):
            made, head, tokens = delivered(arguments.agreement, arguments.device)
        else:
            made = trained(arguments.agreement, arguments.device)
        model = CudaPriceModel.of(*made, quantization=form, max_text_tokens=tokens, compile=False)
        del made
    logits = model.logits(asked)
    _forget(model)
    return _read(head.of_dollars(logits), head.classes) if head else _read(logits, WHOLE_DOLLARS)


def _read(logits: npt.NDArray[np.float32], classes: PriceClasses) -> Floats:
    return np.array([reading.price for reading in read_prices(logits, UNCALIBRATED, classes)])


def _is_delivered(folder: Path) -> bool:
    """Whether the folder is a specialist's artifact; served.is_served, which asks the same, wants onnx and torch."""
    return (folder / "model.onnx").is_file()


def delivered(artifact: Path, device: str) -> tuple[tuple[Any, Any], Head, int]:
    """((a Llama in bf16, tokenizer), its head, tokens of a text): the delivered weights, brought back from eight bits."""
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    from bench.specialist_server import trained
    from specialist.prompt import MAX_TEXT_TOKENS
    from training.specialist.small.corpus import price_ids
    from training.specialist.small.pricer import HEAD_FILE
    from training.specialist.small.run import CLASSES
    from training.specialist.small.served import restore

    with tempfile.TemporaryDirectory() as name:
        folder = restore(artifact, Path(name))
        llama, tokenizer = trained(folder, device)
        head, ids = load_file(folder / HEAD_FILE), price_ids(Tokenizer.from_file(str(folder / "tokenizer.json")))
    rows = llama.lm_head.weight.detach().clone()  # its own from here on: it was tied to the embedding
    rows[ids[: len(CLASSES)]] = head["weight"].to(rows)
    llama.lm_head.weight = type(llama.lm_head.weight)(rows)
    llama.config.tie_word_embeddings = False
    return (llama, tokenizer), Head(CLASSES, head["bias"].numpy()), MAX_TEXT_TOKENS


def _delivered_prices(artifact: Path, asked: Sequence[str]) -> Floats:
    from specialist.onnx_model import OnnxPriceModel
    from training.specialist.small.run import CLASSES

    return _read(OnnxPriceModel(artifact / "model.onnx", artifact / "tokenizer.json").logits(asked), CLASSES)


def _forget(model: Any) -> None:
    """Give the card's memory back before the next form comes."""
    import torch

    del model
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
