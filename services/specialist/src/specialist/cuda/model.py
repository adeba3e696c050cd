"""The PriceModel on a GPU: texts to prompts to packed rows to price logits. The lifespan imports it, nothing else does.

Two threads may call it: they tokenise at once and take turns on the GPU.
"""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

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
from specialist.fourth_digit import choose as choose_openings
from specialist.fourth_digit import go_on
from specialist.price_classes import WHOLE_DOLLARS, PriceClasses

BATCH_TOKENS = 4096
Logits: TypeAlias = npt.NDArray[np.float32]
Answer: TypeAlias = Callable[[], Logits]  # waits for the GPU
Openings: TypeAlias = Sequence[Sequence[Sequence[int]]]  # of a price, by prompt, each in tokens


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
    """`budget`: tokens of one forward pass; lowered for good when one ran out of memory. `classes`: dollars to 999 or 9999."""

    def __init__(
        self,
        base: Base | Loaded,
        *,
        max_text_tokens: int,
        batch_tokens: int = BATCH_TOKENS,
        speed: Speed = FAST,
        classes: PriceClasses = WHOLE_DOLLARS,
    ) -> None:
        """Load `base` and make it fast. ArtifactError says what is missing or does not fit, and what to do."""
        loaded = load(base) if isinstance(base, Base) else base
        self.prompts = Prompts(loaded.tokenizer, max_text_tokens, classes)
        served = convert(loaded.model, loaded.recipe, self.prompts.head, is_packed=self.prompts.trie is None)
        self.forward = _forward(served, self.prompts)
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
        if speed.is_compiled and not self.forward.served.is_fused:
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
        """[n, classes]: logits of the prices, or their log probabilities where the tokenizer splits numbers or prices go on."""
        return self.prompt_logits(self.prompts.encode(texts))

    def prompt_logits(self, prompts: Sequence[Sequence[int]]) -> Logits:
        """The same of prompts that `self.prompts` has encoded."""
        first = self._answer(prompts)
        if self.prompts.fourth is None:
            return first
        rows, dollars = choose_openings(first)
        if not len(rows):
            return go_on(first, rows, dollars, [])
        openings = self.prompts.fourth.tokens(dollars)
        return go_on(first, rows, dollars, self._answer([prompts[row] for row in rows], openings))

    def _answer(self, prompts: Sequence[Sequence[int]], openings: Openings | None = None) -> Logits:
        """[n, 1000] of prices behind the prompts, or [n, openings, 11] of what follows `openings`.

        The lock is held until the work is in the GPU's queue, not until it is done: the next caller's follows without a gap.
        """
        try:
            with self.lock:
                if self.is_broken:
                    raise UnavailableError("the GPU failed; the service restarts")
                answers = self._begin(prompts, openings)
            return np.concatenate([answer() for answer in answers])
        except torch.OutOfMemoryError as exc:
            raise UnavailableError("the GPU has no memory for a single prompt") from exc
        except RuntimeError as exc:
            if "CUDA" not in str(exc):
                raise
            self._break(exc)
            raise UnavailableError("the GPU failed; the service restarts") from exc

    def _break(self, exc: RuntimeError) -> None:
        with self.lock:
            was_broken, self.is_broken = self.is_broken, True
        if not was_broken:
            structlog.get_logger().critical("specialist_gpu_failed", why=str(exc)[:500])
            self.give_up()

    def _begin(self, prompts: Sequence[Sequence[int]], openings: Openings | None) -> list[Answer]:
        """Put the rows into the GPU's queue; the budget is halved for good whenever they do not fit."""
        lengths = self._lengths(prompts, openings)
        while True:
            rows = fill(lengths, self.budget, self._places() if openings is None else len(prompts))
            try:
                return [
                    self._row([prompts[index] for index in row], None if openings is None else [openings[index] for index in row])
                    for row in rows
                ]
            except torch.OutOfMemoryError:
                torch.cuda.empty_cache()
                if all(len(row) == 1 for row in rows):
                    raise
            self.budget = max(max(sum(lengths[index] for index in row) for row in rows) // 2, 1)
            structlog.get_logger().warning("specialist_out_of_memory", batch_tokens=self.budget)

    def _lengths(self, prompts: Sequence[Sequence[int]], openings: Openings | None) -> list[int]:
        """Tokens of each prompt in a row, with what lies behind it."""
        tree = self.forward if isinstance(self.forward, TreeForward) else None
        if openings is None:
            return [len(ids) + (tree.room if tree else 0) for ids in prompts]
        prefix = len(tree.prefix) if tree else 0
        return [prefix + len(ids) + sum(map(len, each)) for ids, each in zip(prompts, openings, strict=True)]

    def _places(self) -> int:
        return max((shape.prompts for shape in self.shapes if shape.tokens <= self.budget), default=self.shapes[0].prompts)

    @torch.no_grad()
    def _row(self, prompts: Sequence[Sequence[int]], openings: Openings | None) -> Answer:
        if openings is not None:
            return _to_host(self.forward.behind(prompts, openings))
        if isinstance(self.forward, TreeForward):
            found = self.forward.log_probabilities(prompts)
            return lambda: found
        tokens = sum(map(len, prompts))
        shape = next(each for each in self.shapes if each.tokens >= tokens and each.prompts >= len(prompts))
        packed = on_device(pack(prompts, shape), self.forward.served.device)
        is_captured = self.graphs is not None and shape in self.graphs.captured
        run = self.graphs.run if self.graphs is not None and is_captured else self.forward.run
        return _to_host(run(packed, shape)[: len(prompts), : len(WHOLE_DOLLARS)])


def _to_host(found: Any) -> Answer:
    """What waits for `found` and returns it."""
    if not found.is_cuda:
        return lambda: np.asarray(found.numpy())
    host = torch.empty(found.shape, dtype=found.dtype, pin_memory=True)
    host.copy_(found, non_blocking=True)
    is_done = torch.cuda.Event(blocking=True)
    is_done.record()

    def wait() -> Logits:
        is_done.synchronize()
        return np.asarray(host.numpy())

    return wait


def _forward(served: Served, prompts: Prompts) -> PackedForward | TreeForward:
    if prompts.trie is not None:
        return TreeForward(
            served, prompts.prefix, prompts.longest, prompts.trie, prompts.fourth.following if prompts.fourth else ()
        )
    return PackedForward(served, prompts.prefix, prompts.longest)
