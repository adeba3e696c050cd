"""Whether the models still fit: what is asked, what is told of it, and when a person hears of it."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry, generate_latest

from common.client import ServiceClient
from common.deals import Notice
from common.errors import DeadlineExceededError, UnavailableError
from scanner.app import Fakes, create_app
from scanner.drift.coverage import Coverage, Found, coverage_of, found_later
from scanner.drift.ensemble_models import Drift, EnsembleModels
from scanner.drift.figure import COVERAGE, PSI, Figure, coverage_figure
from scanner.drift.schemas import DriftFigures
from scanner.drift.watch import PATIENCE, DriftWatch, Sources, notice_of
from scanner.history.ledger import Later, Push
from scanner.metrics import ScannerMetrics
from scanner.store.store import open_store
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, FakeStream, item, rss, store_in
from tests.unit.scanner.test_app import scan, settings
from tests.waiting import until_ready

A = "https://a.example/rss"
USUAL, OTHER = (
    Drift(n=900, psi=0.4, unknown_share=0.2, degraded_share=0.0),
    Drift(n=900, psi=1.8, unknown_share=0.2, degraded_share=0),
)


class Ensemble:
    """Tells `told`, or raises it."""

    def __init__(self, told: Drift | Exception = USUAL) -> None:
        self.told = told

    async def drift(self) -> Drift:
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


@dataclass
class Kept:
    """What people said, what was pushed, and what went out."""

    said: dict[str, Found] = field(default_factory=dict)
    history: list[tuple[Push, Later]] = field(default_factory=list)
    sent: dict[str, Notice] = field(default_factory=dict)

    async def worths(self, since: datetime) -> dict[str, Found]:
        return self.said

    async def pushed(self, since: datetime) -> list[tuple[Push, Later]]:
        return self.history

    async def add_notice(self, notice: Notice) -> bool:
        is_new = notice.id not in self.sent
        self.sent[notice.id] = notice
        return is_new


def watch_over(ensemble: Ensemble, kept: Kept, now: list[datetime] | None = None) -> DriftWatch:
    moment = now or [NOW]
    return DriftWatch(Sources(ensemble, kept, kept, kept), lambda: moment[0])


def test_a_scanner_that_does_not_lead_looks_too_and_tells_nobody_until_it_does() -> None:
    kept, leads = Kept(), [False]
    watch = DriftWatch(Sources(Ensemble(OTHER), kept, kept, kept), lambda: NOW, None, lambda: leads[0])

    async def looks(count: int) -> None:
        for _ in range(count):
            await watch.look()

    asyncio.run(looks(PATIENCE + 1))
    assert next(figure for figure in watch.figures if figure.name == PSI).is_beyond
    assert (watch.looked, kept.sent) == (NOW, {})
    leads[0] = True
    asyncio.run(looks(1))
    assert len(kept.sent) == 1


def push(name: str, interval: tuple[float, float] | None = (50.0, 100.0)) -> Push:
    return Push(name, "1", "A drill", "new", "https://a.example/1", "Acme", "Deals", 40.0, 30.0, NOW, interval=interval)


def test_a_price_that_was_found_out_lay_in_its_interval_or_not() -> None:
    assert coverage_of([]) == Coverage(0)
    found = coverage_of([Found(60, 50, 100)] * 8 + [Found(120, 50, 100)] * 2)
    assert (found.n, found.share) == (10, 0.8)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.8 < found.high


def test_only_what_was_often_offered_and_nobody_spoke_of_counts_by_later_prices() -> None:
    later, once, never = Later((), 70.0, 5), Later((), 70.0, 1), Later((), None, 0)
    pushes = [(push("a"), later), (push("b"), later), (push("c"), once), (push("d"), never), (push("e", None), later)]
    assert found_later(pushes, frozenset({"b"})) == [Found(70.0, 50.0, 100.0)]


def test_a_low_share_of_few_is_chance() -> None:
    few, many = coverage_of([Found(120, 50, 100)] * 2 + [Found(60, 50, 100)] * 2), coverage_of([Found(120, 50, 100)] * 60)
    assert not coverage_figure(few.share, few.n, few.high).is_beyond
    assert coverage_figure(many.share, many.n, many.high).is_beyond


def test_a_rule_sees_no_low_share_that_chance_may_have_made() -> None:
    registry, missed = CollectorRegistry(), Found(120, 50, 100)
    metrics = ScannerMetrics(registry)

    def seen(count: int) -> str:
        kept = Kept(said={str(number): missed for number in range(count)})
        asyncio.run(DriftWatch(Sources(Ensemble(), kept, kept, kept), lambda: NOW, metrics).look())
        return generate_latest(registry).decode()

    assert "pricing_interval_coverage NaN" in seen(1)
    assert "pricing_interval_coverage 0.0" in seen(60)


def test_what_stays_beyond_its_bound_is_told_once_a_week_and_not_at_first_sight() -> None:
    ensemble, kept, now = Ensemble(OTHER), Kept(), [NOW]
    watch = watch_over(ensemble, kept, now)

    async def looks(count: int) -> None:
        for _ in range(count):
            await watch.look()

    asyncio.run(looks(PATIENCE - 1))
    assert kept.sent == {}
    ensemble.told = USUAL
    asyncio.run(looks(1))
    ensemble.told = OTHER
    asyncio.run(looks(PATIENCE - 1))
    assert kept.sent == {}
    asyncio.run(looks(3))
    (told,) = kept.sent.values()
    assert (told.kind, told.title) == ("model-drift", "What is priced is unlike what the models learned from")
    assert "1.80" in told.text
    now[0] += timedelta(days=7)
    asyncio.run(looks(1))
    assert len(kept.sent) == 2


def test_an_ensemble_that_is_away_costs_its_figures_alone() -> None:
    registry = CollectorRegistry()
    kept = Kept(said={"x": Found(60, 50, 100)})
    watch = DriftWatch(Sources(Ensemble(UnavailableError("it is away")), kept, kept, kept), lambda: NOW, ScannerMetrics(registry))
    assert "pricing_interval_coverage NaN" in generate_latest(registry).decode()
    asyncio.run(watch.look())
    assert watch.problem == "it is away"
    assert [each.name for each in watch.figures] == [COVERAGE]
    assert "pricing_interval_coverage 1.0" in generate_latest(registry).decode()


def test_an_ensemble_of_another_version_or_one_that_hangs_is_said() -> None:
    async def asked(handler: httpx2.MockTransport, seconds: float = 5.0) -> Drift:
        models = EnsembleModels(ServiceClient("ensemble", "http://ensemble", timeout=seconds, transport=handler))
        try:
            return await models.drift()
        finally:
            await models.aclose()

    async def hang(_: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(60)
        return httpx2.Response(200)

    with pytest.raises(UnavailableError, match="not that of GET /models"):
        asyncio.run(asked(httpx2.MockTransport(lambda _: httpx2.Response(200, json={"drift": None}))))
    with pytest.raises((UnavailableError, DeadlineExceededError)):
        asyncio.run(asked(httpx2.MockTransport(hang), 0.2))
    told = {"drift": USUAL.model_dump(), "service": "ensemble"}
    assert asyncio.run(asked(httpx2.MockTransport(lambda _: httpx2.Response(200, json=told)))) == USUAL


def test_a_notice_goes_out_once_and_what_a_person_says_is_counted(tmp_path: Path) -> None:
    async def kept_once() -> list[bool]:
        store = await store_in(tmp_path)
        notice = notice_of(Figure(PSI, 1.8, 900, 1.0, True), NOW)
        found = [await store.outbox.add_notice(notice), await store.outbox.add_notice(notice)]
        assert [row.body for row in await store.outbox.unsent(10)] == [notice.model_dump_json()]
        await store.aclose()
        return found

    assert asyncio.run(kept_once()) == [True, False]


def test_what_people_say_of_real_deals_is_counted_and_told(tmp_path: Path) -> None:
    fakes = Fakes(FakeSource({A: rss(item("Acme drill for $60"))}), FakeJudge(), FakeStream(), now=lambda: NOW, models=Ensemble())
    with TestClient(create_app(fakes, settings(tmp_path, feeds=A))) as client:
        until_ready(client)
        assert client.get("/drift").json() == {"looked": None, "problem": "nobody has looked yet", "figures": []}
        scan(client)
        (deal,) = client.get("/deals").json()["items"]
        said = client.post(f"/deals/{deal['id']}/feedback", json={"verdict": "not_worth_that", "worth": 100.0})
        assert said.is_success, said.text

    async def looked() -> DriftFigures:
        store = await open_store(settings(tmp_path, feeds=A).database, lambda: None)
        watch = DriftWatch(Sources(Ensemble(), store.feedback, store.ledger, store.outbox), lambda: NOW)
        await watch.look()
        await store.aclose()
        return DriftFigures.model_validate(watch, from_attributes=True)

    told = asyncio.run(looked())
    found = {each.name: (each.value, each.n, each.is_beyond) for each in told.figures}
    assert (found["psi"], found["interval_coverage"]) == ((0.4, 900, False), (0.0, 1, False))
    assert (told.looked, told.problem) == (NOW, "")
