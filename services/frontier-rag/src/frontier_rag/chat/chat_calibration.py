"""What was measured of chat models beside the local estimator: how far two answers may leave its interval, how wide they err.

`python -m bench.chat_bounds --write` measures it anew on recorded answers, as is due after any change of the local estimator.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Literal

FILE = Path(__file__).with_name("chat_calibration.json")
Group = Literal["known", "narrow", "usual", "wide", "outside", "pulled"]


@dataclass(frozen=True)
class ChatCalibration:
    """`estimator`: the version measured with. `reach`: factors by which answers may leave the local interval, known and unknown.

    `margin_known`: logs by which the local interval's ends come in around an answer to a known product (it is stretched to hold
    that). `widths`: ln(high / low) of the local interval at which its answers begin to count as usual and as wide. `errors`: by
    group, the ends of 80 % of ln(truth / answer), counted away from the local estimate: for an answer below that, of its negative.
    """

    estimator: str
    reach_known: float
    reach_unknown: float
    margin_known: float
    widths: tuple[float, float]
    errors: Mapping[Group, tuple[float, float]]

    def reach(self, is_known: bool) -> float:
        """The factor by which an answer that a second one bears out may leave the local interval."""
        return self.reach_known if is_known else self.reach_unknown

    def group_of_width(self, width: float) -> Group:
        """Under which group an answer within the band falls."""
        usual, wide = self.widths
        return "narrow" if width < usual else "usual" if width < wide else "wide"

    def around(self, price: float, group: Group, *, is_above: bool) -> tuple[float, float]:
        """Dollars between which the truth lies four times of five; `is_above`: the price is not below the local estimate."""
        inward, outward = self.errors[group]
        low, high = (inward, outward) if is_above else (-outward, -inward)
        return price * math.exp(min(low, 0.0)), price * math.exp(max(high, 0.0))

    def to_json(self) -> str:
        """As `from_json` reads it."""
        return json.dumps(asdict(self), indent=1) + "\n"


def from_json(text: str) -> ChatCalibration:
    """The inverse of `to_json`."""
    told = json.loads(text)
    errors = {group: _pair(ends) for group, ends in told.pop("errors").items()}
    return ChatCalibration(**told | {"widths": _pair(told["widths"]), "errors": errors})


def _pair(numbers: Sequence[float]) -> tuple[float, float]:
    first, second = numbers
    return float(first), float(second)


@cache
def bundled_calibration() -> ChatCalibration:
    """The one that comes with the service."""
    return from_json(FILE.read_text(encoding="utf-8"))
