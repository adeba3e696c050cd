"""What a processor multiplies with, which decides more than its clock; and the best times of things measured in turns."""

import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

CPUINFO = Path("/proc/cpuinfo")
# By the names of Linux: what ONNX Runtime's kernels ask for, on x86 and on Arm.
FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx", "asimddp", "i8mm")


def processor(cpuinfo: Path = CPUINFO) -> dict[str, Any]:
    """{"name", "flags": {flag: bool}} of the first processor; flags are None where the system does not tell (not Linux)."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {"name": platform.processor() or platform.machine(), "flags": None}
    told: dict[str, str] = {}
    for name, _, value in (line.partition(":") for line in lines):
        told.setdefault(name.strip(), value.strip())
    has = set(told.get("flags", told.get("Features", "")).split())
    has |= {name.partition("_")[0] for name in has if name.startswith("amx_")}
    return {"name": told.get("model name", platform.machine()), "flags": {flag: flag in has for flag in FLAGS}}


def best_in_turns(runs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The least milliseconds of each, one after the other in rounds, so that a busy moment of the machine meets all."""
    best = dict.fromkeys(runs, float("inf"))
    for run in runs.values():
        run()
    for _ in range(rounds):
        for name, run in runs.items():
            started = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - started)
    return {name: round(1000 * seconds, 2) for name, seconds in best.items()}


def beside_float32(cases: Mapping[str, Mapping[str, float]], served: str) -> dict[str, Any]:
    """How many times as fast as the same in float32 is what is `served`, in each case and at least: below 1 it is slower.

    A case holds milliseconds by name, "float32" among them.
    """
    ratios = {name: round(ms["float32"] / ms[served], 2) for name, ms in cases.items()}
    return {"served": served, "ms": dict(cases), "float32_to_served": ratios, "least": min(ratios.values())}
