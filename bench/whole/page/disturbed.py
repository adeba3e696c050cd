"""Which results a busy machine has made worse: those of time, measured while others were at work."""

from bench.whole.benches import BENCHES, FAST, SYSTEMS
from bench.whole.results import Result

TIMED = {bench.name for bench in BENCHES if bench.group in (FAST, SYSTEMS)}
BUSY = 0.25  # of all cores, kept busy by others
LOADED = 0.5  # load for each core before it began, where only that was noted


def is_disturbed(result: Result) -> bool:
    """What is right stays right on a busy machine; what is fast does not."""
    if result.name not in TIMED:
        return False
    cores = max(result.cores, 1)
    return max(result.busy) > BUSY * cores if result.busy else bool(result.load) and result.load[0] > LOADED * cores
