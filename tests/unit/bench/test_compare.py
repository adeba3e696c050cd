"""The table has a column for each part and tells what is not measured; recorded answers are found by name and price."""

import json
from pathlib import Path

import numpy as np
import pytest

from bench.compare import (
    AS_RECORDED,
    COLUMNS,
    ENSEMBLE_THERE,
    TYPED,
    asked_of,
    beside_recorded,
    cell,
    combined,
    markdown,
    recorded_answers,
    said_of,
    scores_by_column,
)
from common.pricing import PriceRequest
from ensemble.combine import Weights
from ensemble.rule import Rule
from tests.unit.ensemble.flat_rules import NO_SHIFT, NO_WORDS, WIDE
from training.data.rows import Row
from training.evaluation.pricers import Answer, Combined

DEAL = Row(title="Lumo Buds", price=80.0, extra={"family": "deal", "split": "deal"})
SEED = Row(title="Vacuum", description=("with a hose",), price=100.0, extra={"split": "seed", "specialist_8b": 90.0})
PLAIN = Row(title="Kettle", price=40.0, extra={"split": "seed"})


def test_columns_are_scored_apart() -> None:
    asked = asked_of([SEED, PLAIN, DEAL], [Row(title="Lumo Phone", price=500.0)])
    assert asked.columns == ["seed", "seed", "deal", "typed"]
    assert [row.title for row in asked.typed] == list(TYPED)
    answers = [Answer(100.0, 90.0, 95.0), Answer(80.0, 20.0, 90.0), Answer(40.0), Answer(500.0, 400.0, 600.0)]
    found = scores_by_column(asked.rows, asked.columns, answers)
    assert list(found) == ["seed", "typed", "deal"]
    assert found["seed"]["n"] == 2
    assert (found["seed"]["mae"], found["seed"]["coverage80"], found["seed"]["hits"]) == (20.0, 0.5, 0.5)
    assert found["seed"]["log_error"] == pytest.approx(np.log(2) / 2, abs=1e-4)
    assert found["deal"]["coverage80"] is None


def test_a_cell_tells_error_hits_coverage_and_bias() -> None:
    figures = {"n": 9, "log_error": 0.2834, "mae": 87.3, "hits": 0.755, "coverage80": 0.798, "log_bias": -0.012}
    assert cell(figures) == "0.283 / 87 / 76% / 80% / -0.01"
    assert cell({**figures, "coverage80": None}) == "0.283 / 87 / 76% / - / -0.01"
    assert cell(None) == "-"
    lines = markdown({"ensemble": {"named": figures}, "other": {"named": {**figures, "n": 4}}}).splitlines()
    assert "named (9)" in lines[0]
    assert lines[2] == "| ensemble | " + " | ".join(cell(figures) if column == "named" else "-" for column in COLUMNS) + " |"


def test_the_ensemble_is_combined_from_kept_answers() -> None:
    weights = Weights(["a", "b"], {"a+b": Rule({"a": 0.5, "b": 0.5}, NO_SHIFT, WIDE)}, NO_WORDS)
    (answer,) = combined(Combined({}, weights), [PLAIN], {"a": [Answer(10.0)], "b": [Answer(40.0)]})
    assert answer.price == pytest.approx(20.0)


def test_recorded_answers_are_those_to_the_same_name_at_the_same_price(tmp_path: Path) -> None:
    lines = [
        {"subject": "Lumo Buds", "market_price": 80.0, "llm": 75.0},
        {"subject": "Lumo Buds", "market_price": 20.0, "llm": 25.0},
    ]
    (tmp_path / "deals.jsonl").write_text("\n".join(map(json.dumps, lines)))
    said = said_of([SEED, PLAIN, DEAL], tmp_path / "deals.jsonl")
    assert [(each.source, each.said, each.truth) for each in said] == [("seed", 90.0, 100.0), ("deal", 75.0, 80.0)]
    assert said[0].request == PriceRequest(title="Vacuum", description="with a hose")
    assert said[1].request == PriceRequest(description="Lumo Buds")


def test_recorded_answers_stand_beside_ours_to_the_same_rows(tmp_path: Path) -> None:
    (tmp_path / "deals.jsonl").write_text(json.dumps({"subject": "Lumo Buds", "market_price": 80.0, "llm": 40.0}))
    dev = [SEED, PLAIN, DEAL]
    recorded = recorded_answers(dev, tmp_path / "deals.jsonl")
    assert recorded == [90.0, None, 40.0]
    found = beside_recorded(dev, recorded, [Answer(100.0, 90.0, 110.0), Answer(1.0), Answer(80.0), Answer(5.0)])
    assert {name: sorted(scores) for name, scores in found.items()} == {
        AS_RECORDED: ["deal", "seed"],
        ENSEMBLE_THERE: ["deal", "seed"],
    }
    assert (found[AS_RECORDED]["seed"]["mae"], found[AS_RECORDED]["deal"]["mae"]) == (10.0, 40.0)
    assert (found[ENSEMBLE_THERE]["seed"]["mae"], found[ENSEMBLE_THERE]["deal"]["n"]) == (0.0, 1)
