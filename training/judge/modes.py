"""The figures of all modes, and what would be pushed of goods at given parts of their price: what evaluate_deals prints.

Beside the groups by kind of market price there are three by what the pricers know: "known", something near the product;
"identified", the product itself or its model; and of these "exact", the product itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from common.judging import Judgement
from common.pricing import PriceResponse
from ensemble.judge.density import Floats
from scanner.alert_rule import AlertRule
from training.judge.cases import Case
from training.judge.judging import MODES, Mode, ModelOf, judged, request_of, told
from training.judge.measure import PARTS, Flags, Outcome, scores


@dataclass(frozen=True)
class Figures:
    """By mode: scores, the outcomes that they are of, and the judgements that these are of, beside their cases."""

    modes: dict[str, dict[str, Any]]
    outcomes: dict[str, Outcome]
    judged: dict[str, Sequence[tuple[Case, Judgement]]]


async def figures(cases: Sequence[Case], answers: Sequence[PriceResponse], model_of: ModelOf, rule: AlertRule) -> Figures:
    """Of all modes. `answers`: what the pricers say of each case."""
    found = Figures({}, {}, {})
    pushed = await pushed_at(cases, answers, model_of, rule)
    for mode in MODES:
        at = [i for i, case in enumerate(cases) if mode != "others" or told(case, mode)]
        chosen, said = [cases[i] for i in at], [answers[i] for i in at]
        judgements = await judged(chosen, [request_of(case, told(case, mode)) for case in chosen], said, model_of)
        pairs = list(zip(chosen, judgements, strict=True))
        outcome = Outcome.of(pairs, rule.is_alert, pushed[at], highest_stated(chosen, mode))
        found.modes[mode], found.outcomes[mode], found.judged[mode] = scores(chosen, outcome, _by_knowledge(said)), outcome, pairs
    return found


def highest_stated(cases: Sequence[Case], mode: Mode) -> Floats:
    """The highest reference that a mode shows of each case, in USD; NaN where it shows none."""
    return np.array([max((each.price for each in told(case, mode)), default=math.nan) for case in cases], np.float64)


async def pushed_at(cases: Sequence[Case], answers: Sequence[PriceResponse], model_of: ModelOf, rule: AlertRule) -> Flags:
    """Whether each case would be pushed at each of PARTS of its market price with nothing stated, [n, len(PARTS)]."""
    columns = []
    for part in PARTS:
        judgements = await judged(cases, [request_of(case, (), case.market * part) for case in cases], answers, model_of)
        columns.append([rule.is_alert(each, case.market * part) for each, case in zip(judgements, cases, strict=True)])
    return np.array(columns, bool).T


def _by_knowledge(answers: Sequence[PriceResponse]) -> dict[str, Flags]:
    matches = [{each.match for each in answer.similar} for answer in answers]
    return {
        "known": np.array([answer.known for answer in answers], bool),
        "identified": np.array([bool(found & {"exact", "model"}) for found in matches], bool),
        "exact": np.array(["exact" in found for found in matches], bool),
    }
