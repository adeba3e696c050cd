"""The specialist's real service over a model that is made for a benchmark; bench.specialist starts it as a process of its own.

    SPECIALIST_PORT=8001 python -m bench.specialist_server --model fake          (instant answers: what HTTP itself takes)
    ... --model llama-8b --quantization fp8                                      (random weights, made on the GPU)
    ... --model runs/specialist/tuned --quantization bf16 --device cpu           (a trained model of transformers)

GET /bench tells what its start took, but not of SPECIALIST_DEVICES, whose processes make the model.
"""

import argparse
import functools
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from fastapi import FastAPI

from common.http.serving.process import serve
from specialist.app import Fakes, create_app
from specialist.prompt import PRICES
from specialist.readout import UNCALIBRATED
from specialist.service import PriceModel, SpecialistPricer
from specialist.settings import Settings


class FakeModel:
    """Answers at once, always the same: what is left is the cost of serving."""

    def __init__(self) -> None:
        self.row = -np.abs(np.arange(PRICES, dtype=np.float32) - 100) / 20

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[n, 1000]."""
        return np.repeat(self.row[None], len(texts), 0)


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="fake", help="fake, llama-8b, or a folder of transformers (default: %(default)s)")
    parser.add_argument("--tokenizer", type=Path, help="for llama-8b (default: Llama 3's of the shared data, else ours)")
    parser.add_argument("--quantization", default="bf16", help="bf16, fp8 or nf4 (default: %(default)s)")
    parser.add_argument("--device", default="cuda", help="cuda or cpu (default: %(default)s)")
    arguments = parser.parse_args()
    serve(functools.partial(app_of, arguments), Settings().port)


def app_of(arguments: argparse.Namespace) -> FastAPI:
    """The app, whose model is made in its lifespan."""
    facts: dict[str, Any] = {}

    def load() -> SpecialistPricer:
        started = time.perf_counter()
        pricer = pricer_of(arguments)
        facts.update(load_seconds=round(time.perf_counter() - started, 1), **gpu_facts(pricer.price_model))
        return pricer

    app = create_app(Fakes(load=functools.partial(pricer_of, arguments) if Settings().devices else load))

    @app.get("/bench")
    def bench() -> dict[str, Any]:
        return facts | memory_facts()

    return app


def pricer_of(arguments: argparse.Namespace) -> SpecialistPricer:
    """The pricer; with SPECIALIST_DEVICES each device's process makes one."""
    return SpecialistPricer(price_model(arguments), UNCALIBRATED, f"{Path(arguments.model).name}-{arguments.quantization}")


def price_model(arguments: argparse.Namespace) -> PriceModel:
    """The model that the arguments name."""
    if arguments.model == "fake":
        return FakeModel()
    from bench.base_tokenizer import default_tokenizer, tokenizer_of
    from bench.random_base import SHAPES, random_model
    from specialist.cuda.model import CudaPriceModel

    settings = Settings()
    if arguments.model in SHAPES:
        model, tokenizer = random_model(arguments.model, arguments.device), tokenizer_of(arguments.tokenizer or default_tokenizer())
    else:
        model, tokenizer = trained(Path(arguments.model), arguments.device)
    return CudaPriceModel.of(
        model,
        tokenizer,
        quantization=arguments.quantization,
        max_text_tokens=settings.max_text_tokens or 160,
        batch_tokens=settings.batch_tokens,
        compile=settings.compile,
    )


def trained(folder: Path, device: str) -> tuple[Any, Any]:
    """A trained model in bf16 and its tokenizer. SystemExit where the folder holds none."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from bench.base_tokenizer import tokenizer_of

    if not (folder / "config.json").is_file():
        raise SystemExit(f"{folder} holds no model of transformers (no config.json)")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).to(device)
    if (folder / "tokenizer_config.json").is_file():
        return model, AutoTokenizer.from_pretrained(folder)
    return model, tokenizer_of(folder / "tokenizer.json")


def gpu_facts(model: PriceModel) -> dict[str, Any]:
    """Size of the weights and seconds of compilation, where the model knows them."""
    found: dict[str, Any] = {"pid": os.getpid()}
    if hasattr(model, "weight_bytes"):
        found["weights_gb"] = round(model.weight_bytes / 1e9, 2)
    if getattr(model, "compile_seconds", None) is not None:
        found["compile_seconds"] = round(getattr(model, "compile_seconds", 0.0), 1)
    if hasattr(model, "budget"):
        import torch

        found["allocated_after_start_gb"] = round(torch.cuda.memory_allocated() / 1e9, 2) if torch.cuda.is_available() else None
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
    return found


def memory_facts() -> dict[str, Any]:
    """Peak memory of the GPU since the model was there: what its making took in between does not count."""
    import sys

    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return {}
    free, total = torch.cuda.mem_get_info()
    return {"peak_gb": round(torch.cuda.max_memory_allocated() / 1e9, 2), "card_used_gb": round((total - free) / 1e9, 2)}


if __name__ == "__main__":
    main()
