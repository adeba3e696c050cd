"""A pricer that was only written into the list is asked and shown; it counts as soon as training has weighed it."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from common.artifact import write_meta
from common.pricers import PRICERS, PricerService, pricer_urls
from common.pricing import PriceRequest, PriceResponse
from ensemble.app import pricer_over
from ensemble.combine import CATEGORY_WORDS, COMMAND, FORMAT_VERSION, RULES, Weights, subset_key
from ensemble.metrics import EnsembleMetrics
from ensemble.peer.transport import Reply
from ensemble.rule import Rule
from ensemble.settings import Settings
from tests.unit.ensemble.flat_rules import NO_SHIFT, NO_WORDS, WIDE

MADE_UP = PricerService("made-up", 8099, "training.made_up_train")
OLD = tuple(pricer.name for pricer in PRICERS)


class FourServices:
    """Each answers with a price of its own, told by its port."""

    def __init__(self, prices: Mapping[int, float]) -> None:
        self.prices = prices

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limit: int) -> Reply:
        price = self.prices[int(url.split(":")[2].partition("/")[0])]
        answer = {"price": price, "low": price / 2, "high": price * 2, "model": "fake@1"}
        items = json.loads(body or b"{}").get("items", [])
        return Reply(200, json.dumps({"results": [answer] * len(items)} if items else answer).encode())

    async def aclose(self) -> None:
        """Nothing to give back."""


def write_weights(folder: Path, *subsets: tuple[str, ...]) -> None:
    rules = {subset_key(names): Rule(dict.fromkeys(names, 1 / len(names)), NO_SHIFT, WIDE) for names in subsets}
    (folder / "ensemble").mkdir(parents=True)
    Weights(sorted({name for names in subsets for name in names}), rules, NO_WORDS).save(folder / "ensemble")
    facts = {"format_version": FORMAT_VERSION, "command": COMMAND, "files": [RULES, CATEGORY_WORDS], "name": "ensemble"}
    write_meta(folder / "ensemble", **facts)  # type: ignore[arg-type]


async def answer_of(prices: Mapping[int, float]) -> PriceResponse:
    settings = Settings(pricers=pricer_urls((*PRICERS, MADE_UP)))
    async with AsyncExitStack() as resources:
        pricer = pricer_over(FourServices(prices), settings, resources, EnsembleMetrics())
        (answer,) = await pricer.price([PriceRequest(description="lamp")])
    assert isinstance(answer, PriceResponse)
    return answer


PRICES = {8001: 100.0, 8002: 100.0, 8003: 100.0, 8099: 1600.0}


def test_before_training_it_is_shown_and_counts_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    write_weights(tmp_path, OLD)
    answer = asyncio.run(answer_of(PRICES))
    assert answer.price == pytest.approx(100.0)
    assert [(each.pricer, each.price) for each in answer.estimates][-1] == ("made-up", 1600.0)
    assert [each.weight for each in answer.estimates] == [pytest.approx(1 / 3, abs=1e-3)] * 3 + [0.0]
    assert answer.degraded == []


def test_after_training_it_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    write_weights(tmp_path, OLD, (*OLD, "made-up"))
    answer = asyncio.run(answer_of(PRICES))
    assert answer.price == pytest.approx(200.0)
    assert [each.weight for each in answer.estimates] == [0.25] * 4
