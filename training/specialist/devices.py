"""What this machine has to run on, and independent runs spread over its GPUs, one process a run. Knows nothing of what runs."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.queues import Queue
from typing import TypeVar

T = TypeVar("T")
Job = Callable[[str], T]
_mine: list[str] = []  # the device of this worker process


def has_gpu() -> bool:
    """Whether torch is there and sees a CUDA device."""
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def process_place() -> tuple[int, int]:
    """(rank, number of processes) under accelerate launch; (0, 1) for one process."""
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def devices_of(wanted: str, at_a_time: int = 1) -> list[str]:
    """`wanted`, as often as runs may share it; "cuda" stands for every GPU that this process sees."""
    import torch

    names = [f"cuda:{number}" for number in range(torch.cuda.device_count())] if wanted == "cuda" else [wanted]
    return names * at_a_time


def run_jobs(jobs: Sequence[Job[T]], devices: Sequence[str]) -> list[T]:
    """Results of the jobs in their order, as many at a time as there are devices. Jobs must be picklable.

    The first exception of a job is raised, once the jobs that run have ended.
    """
    if len(devices) == 1 or len(jobs) == 1:
        return [job(devices[0]) for job in jobs]
    context = get_context("spawn")  # CUDA does not survive a fork
    free: Queue[str] = context.Queue()
    for device in devices:
        free.put(device)
    count = min(len(devices), len(jobs))
    with ProcessPoolExecutor(count, mp_context=context, initializer=_take_device, initargs=(free,)) as pool:
        return list(pool.map(_on_device, jobs))


def _take_device(free: "Queue[str]") -> None:
    _mine.append(free.get())
    if _mine[0].startswith("cuda"):
        import torch

        torch.cuda.set_device(_mine[0])


def _on_device(job: Job[T]) -> T:
    return job(_mine[0])
