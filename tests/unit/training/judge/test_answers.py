"""Answers are asked for once and kept, by the artifacts that gave them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from common.pricing import ItemError, PricedItem, PriceRequest
from common.problem import Problem
from tests.unit.training.judge.own_deals import answer
from training.judge.answers import CHUNK, answers_of, kept_file

REQUESTS = [PriceRequest(description=name) for name in ("Acme QX100 Lamp", "Acme QX200 Lamp", "Acme QX100 Lamp")]


class Pricers:
    """Price a thing at its place among all that they were asked; what is called broken gets no price."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def opened(self) -> "Pricers":
        return self

    async def price(self, requests: Sequence[PriceRequest]) -> Sequence[PricedItem]:
        before = sum(map(len, self.asked))
        self.asked.append([each.description for each in requests])
        return [self._priced(each, before + i) for i, each in enumerate(requests, start=1)]

    def _priced(self, request: PriceRequest, place: int) -> PricedItem:
        if request.description == "broken":
            return ItemError(error=Problem(type="about:blank", title="No price", status=503, detail="all pricers are away"))
        return answer(float(place), "exact")


class Closed:
    """Must not be asked."""

    async def opened(self) -> Pricers:
        raise AssertionError("everything was kept")


@pytest.fixture(autouse=True)
def artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    return tmp_path / "artifacts"


def prices(requests: Sequence[PriceRequest], runs: Path, pricers: Pricers | Closed) -> list[float]:
    return [each.price for each in asyncio.run(answers_of(requests, runs, pricers.opened))]


def test_each_request_is_asked_once_and_kept_answers_are_used_again(tmp_path: Path) -> None:
    pricers = Pricers()
    assert prices(REQUESTS, tmp_path / "runs", pricers) == [1.0, 2.0, 1.0]
    assert pricers.asked == [["Acme QX100 Lamp", "Acme QX200 Lamp"]]
    assert prices(REQUESTS[::-1], tmp_path / "runs", Closed()) == [1.0, 2.0, 1.0]
    (kept,) = asyncio.run(answers_of(REQUESTS[:1], tmp_path / "runs", Closed().opened))
    assert kept == answer(1.0, "exact")


def test_of_new_requests_those_alone_are_asked(tmp_path: Path) -> None:
    prices(REQUESTS, tmp_path, Pricers())
    pricers = Pricers()
    assert prices([PriceRequest(description="Acme radio"), *REQUESTS], tmp_path, pricers) == [1.0, 1.0, 2.0, 1.0]
    assert pricers.asked == [["Acme radio"]]


def test_another_artifact_is_asked_anew(tmp_path: Path, artifacts: Path) -> None:
    prices(REQUESTS, tmp_path, Pricers())
    (artifacts / "ensemble").mkdir(parents=True)
    (artifacts / "ensemble" / "meta.json").write_text("{}")
    pricers = Pricers()
    prices(REQUESTS, tmp_path, pricers)
    assert len(pricers.asked) == 1


def test_half_a_line_of_a_stopped_run_is_asked_anew_and_spoils_no_other(tmp_path: Path) -> None:
    prices(REQUESTS, tmp_path, Pricers())
    kept = kept_file(tmp_path)
    kept.write_text(kept.read_text()[:-20])
    pricers = Pricers()
    assert prices(REQUESTS, tmp_path, pricers) == [1.0, 1.0, 1.0]
    assert pricers.asked == [["Acme QX200 Lamp"]]
    assert prices(REQUESTS, tmp_path, Closed()) == [1.0, 1.0, 1.0]


def test_what_was_answered_before_one_gets_no_price_is_kept(tmp_path: Path) -> None:
    many = [PriceRequest(description=f"lamp {i}") for i in range(CHUNK)]
    with pytest.raises(SystemExit, match=r"broken.*all pricers are away"):
        prices([*many, PriceRequest(description="broken")], tmp_path, Pricers())
    assert prices(many, tmp_path, Closed()) == [float(i) for i in range(1, CHUNK + 1)]
