"""How long to wait between attempts that fail one after the other: ever longer, up to a bound. Waits for nothing itself."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Pauses of `first` seconds, then of twice the one before, `longest` at most.

    Each is multiplied by a random share between `least` and `most`, so that many who failed together do not come back together.
    """

    first: float
    longest: float
    least: float = 1.0
    most: float = 1.0

    def pause(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row; the first pause also where there was none."""
        doublings = min(max(failures - 1, 0), 64)  # beyond all that is waited for: a worker may count for years
        return min(self.first * 2.0**doublings, self.longest) * random.uniform(self.least, self.most)
