"""bench.specialist --agreement FOLDER: how far a trained base's prices in fp8 and nf4 are from those in bf16, on products-dev.

Each form prices the same rows through the served model. Needs the shared data.
"""

import argparse
import gc
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from specialist.readout import UNCALIBRATED, read_prices
from specialist.settings import Settings

Floats = npt.NDArray[np.float64]


def measure_agreement(arguments: argparse.Namespace) -> dict[str, Any]:
    """Mean absolute error of each form, and quantiles of its relative distance to bf16."""
    asked, truth = _rows(arguments.rows)
    forms = ["bf16", *(form for form in arguments.quantizations if form != "bf16")]
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

    tokens = Settings().max_text_tokens or TEXT_TOKENS
    if arguments.adapter:
        base = Base(str(arguments.agreement), arguments.adapter, form, arguments.device)
        model = CudaPriceModel(base, max_text_tokens=tokens, speed=Speed(is_compiled=False))
    else:
        made = trained(arguments.agreement, arguments.device)
        model = CudaPriceModel.of(*made, quantization=form, max_text_tokens=tokens, compile=False)
        del made
    readings = read_prices(model.logits(asked), UNCALIBRATED)
    _forget(model)
    return np.array([reading.price for reading in readings])


def _forget(model: Any) -> None:
    """Give the card's memory back before the next form comes."""
    import torch

    del model
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
