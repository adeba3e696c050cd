"""What bounding a chat model's prices costs, and what the screen takes out: python -m bench.chat_bounds

No chat model is asked: recorded estimates of a fine-tuned 8B model (`specialist_8b` in products-dev) stand in for its answers.
Bounds are compared by what they do to the mean error, and by how far apart they leave an attacker's ends. Last comes one JSON line.
"""

import argparse
import asyncio
import json
import lzma
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.pricing import PriceRequest, PriceResponse
from common.settings import shared_data_dir
from frontier_rag.app import load_pricer
from frontier_rag.chat.injection_screen import screen
from frontier_rag.chat.price_bounds import ABSURD, LEEWAY
from frontier_rag.settings import Settings
from training.evaluation.evaluation_file import Rejects, read, request_of

Floats = npt.NDArray[np.float64]
LEEWAYS = (1.0, 1.25, 1.5, 2.0, 3.0)


async def local_estimates(requests: Sequence[PriceRequest]) -> list[PriceResponse]:
    """What the local estimator says, with the bundled products in a store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAR_DIR"] = folder
        pricer = await load_pricer(Settings(chat_endpoints="", openai_api_key=None, openai_base_url=None, collection=""))
        return await pricer.price(requests)


def rule(said: Floats, local: dict[str, Floats], leeway: float, absurd: float) -> Floats:
    """Prices past `absurd` become the local estimate, others are pulled to within `leeway` of the local interval."""
    low, price, high = local["low"], local["price"], local["high"]
    is_believed = (said >= low / absurd) & (said <= high * absurd)
    return np.where(is_believed, np.clip(said, low / leeway, high * leeway), price)


def compare(said: Floats, truth: Floats, local: dict[str, Floats]) -> list[dict[str, Any]]:
    """Mean errors in dollars under each rule, with the ratio of the highest to the lowest price that a text could reach."""
    rows: list[dict[str, Any]] = []
    for leeway in LEEWAYS:
        for name, absurd in (("given up", leeway), (f"pulled, given up past {ABSURD:g}", max(ABSURD, leeway)), ("pulled", np.inf)):
            used = rule(said, local, leeway, absurd)
            reach = float(np.median(local["high"] / np.maximum(local["low"], 0.5))) * leeway**2
            rows.append(
                {"leeway": leeway, "rule": name, "mae": round(float(np.abs(used - truth).mean()), 2), "reach": round(reach, 1)}
            )
            print(f"leeway {leeway:<5} {name:<28} MAE {rows[-1]['mae']:>6}  highest/lowest {reach:.1f}")
    return rows


def coverage(truth: Floats, low: Floats, high: Floats) -> float:
    """Share of truths between low and high."""
    return round(float(((low <= truth) & (truth <= high)).mean()), 4)


def screened(requests: Sequence[PriceRequest]) -> dict[str, float]:
    """How many plain texts the screen changes, and its time."""
    texts = [request.text for request in requests]
    started = time.perf_counter()
    changed = sum(screen(text) != text for text in texts)
    seconds = time.perf_counter() - started
    return {"texts": len(texts), "changed": changed, "ms_each": round(1000 * seconds / len(texts), 3)}


def main() -> None:
    """Price, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    folder = shared_data_dir()
    default = folder / "data" / "products-dev.jsonl.xz" if folder else None
    parser.add_argument("--data", type=Path, default=default, help="rows with `specialist_8b` (products-dev of the shared data)")
    args = parser.parse_args()
    if args.data is None:
        parser.error("--data: there is no shared data here; set PRICER_DATA")
    with lzma.open(args.data, "rt", encoding="utf-8") as lines:
        said = np.array([json.loads(line).get("specialist_8b") or np.nan for line in lines], np.float64)
    rows = list(read(args.data, Rejects()))
    requests = [request_of(row) for row in rows]
    answers = asyncio.run(local_estimates(requests))
    has = np.isfinite(said)
    truth = np.array([row.price for row in rows])[has]
    local = {name: np.array([getattr(answer, name) for answer in answers], np.float64)[has] for name in ("low", "price", "high")}
    table = compare(said[has], truth, local)
    used = rule(said[has], local, LEEWAY, ABSURD)
    result = {
        "bench": "chat_bounds",
        "n": int(has.sum()),
        "mae": {
            "local": round(float(np.abs(local["price"] - truth).mean()), 2),
            "unbounded": round(float(np.abs(said[has] - truth).mean()), 2),
            "bounded": round(float(np.abs(used - truth).mean()), 2),
        },
        "coverage80": {
            "local": coverage(truth, local["low"], local["high"]),
            "chat": coverage(truth, np.minimum(local["low"], used), np.maximum(local["high"], used)),
        },
        "screen": screened(requests),
        "rules": table,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
