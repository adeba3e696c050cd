"""The artifact holds a rule for every subset, and says each in words."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from common.artifact import read_artifact
from ensemble.combine import COMMAND, FORMAT_VERSION, Weights, load_weights
from tests.unit.ensemble.flat_rules import NO_WORDS, group
from tests.unit.training.ensemble.noisy_pricers import MEMBERS, three_members
from training.ensemble.artifact import in_one_line, write
from training.ensemble.fit import fit_all
from training.ensemble.held import Held


@pytest.fixture(scope="module")
def held() -> Held:
    return three_members()


@pytest.fixture(scope="module")
def weights(held: Held) -> Weights:
    return fit_all(MEMBERS, held, NO_WORDS)


def test_all_seven_subsets_get_a_rule(weights: Weights) -> None:
    assert len(weights.subsets) == 7
    assert all(sum(rule.weights.values()) == pytest.approx(1, abs=1e-3) for rule in weights.subsets.values())
    assert weights.combine({"specialist": 20.0, "random-forest": 30.0}, group()).low < 25


def test_the_artifact_is_one_that_the_service_reads(tmp_path: Path, weights: Weights) -> None:
    write(weights, tmp_path / "ensemble", {"metrics": {}})
    write(weights, tmp_path / "ensemble", {"metrics": {"dev": 1}})
    artifact = read_artifact(tmp_path / "ensemble", format_version=FORMAT_VERSION, command=COMMAND)
    assert load_weights(artifact.folder) == weights
    assert [path.name for path in tmp_path.iterdir()] == ["ensemble"]


def test_a_rule_is_said_in_one_line(weights: Weights) -> None:
    lines = in_one_line(weights)
    assert set(lines) == set(weights.subsets)
    assert all("\n" not in line and name in line for key, line in lines.items() for name in key.split("+"))


def test_a_chat_model_is_fitted_in_frontier_rags_place_never_beside_it(held: Held) -> None:
    logs = {**held.logs, "frontier-rag-chat": np.log(held.truth) + 0.05}
    both = replace(held, logs=logs)
    fitted = fit_all([*MEMBERS, "frontier-rag-chat"], both, NO_WORDS)
    assert len(fitted.subsets) == 11
    assert fitted.combine({"frontier-rag-chat": 50.0, "specialist": 20.0}, group()).shares["frontier-rag-chat"] > 0.5
