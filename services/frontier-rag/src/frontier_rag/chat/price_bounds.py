"""How far a chat model's price may lie from the local estimate, with a second answer beside it and without.

What a text talks a chat model into ends here, whatever its words were. Knows no chat model.
"""

import math
from dataclasses import dataclass
from typing import Literal

from frontier_rag.chat.chat_calibration import ChatCalibration, Group
from frontier_rag.chat.chat_error import ChatFailedError
from frontier_rag.chat.local_view import LocalView

LEEWAY = 1.25  # factor by which one answer may leave the local 80 % interval; bench/chat_bounds.py compares others
ABSURD = 3.0  # times as far: nothing of the answer is used
Outcome = Literal["chat", "chat-pulled", "chat-confirmed", "chat-second"]


@dataclass(frozen=True)
class Bounded:
    """A price that may be used. `outcome`: as said; pulled; let out of the band by a second answer; the second answer."""

    price: float
    outcome: Outcome
    is_second: bool = False

    def group(self, local: LocalView, calibration: ChatCalibration) -> Group:
        """Among which answers it counts when it is asked how wide they err."""
        if local.is_known:
            return "known"
        if self.outcome == "chat-pulled":
            return "pulled"
        return "outside" if local.leaves_by(self.price) > LEEWAY else calibration.group_of_width(local.width)

    def interval(self, local: LocalView, calibration: ChatCalibration) -> tuple[float, float]:
        """Dollars between which the truth lies four times of five.

        Of a known product the local interval, which holds whatever the chat model is worth; else as wide as such models err.
        """
        if local.is_known:
            inward = math.exp(calibration.margin_known)
            return min(local.low * inward, self.price), max(local.high / inward, self.price)
        return calibration.around(self.price, self.group(local, calibration), is_above=self.price >= local.price)


def bound(said: float, local: LocalView) -> Bounded:
    """One answer, pulled to the band around the local interval where it lies little outside.

    ChatFailedError `implausible` where it lies far outside or is no positive number: pulling that would give whoever asks for a
    dollar the edge of the band, where the local estimate gives nothing.
    """
    price = _pull(said, local, LEEWAY, ABSURD)
    return Bounded(price, "chat" if price == said else "chat-pulled")


def bound_two(first: float, second: float, local: LocalView, reach: float) -> Bounded:
    """Of two answers the one that strays less from the local side; the first is outside the band, the second saw the name alone.

    So a description carries a price no farther out than the product's bare name does, and both together no farther than `reach`
    times the local interval. ChatFailedError `implausible` where they are on different sides, or both past ABSURD times that.
    """
    if local.leaves_by(second) <= LEEWAY:
        return Bounded(second, "chat-second", is_second=True)
    if (first < local.low) != (second < local.low):
        raise ChatFailedError("implausible", f"the chat model says {first:.2f} dollars, to the name alone {second:.2f}")
    is_second = local.leaves_by(second) < local.leaves_by(first)
    said = second if is_second else first
    price = _pull(said, local, reach, reach * ABSURD)
    return Bounded(price, "chat-confirmed" if price == said else "chat-pulled", is_second)


def _pull(said: float, local: LocalView, leeway: float, absurd: float) -> float:
    if local.leaves_by(said) > absurd:
        band = f"{local.low / absurd:.2f} to {local.high * absurd:.2f}"
        raise ChatFailedError("implausible", f"the chat model says {said:.2f} dollars, plausible are {band}")
    return local.clip(said, leeway)
