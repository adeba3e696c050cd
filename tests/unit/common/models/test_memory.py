"""What a process gives back to the system, and how many heaps its threads share."""

import ctypes
import gc
import subprocess
import sys
from pathlib import Path

import pytest

from common.models.memory import ARENAS, settle_memory

NEEDS_GLIBC = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs glibc, which keeps freed memory"
)
# Eight threads that hold something at the same time, and glibc's own account of its arenas, each a <heap>.
THREADS = """
import ctypes, sys, threading
from common.models.memory import bound_arenas
if sys.argv[1] == "bound":
    assert bound_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
together, over = threading.Barrier(9), threading.Event()
def hold():
    libc.malloc(50_000)
    together.wait(20)
    over.wait(20)
for _ in range(8):
    threading.Thread(target=hold).start()
together.wait(20)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
over.set()
"""


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@NEEDS_GLIBC
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


@NEEDS_GLIBC
def test_threads_share_a_few_heaps() -> None:
    def heaps(how: str) -> int:
        return subprocess.check_output([sys.executable, "-c", THREADS, how], text=True, timeout=60).count("<heap nr=")

    assert heaps("bound") == ARENAS
    assert heaps("free") > 2 * ARENAS
