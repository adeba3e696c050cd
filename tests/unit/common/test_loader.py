"""Loading beside the event loop: what is retried and what is not."""

import asyncio
import ctypes
import gc
import sys
from pathlib import Path

import pytest

from common.errors import ArtifactError, OverloadedError, PricingAgentError, UnavailableError
from common.loader import Loader, settle_memory


class Part:
    """Fails with each of the errors, then is there."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.tries = list(errors), 0

    async def load(self) -> str:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        return "loaded"


async def after_loading(part: Part, tries: int) -> Loader[str]:
    loader = Loader("part", part.load, pause=0.0)
    loader.start()
    for _ in range(tries * 5):  # turns of the event loop
        await asyncio.sleep(0)
    await loader.stop()
    return loader


def test_a_peer_that_is_away_or_busy_at_first_is_tried_again() -> None:
    loader = asyncio.run(after_loading(Part(UnavailableError("away"), OverloadedError("busy")), 3))
    assert loader.get() == "loaded"
    assert asyncio.run(loader.missing()) == {}


@pytest.mark.parametrize("error", [ArtifactError("foreign"), ValueError("odd")])
def test_what_stays_wrong_is_tried_once_and_named(error: Exception) -> None:
    part = Part(error)
    loader = asyncio.run(after_loading(part, 1))
    assert part.tries == 1
    assert str(error) in asyncio.run(loader.missing())["part"]
    with pytest.raises(PricingAgentError, match=str(error)):
        loader.get()


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs glibc, which keeps freed memory"
)
def test_what_loading_alone_needed_goes_back_to_the_system() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
    size, blocks = 64 * 1024, []
    for _ in range(1000):
        blocks.append(libc.malloc(size))
        ctypes.memset(blocks[-1], 1, size)
    held = blocks.pop()  # above the others: without it the heap would shrink by itself
    for block in blocks:
        libc.free(block)
    before = resident()
    try:
        settle_memory()
        assert before - resident() > 500 * size
    finally:
        gc.unfreeze()
        libc.free(held)
