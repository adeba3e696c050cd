"""training.judge_train on deals in our own words, with the pricers' answers kept beforehand: artifact, figures, refusals."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("scipy", reason="needs scipy (make training)")

from common.artifact import read_artifact
from common.pricing import PricedItem, PriceRequest
from ensemble.judge.model import COMMAND, FILE, FORMAT_VERSION, Facts, ReferenceFacts, load_judge
from tests.integration.training.own_products import save_own_products
from tests.unit.training.judge.own_deals import answer, case
from training.judge.answers import answers_of
from training.judge.cases import read_cases
from training.judge_train import main


class Pricers:
    """Say the same of everything, unsurely."""

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        return [answer(150.0, "similar", spread=4.0) for _ in requests]


async def opened() -> Pricers:
    return Pricers()


@pytest.fixture
def argv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    data, runs = save_own_products(tmp_path / "data", fit=60, dev=20, unpriced=2), tmp_path / "runs"
    cases = read_cases(data / "deals-market.jsonl.xz")
    asyncio.run(answers_of([each.request for each in cases], runs, opened))
    return ["--data", str(data), "--out", str(tmp_path / "judge"), "--runs", str(runs), "--folds", "2"]


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def test_the_artifact_is_one_that_the_service_reads(argv: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(argv)
    artifact = read_artifact(tmp_path / "judge", format_version=FORMAT_VERSION, command=COMMAND)
    judge = load_judge(artifact.path(FILE))
    offer = case(100.37, category="Tools", retailer="Shop 1").offer
    assert judge.judge(Facts(offer)).worth == pytest.approx(100.37 / 0.61, rel=0.1)  # what the middle one of them is worth
    assert judge.judge(Facts(offer, references=[ReferenceFacts("next_best", 190.0)])).worth == pytest.approx(190, rel=0.03)
    found = last_line(capsys)
    assert found["n"] == 120
    assert found["modes"] == artifact.meta["metrics"]
    assert found["modes"]["stated"]["by"]["next_best"]["n"] == 60
    assert found["modes"]["stated"]["by"]["next_best"]["ln"] < 0.03
    assert artifact.meta["arguments"] | {"folds": 2, "claimed": 0.3, "usual": 0.3, "prior_folds": 5} == artifact.meta["arguments"]


def test_to_compare_only_leaves_no_artifact(argv: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([*argv, "--compare-only"])
    assert not (tmp_path / "judge").exists()
    assert last_line(capsys)["modes"].keys() == {"blind", "stated", "others", "estimate_alone"}


def test_without_deals_it_says_what_is_missing(argv: list[str], tmp_path: Path) -> None:
    (tmp_path / "data" / "deals-market.jsonl.xz").unlink()
    with pytest.raises(SystemExit, match=r"deals-market\.jsonl\.xz is not there"):
        main(argv)
