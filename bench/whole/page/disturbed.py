"""Which results a busy machine has made worse: those of time, measured while others were at work."""

from bench.whole.benches import BENCHES, FAST, SYSTEMS
from bench.whole.results import Result

TIMED = {bench.name for bench in BENCHES if bench.group in (FAST, SYSTEMS)}
BUSY = 0.5  # load for each core before it began


def is_disturbed(result: Result) -> bool:
    """What is right stays right on a busy machine; what is fast does not."""
    return result.name in TIMED and bool(result.load) and result.load[0] > BUSY * max(result.cores, 1)
