"""The figures of all modes, and what would be pushed of goods at given parts of their price: what evaluate_deals prints."""

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from common.pricing import PriceResponse
from ensemble.judge.density import Floats
from scanner.alert_rule import AlertRule
from training.judge.cases import Case
from training.judge.judging import MODES, Mode, ModelOf, judged, request_of, told
from training.judge.measure import Outcome, scores

Figures: TypeAlias = tuple[dict[str, Any], dict[str, Outcome]]
PARTS = (1.0, 0.7, 0.5, 0.3)  # of the market price at which goods are offered, with nothing stated


async def figures(cases: Sequence[Case], answers: Sequence[PriceResponse], model_of: ModelOf, rule: AlertRule) -> Figures:
    """Scores by mode, and the outcomes that they are of."""
    found: dict[str, Any] = {}
    outcomes: dict[str, Outcome] = {}
    for mode in MODES:
        chosen = [i for i, case in enumerate(cases) if mode != "others" or told(case, mode)]
        found[mode], outcomes[mode] = await _mode([cases[i] for i in chosen], [answers[i] for i in chosen], mode, (model_of, rule))
    found["blind"]["pushed_at"] = await pushed_at(cases, answers, model_of, rule)
    return found, outcomes


async def _mode(
    cases: Sequence[Case], answers: Sequence[PriceResponse], mode: Mode, by: tuple[ModelOf, AlertRule]
) -> tuple[dict[str, Any], Outcome]:
    judgements = await judged(cases, answers, by[0], lambda case: request_of(case, told(case, mode)))
    outcome = Outcome.of(cases, judgements, by[1].is_alert)
    return scores(cases, outcome, None if mode == "blind" else highest_stated(cases, mode)), outcome


def highest_stated(cases: Sequence[Case], mode: Mode) -> Floats:
    """The highest reference that a mode shows of each case, in USD; NaN where it shows none."""
    return np.array([max((each.price for each in told(case, mode)), default=math.nan) for case in cases])


async def pushed_at(cases: Sequence[Case], answers: Sequence[PriceResponse], model_of: ModelOf, rule: AlertRule) -> dict[str, Any]:
    """Alerts per 1,000 goods offered at each part of their market price, of all and of those whose product is known."""
    found: dict[str, Any] = {}
    known = np.array([answer.known for answer in answers], bool)
    identified = np.array([any(each.match != "similar" for each in answer.similar) for answer in answers], bool)
    for part in PARTS:
        judgements = await judged(cases, answers, model_of, lambda case, part=part: request_of(case, (), case.market * part))  # type: ignore[misc]
        pushed = np.array([rule.is_alert(each, case.market * part) for each, case in zip(judgements, cases, strict=True)], bool)
        found[str(part)] = round(1000 * float(pushed.mean()), 1)
        for name, mask in (("known", known), ("identified", identified)):
            if mask.any():
                found.setdefault(name, {})[str(part)] = round(1000 * float(pushed[mask].mean()), 1)
    return found
