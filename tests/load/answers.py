"""What a client got: whole, degraded, told to come back, nobody there; or what must never be: wrong, hung, failed. Pure.

A price is wrong where its own interval does not hold it, or where the same pricers have said another one of the same text.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["whole", "degraded", "busy", "unreachable", "wrong", "hung", "failed"]
FINE: frozenset[Kind] = frozenset({"whole"})
NEVER: frozenset[Kind] = frozenset({"wrong", "hung", "failed"})  # not even while a service is away
ALIKE = 0.05  # share by which two answers may differ: texts of a batch are computed together, in rounded numbers


@dataclass(frozen=True)
class Outcome:
    """Of one request. `at`: when it was due, `seconds`: from then until its answer; `what`: its path; `why`: if not whole."""

    at: float
    seconds: float
    what: str
    kind: Kind
    why: str = ""


@dataclass
class KnownPrices:
    """What was answered for each text by which pricers."""

    _known: dict[tuple[str, frozenset[str]], float] = field(default_factory=dict)
    widest: float = 0.0  # the greatest share by which two differed

    def check(self, text: str, answer: Mapping[str, Any]) -> tuple[Kind, str]:
        """How an answer to that text is, and why if it is not whole."""
        price, low, high = (float(answer.get(name, math.nan)) for name in ("price", "low", "high"))
        if not 0 < low <= price <= high < math.inf:
            return "wrong", f"{low} {price} {high} for {text[:60]!r}"
        pricers = frozenset(str(each["pricer"]) for each in answer.get("estimates", []))
        before = self._known.setdefault((text, pricers), price)
        self.widest = max(self.widest, abs(price / before - 1))
        if abs(price / before - 1) > ALIKE:
            return "wrong", f"{price} after {before} for {text[:60]!r}"
        lacking = answer.get("degraded", [])
        return ("degraded", ", ".join(lacking)) if lacking else ("whole", "")


def read_answer(known: KnownPrices, texts: list[str], status: int, headers: Mapping[str, str], body: bytes) -> tuple[Kind, str]:
    """How the answer to one text, or to a batch of some, is."""
    if status != 200:
        return refused(status, headers, body)
    found = json.loads(body)
    answers = found.get("results", [found])
    if len(answers) != len(texts):
        return "wrong", f"{len(answers)} answers to {len(texts)}"
    kinds: list[tuple[Kind, str]] = [
        ("busy", str(each["error"])) if "error" in each else known.check(text, each)
        for text, each in zip(texts, answers, strict=True)
    ]
    order: list[Kind] = ["wrong", "busy", "degraded", "whole"]
    return min(kinds, key=lambda each: order.index(each[0]))


def refused(status: int, headers: Mapping[str, str], body: bytes) -> tuple[Kind, str]:
    """How an answer is that is no success."""
    is_asked_back = status in (429, 503) and "retry-after" in {name.lower() for name in headers}
    return ("busy" if is_asked_back else "failed"), f"{status} {body[:200].decode('utf-8', 'replace')}"
