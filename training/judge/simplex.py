"""The least of a loss of a few parameters whose gradient nobody knows: Nelder and Mead's simplex (1965)."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

from ensemble.judge.density import Floats

STEPS = 1000
NEAR = 0.01  # of a parameter's unit, and of the loss: where the search ends


def least(loss: Callable[[Floats], float], start: Floats, units: Floats) -> Floats:
    """The parameters [n] with the least loss near `start`. `units`: how far each may well lie from there.

    The first simplex spans one unit of each: SciPy's own goes by a twentieth of the start, and next to nowhere from a zero.
    """
    first = np.vstack((np.zeros(len(start)), np.eye(len(start))))
    options = {"initial_simplex": first, "maxiter": STEPS, "xatol": NEAR, "fatol": NEAR}
    found = minimize(lambda values: loss(start + values * units), first[0], method="Nelder-Mead", options=options)
    return np.asarray(start + found.x * units)
