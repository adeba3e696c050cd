"""The PriceModel on a GPU: texts to prompts to packed rows to price logits. The lifespan imports it, nothing else does.

Two threads may call it: they tokenise at once and take turns on the GPU.
"""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog
import torch

from common.errors import UnavailableError
from specialist.cuda import graphs
from specialist.cuda.convert import Recipe, Served, choose, convert
from specialist.cuda.forward import PackedForward, on_device
from specialist.cuda.load import Base, Loaded, load
from specialist.cuda.packing import fill, pack, shapes
from specialist.cuda.tokens import Prompts
from specialist.cuda.tree import TreeForward

BATCH_TOKENS = 4096
Logits = npt.NDArray[np.float32]


def terminate() -> None:
    """End this process as its supervisor would, who then starts a new one: a broken CUDA context cannot be mended."""
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass(frozen=True)
class Speed:
    """What is done at start to be fast later. `cache`: the folder of compiled code, empty for one under the user's."""

    is_compiled: bool = True
    cache: str = ""


FAST = Speed()


class CudaPriceModel:
    """`budget`: tokens of one forward pass; lowered for good when one ran out of memory."""

    def __init__(self, base: Base | Loaded, *, max_text_tokens: int, batch_tokens: int = BATCH_TOKENS, speed: Speed = FAST) -> None:
        """Load `base` and make it fast. ArtifactError says what is missing or does not fit, and what to do."""
        loaded = load(base) if isinstance(base, Base) else base
        self.prompts = Prompts(loaded.tokenizer, max_text_tokens)
        self.forward = _forward(convert(loaded.model, loaded.recipe, self.prompts.price_ids), self.prompts)
        self.longest = self.prompts.longest
        self.budget = max(batch_tokens, self.longest)
        self.shapes = shapes(self.budget, self.longest, len(self.prompts.prefix))
        self.lock = threading.Lock()
        self.is_broken = False
        self.give_up: Callable[[], None] = terminate
        self.graphs: graphs.Graphs | None = None
        self.compile_seconds: float | None = None
        self._make_fast(speed)

    @classmethod
    def of(
        cls,
        model: Any,
        tokenizer: Any,
        *,
        quantization: str,
        max_text_tokens: int,
        batch_tokens: int = BATCH_TOKENS,
        compile: bool = True,  # noqa: A002
    ) -> "CudaPriceModel":
        """The same from a model of transformers and its tokenizer; the model is taken apart, on the device where it lies."""
        device = str(model.device)
        loaded = Loaded(model, tokenizer, Recipe(choose(quantization, device), device))
        return cls(loaded, max_text_tokens=max_text_tokens, batch_tokens=batch_tokens, speed=Speed(compile))

    def _make_fast(self, speed: Speed) -> None:
        if isinstance(self.forward, TreeForward) or not self.forward.served.device.startswith("cuda"):
            return
        if speed.is_compiled:
            graphs.use_cache(speed.cache)
            self.compile_seconds = graphs.compile_layers(self.forward, self.shapes)
        self.graphs = graphs.Graphs(self.forward)
        graphs.capture_all(self.shapes, self.graphs.capture)
        torch.cuda.empty_cache()

    @property
    def weight_bytes(self) -> int:
        """Memory of the weights."""
        return self.forward.served.weight_bytes

    def logits(self, texts: Sequence[str]) -> Logits:
        """[n, 1000]: logits of the prices, or their log probabilities where the tokenizer splits numbers."""
        return self.prompt_logits(self.prompts.encode(texts))

    def prompt_logits(self, prompts: Sequence[Sequence[int]]) -> Logits:
        """The same of prompts that `self.prompts` has encoded."""
        with self.lock:
            if self.is_broken:
                raise UnavailableError("the GPU failed; the service restarts")
            try:
                return self._logits(prompts)
            except RuntimeError as exc:
                if isinstance(exc, torch.OutOfMemoryError):
                    raise UnavailableError("the GPU has no memory for a single prompt") from exc
                if "CUDA" not in str(exc):
                    raise
                self.is_broken = True
                structlog.get_logger().critical("specialist_gpu_failed", why=str(exc)[:500])
                self.give_up()
                raise UnavailableError("the GPU failed; the service restarts") from exc

    def _logits(self, prompts: Sequence[Sequence[int]]) -> Logits:
        room = self.forward.room if isinstance(self.forward, TreeForward) else 0
        rows = fill([len(ids) + room for ids in prompts], self.budget, self._places())
        try:
            parts = [self._row([prompts[index] for index in row]) for row in rows]
            return np.concatenate([part.cpu().numpy() if isinstance(part, torch.Tensor) else part for part in parts])
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            fullest = max(sum(len(prompts[index]) + room for index in row) for row in rows)
            if all(len(row) == 1 for row in rows):
                raise
            self.budget = max(fullest // 2, 1)
            structlog.get_logger().warning("specialist_out_of_memory", batch_tokens=self.budget)
        return self._logits(prompts)

    def _places(self) -> int:
        return max((shape.prompts for shape in self.shapes if shape.tokens <= self.budget), default=self.shapes[0].prompts)

    @torch.no_grad()
    def _row(self, prompts: Sequence[Sequence[int]]) -> Any:
        if isinstance(self.forward, TreeForward):
            return self.forward.log_probabilities(prompts)
        tokens = sum(map(len, prompts))
        shape = next(each for each in self.shapes if each.tokens >= tokens and each.prompts >= len(prompts))
        packed = on_device(pack(prompts, shape), self.forward.served.device)
        if self.graphs is not None and shape in self.graphs.captured:
            return self.graphs.run(packed, shape)[: len(prompts)]
        return self.forward.run(packed, shape)[: len(prompts)]


def _forward(served: Served, prompts: Prompts) -> PackedForward | TreeForward:
    if prompts.trie is not None:
        return TreeForward(served, prompts.prefix, prompts.longest, prompts.trie)
    return PackedForward(served, prompts.prefix, prompts.longest)
