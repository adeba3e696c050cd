"""What this process keeps of the machine's memory beside what it uses: glibc's arenas, and what a collection looks at.

Other C libraries than glibc are left alone.
"""

import ctypes
import gc
import sys
from typing import Any

ARENAS = 2
_M_ARENA_MAX = -8  # malloc.h of glibc


def bound_arenas() -> bool:
    """Let all threads share ARENAS heaps, for threads that are started from now on; whether that is possible here.

    glibc gives each thread one of its own, up to eight for each core, and what one thread frees no other can take: with 27 threads
    frontier-rag held 12 MB for nobody after 6,000 texts (bench.growth), and more in an hour of everything. Python computes in one
    thread at a time, so that they do not wait for each other.
    """
    mallopt = _of_glibc("mallopt")
    return bool(mallopt and mallopt(_M_ARENA_MAX, ARENAS))


def settle_memory() -> None:
    """Give back what loading alone needed, and take what is left out of garbage collection: it lives as long as the process.

    With torch and transformers in it a full collection stops every thread for 0.4 s, in the midst of requests. glibc keeps freed
    memory in the arena of each thread that has loaded something.
    """
    gc.collect()
    gc.freeze()
    trim_memory()


def give_memory_back() -> None:
    """What a model held that is no longer used: what lives since the start is not looked at, so that this takes milliseconds."""
    gc.collect()
    trim_memory()


def trim_memory() -> None:
    """Give the system what glibc holds for nobody."""
    trim = _of_glibc("malloc_trim")
    if trim:
        trim(0)


def _of_glibc(name: str) -> Any:
    """The function; None where the C library has none of that name, as musl."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
