"""How far a chat model's price may lie from what products like it cost, and the interval around it; both from the local estimate.

What a text talks a chat model into ends here, whatever its words were. Knows no chat model.
"""

import math

from frontier_rag.chat.chat_error import ChatFailedError
from frontier_rag.estimator.local_estimator import LocalEstimate

LEEWAY = 1.25  # factor by which an answer may leave the local 80 % interval; bench/chat_bounds.py compares others
ABSURD = 3.0  # factor past which nothing of the answer is used


def bound(price: float, local: LocalEstimate) -> float:
    """The price, pulled to the band around the local interval where it lies little outside.

    ChatFailedError `implausible` where it lies far outside or is no positive number: pulling that would give whoever asks for a
    dollar the edge of the band, where the local estimate gives nothing.
    """
    if not (math.isfinite(price) and price > 0 and local.low / ABSURD <= price <= local.high * ABSURD):
        band = f"{local.low / ABSURD:.2f} to {local.high * ABSURD:.2f}"
        raise ChatFailedError("implausible", f"the chat model says {price:.2f} dollars, plausible are {band}")
    return min(max(price, local.low / LEEWAY), local.high * LEEWAY)


def widen(price: float, local: LocalEstimate) -> tuple[float, float]:
    """The local estimator's calibrated 80 % interval, stretched to hold `price`.

    It covers whatever the calibrated one covers, so at least 80 % however good the chat model is; nobody has calibrated one for it.
    """
    return min(local.low, price), max(local.high, price)
