"""The artifact holds a rule for every subset, and a run that was cut short goes on where it stopped."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from common.artifact import read_artifact
from common.errors import UnavailableError
from common.pricing import PriceRequest
from ensemble.combine import COMMAND, FORMAT_VERSION, Weights, load_weights
from training.ensemble_fit import Held
from training.ensemble_train import comparison, fit_all, priced, write
from training.evaluation.pricers import Answer
from training.rows import Row

MEMBERS = ["frontier-rag", "random-forest", "specialist"]


class Limited:
    """Answers with the number in the description, until `left` requests are used up."""

    def __init__(self, left: int) -> None:
        self.left, self.asked = left, 0

    async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
        self.asked += len(requests)
        if self.asked > self.left:
            raise UnavailableError("gone")
        return [Answer(float(request.description), 1.0, 2.0) for request in requests]


@pytest.fixture(scope="module")
def held() -> Held:
    rng = np.random.default_rng(2)
    logs = rng.uniform(np.log(5), np.log(900), 300)
    seen = {name: logs + rng.normal(0, 0.4, 300) for name in MEMBERS}
    return Held(seen, np.exp(logs), np.ones(300), np.arange(300) % 3)


@pytest.fixture(scope="module")
def weights(held: Held) -> Weights:
    return fit_all(MEMBERS, held)


def test_all_seven_subsets_get_a_rule(weights: Weights) -> None:
    assert len(weights.subsets) == 7
    assert all(sum(rule.weights.values()) == pytest.approx(1, abs=1e-3) for rule in weights.subsets.values())
    assert weights.combine({"specialist": 20.0, "random-forest": 30.0}).low < 25


def test_the_artifact_is_one_that_the_service_reads(tmp_path: Path, weights: Weights) -> None:
    write(weights, tmp_path / "ensemble", {"metrics": {}})
    write(weights, tmp_path / "ensemble", {"metrics": {"dev": 1}})
    artifact = read_artifact(tmp_path / "ensemble", format_version=FORMAT_VERSION, command=COMMAND)
    assert load_weights(artifact.path("weights.json")) == weights
    assert [path.name for path in tmp_path.iterdir()] == ["ensemble"]


def test_ways_to_combine_are_compared_in_pairs(held: Held) -> None:
    table = comparison(held, {"ours": np.log(held.truth) + 0.1})
    assert {"ours", "mean", "median", "geometric mean", *MEMBERS} == set(table)
    assert table["ours"]["above_ours"] == 0
    assert table["specialist"]["above_ours_ci95"][0] > 0


def test_estimates_that_were_kept_are_not_asked_again(tmp_path: Path) -> None:
    rows = [Row(title=str(i)) for i in range(1, 121)]
    with pytest.raises(UnavailableError):
        asyncio.run(priced(Limited(110), rows, tmp_path / "kept.jsonl"))
    again = Limited(1000)
    answers = asyncio.run(priced(again, rows, tmp_path / "kept.jsonl"))
    assert [answer.price for answer in answers] == [float(i) for i in range(1, 121)]
    assert again.asked == 20
    assert len([json.loads(line) for line in (tmp_path / "kept.jsonl").read_text().splitlines()]) == 120
