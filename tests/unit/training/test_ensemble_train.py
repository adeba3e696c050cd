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
from training.data.rows import Row
from training.ensemble.compare import by_split, comparison, stand_in
from training.ensemble.fit import Held
from training.ensemble_train import ChatMember, fit_all, in_one_line, priced, version_of, write
from training.evaluation.pricers import Answer

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
    widths = {name: np.full(300, 1.0) for name in MEMBERS}
    return Held(seen, np.exp(logs), np.ones(300), np.arange(300) % 3, widths)


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


def test_each_split_has_its_own_table(held: Held) -> None:
    splits = ["shop" if i % 3 else "seed" for i in range(300)]
    tables = by_split(held, {"ours": np.log(held.truth) + 0.1}, splits)
    assert set(tables) == {"shop", "seed"}
    truth = held.truth[np.array(splits) == "shop"]
    assert tables["shop"]["ours"]["mae"] == pytest.approx(np.mean(truth * (np.exp(0.1) - 1)), abs=1e-3)
    low, high = tables["shop"]["specialist"]["above_ours_ci95"]
    wide_low, wide_high = tables["shop"]["specialist"]["adjusted"]
    assert wide_low <= low < tables["shop"]["specialist"]["above_ours"] < high <= wide_high


def test_rows_of_one_split_have_no_table_beside_that_of_all(held: Held) -> None:
    assert by_split(held, {"ours": np.log(held.truth)}, ["seed"] * 300) == {}


def recorded(held: Held) -> list[Row]:
    """Rows whose recorded estimates are nearly right; every third has none."""
    said = [None if i % 3 == 0 else float(price * 1.05) for i, price in enumerate(held.truth)]
    return [Row(title=f"thing number {i}", extra={} if each is None else {"specialist_8b": each}) for i, each in enumerate(said)]


def test_recorded_estimates_stand_in_for_the_specialist(held: Held) -> None:
    table = stand_in(recorded(held), held, MEMBERS)
    assert "specialist" not in table
    assert table["ours"]["mae"] <= table["published 8B"]["mae"] * 1.02 < table["frontier-rag"]["mae"]
    assert stand_in([Row(title="x")] * 300, held, MEMBERS) == {}


def test_a_rule_is_said_in_one_line(weights: Weights) -> None:
    lines = in_one_line(weights)
    assert set(lines) == set(weights.subsets)
    assert all("\n" not in line and name in line for key, line in lines.items() for name in key.split("+"))


def test_a_chat_model_is_fitted_in_frontier_rags_place_never_beside_it(held: Held) -> None:
    logs = {**held.logs, "frontier-rag-chat": np.log(held.truth) + 0.05}
    both = Held(logs, held.truth, held.weights, held.folds, held.widths)
    fitted = fit_all([*MEMBERS, "frontier-rag-chat"], both)
    assert len(fitted.subsets) == 11
    assert fitted.combine({"frontier-rag-chat": 50.0, "specialist": 20.0}).shares["frontier-rag-chat"] > 0.5


def test_answers_that_a_chat_model_left_to_the_local_estimator_are_counted() -> None:
    class Sometimes:
        async def answer(self, requests: Sequence[PriceRequest]) -> list[Answer]:
            models = ("frontier-rag-chat:gpt-x@7", "frontier-rag-local@7")
            return [Answer(5.0, 4.0, 6.0, models[i % 2]) for i, _ in enumerate(requests)]

    member = ChatMember(Sometimes(), "v")
    asyncio.run(member.answer([PriceRequest(description="lamp")] * 5))
    assert member.left == 2


def test_estimates_are_asked_anew_when_a_part_of_an_artifact_was_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "frontier-rag" / "estimator").mkdir(parents=True)
    (tmp_path / "frontier-rag" / "meta.json").write_text("{}")
    inner = tmp_path / "frontier-rag" / "estimator" / "meta.json"
    inner.write_text("{}")
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    before = version_of("frontier-rag")
    inner.write_text('{"again": 1}')
    after = version_of("frontier-rag")
    assert before != after
    assert before.split("-")[0] == after.split("-")[0]
