"""What makes the forward pass fast on a GPU: the decoder layer compiled once, and each size of row captured as a CUDA graph.

Both are bounded and optional: where one fails the service goes on without it and says so in the log.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog
import torch

from specialist.cuda.forward import PackedForward
from specialist.cuda.packing import Shape

COMPILE_SECONDS = 180.0  # cold, about 40 were seen; from the cache less than half of it


def use_cache(folder: str) -> Path:
    """Have compiled code kept in `folder`, or under the user's cache folder where it is empty, so that a second start is fast."""
    chosen = Path(folder) if folder else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "product-pricing-agent"
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(chosen / "compiled"))
    return Path(os.environ["TORCHINDUCTOR_CACHE_DIR"])


def compile_layers(
    forward: PackedForward, shapes: Sequence[Shape], seconds: float = COMPILE_SECONDS, backend: Any = "inductor"
) -> float | None:
    """Compile the decoder layer for rows of any size; the seconds that took, or None where it failed or took too long.

    All layers share the code. A compilation cannot be stopped: one past its time ends unheeded in its own thread.
    """
    layers, failures, start = forward.served.layers, [], time.monotonic()
    for layer in layers:
        layer.compile(dynamic=True, backend=backend)

    def run() -> None:
        try:
            _set_up_compiler()
            for shape in (shapes[0], shapes[-1]):
                if not torch.isfinite(forward.try_out(shape)).all():
                    raise ValueError("compiled, it gives no numbers")
        except Exception as exc:  # noqa: BLE001 (whatever a compiler raises: the service goes on without it)
            failures.append(exc)

    worker = threading.Thread(target=run, name="compile", daemon=True)
    worker.start()
    worker.join(seconds)
    if not worker.is_alive() and not failures:
        return time.monotonic() - start
    for layer in layers:
        layer._compiled_call_impl = None
    why = repr(failures[0])[:500] if failures else f"longer than {seconds:.0f} s"
    structlog.get_logger().warning("specialist_not_compiled", why=why)
    return None


def _set_up_compiler() -> None:
    from torch.fx.experimental import _config as shape_config

    torch._dynamo.config.recompile_limit = 64  # layers of several kinds (Gemma 3's) are compiled one by one
    # Else a row as long as the hidden state is wide (4,096) is taken for one whose length is its width, and compiled anew.
    shape_config.use_duck_shape = False


class Graphs:
    """A CUDA graph for each shape. They share one memory pool, so that together they need what the largest needs."""

    def __init__(self, forward: PackedForward) -> None:
        self.forward = forward
        self.stream = torch.cuda.Stream()  # one for all: the allocator shares memory within a stream only
        self.pool = torch.cuda.graph_pool_handle()
        self.captured: dict[Shape, tuple[Any, Any, Any]] = {}

    @torch.no_grad()
    def capture(self, shape: Shape) -> None:
        """Run an example of `shape`, then capture what it does."""
        buffer = self.forward.example(shape)
        stream = self.stream
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            self.forward.run(buffer, shape)  # what libraries set up at a first call cannot be captured
        torch.cuda.current_stream().wait_stream(stream)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        # thread_local: a compilation past its time may still be at work in its thread.
        with torch.cuda.graph(graph, pool=self.pool, stream=stream, capture_error_mode="thread_local"):
            answer = self.forward.run(buffer, shape)
        self.captured[shape] = graph, buffer, answer

    def run(self, packed: Any, shape: Shape) -> Any:
        """As PackedForward.run; the answer is a copy, since the next graph writes over the original."""
        graph, buffer, answer = self.captured[shape]
        buffer.copy_(packed, non_blocking=True)
        graph.replay()
        return answer.clone()


def capture_all(shapes: Sequence[Shape], capture: Callable[[Shape], None]) -> list[Shape]:
    """Capture the shapes, the largest first; those that succeeded. The first failure ends it: the rest would fail alike."""
    done: list[Shape] = []
    for shape in reversed(shapes):
        try:
            capture(shape)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            structlog.get_logger().warning("specialist_graph_too_large", tokens=shape.tokens)
        except RuntimeError as exc:
            structlog.get_logger().warning("specialist_not_captured", tokens=shape.tokens, why=str(exc)[:500])
            break
        else:
            done.append(shape)
    return done
