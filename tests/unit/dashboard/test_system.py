"""The page of the system: readiness, what waits, rates and latencies out of /metrics, and what should be seen to."""

import asyncio
import html
from typing import Any

import pytest
from fastapi.testclient import TestClient

from common.http.metrics import Metrics
from common.settings import HttpSettings
from dashboard.app import Fakes, _open_peers, create_app
from dashboard.live.hub import Hub
from dashboard.peers import Peers
from dashboard.settings import Settings
from dashboard.system.metrics import LONGEST, Reading, rate, read, slow
from dashboard.system.sampler import KEPT, Sampler
from dashboard.system.service import System
from dashboard.system.small_line import small_line
from tests.unit.dashboard.activity_world import HOSTILE, ActivityWorld
from tests.unit.dashboard.fakes import NAMES, NOW


def about(service: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "service": service,
        "version": "0.1.0",
        "python": "3.11.7",
        "machine": "kitchen",
        "started": NOW.isoformat(),
        "memory_total": 16_000_000_000,
        "memory_free": 9_000_000_000,
        "disk_total": 500_000_000_000,
        "disk_free": 120_000_000_000,
        "artifacts": {"ensemble": "2026-11-21"} if service == "ensemble" else {},
        "libraries": {"fastapi": "0.165.0"},
        "checks": [{"is_well": True, "says": "disk: 120 GB are free"}],
    }
    return plain | changes


def exposition(requests: int, seconds: float = 0.02, route: str = "/price") -> str:
    """What a real service shows after so many requests."""
    metrics = Metrics()
    for _ in range(requests):
        metrics.requests.labels("POST", route, 200).inc()
        metrics.seconds.labels("POST", route).observe(seconds)
    return metrics.exposition().decode()


def world() -> ActivityWorld:
    made = ActivityWorld(texts={name: exposition(5) for name in NAMES}, abouts={name: about(name) for name in NAMES})
    made.desk.reviews = [{"id": number, "state": "open"} for number in range(3)]
    made.dead, made.next = [{}] * 200, "more"
    return made


def page_of(made: ActivityWorld) -> str:
    answer = TestClient(create_app(Fakes(made.clients()))).get("/system")
    assert answer.status_code == 200
    return answer.text


def test_the_page_says_what_is_ready_what_waits_and_on_what_all_stands() -> None:
    made = world()
    made.lacks = {"specialist": "no model"}
    page = page_of(made)
    for text in (
        "Specialist: no model.",
        "120.0 GB of 500.0 GB free",
        "9.0 GB of 16.0 GB free",
        "Machine kitchen",
        "fastapi&nbsp;0.165.0",
    ):
        assert text in page
    assert "<strong>3</strong>" in page
    assert "<strong>200+</strong>" in page
    assert page.count('class="lamp on"') == 5
    assert page.count('class="lamp off"') == 1


def test_all_is_not_well_where_a_service_is_ready_without_what_its_work_needs() -> None:
    made = world()
    made.away = {"notifier": {"stream": "Redis: Connection refused"}}
    page = page_of(made)
    assert "Notifier: stream: Redis: Connection refused." in page
    assert "All is well." not in page


def test_advice_is_told_once_however_many_services_say_it_and_without_any_all_is_well() -> None:
    made = world()
    assert "All is well." in page_of(made)
    full = {"is_well": False, "says": "disk: 0.2 GB are left; make room, or set VAR_DIR to another disk"}
    for name in NAMES:
        made.abouts[name]["checks"] = [full]
    page = page_of(made)
    assert page.split("Versions and checks")[0].count("Disk: 0.2 GB are left") == 1


def test_a_service_that_is_away_or_answers_something_else_costs_its_own_figures_alone() -> None:
    made = world()
    made.down, made.broken = {"notifier"}, {"scanner"}
    page = page_of(made)
    assert "Notifier: cannot be reached" in page
    assert page.count('class="lamp off"') == 2


def test_hostile_text_is_shown_as_text() -> None:
    made = world()
    for name in NAMES:
        made.abouts[name] |= {"version": HOSTILE, "python": HOSTILE, "machine": HOSTILE, "artifacts": {HOSTILE: HOSTILE}}
        made.abouts[name] |= {"libraries": {HOSTILE: HOSTILE}, "checks": [{"is_well": False, "says": HOSTILE}]}
    made.lacks = dict.fromkeys(NAMES, HOSTILE)
    page = page_of(made)
    assert "<img src=x" not in page
    assert html.escape("<img src=x") in page


def test_what_a_service_really_shows_is_read_without_the_probes() -> None:
    before, now = read(exposition(0), 0.0), read(exposition(50) + exposition_of_probe(), 10.0)
    assert rate(before, now) == 5.0
    assert slow(before, now) == 0.025
    assert slow(now, now) is None
    assert rate(now, Reading(20.0)) == 0.0  # it started anew


def exposition_of_probe() -> str:
    lines = exposition(9, 5.0, "/metrics").splitlines()
    return "\n".join(line for line in lines if line.startswith("http_request") and not line.startswith("#")) + "\n"


@pytest.mark.parametrize("text", ["<html>", '{"a": 1}', "http_requests_total{", "x" * (LONGEST + 1)])
def test_what_is_no_exposition_gives_no_figures(text: str) -> None:
    made = world()
    made.texts["scanner"] = text
    sampler = Sampler(Peers(made.clients()), Hub())
    for _ in range(3):
        asyncio.run(sampler.look())
    assert sampler.lines("scanner")["rate"].last is None


def test_rates_are_told_between_looks_and_no_more_than_an_hour_is_kept() -> None:
    async def play() -> None:
        made, now = world(), [0.0]
        sampler = Sampler(Peers(made.clients()), Hub(), lambda: now[0])
        for number in range(4):
            now[0] += 10.0
            made.texts["ensemble"] = exposition(20 * number)
            await sampler.look()
        made.down = {"ensemble"}
        await sampler.look()
        assert sampler.lines("ensemble")["rate"].values == [2.0, 2.0, 2.0, None]
        kept = sampler._looks["ensemble"]
        assert kept.maxlen == KEPT
        view = await System(Peers(made.clients()), sampler).view()
        assert [each.label for each in view.queues][:3] == ["To be judged", "Outbox", "Stream"]

    asyncio.run(play())


def test_a_small_line_breaks_where_nothing_is_known_and_stays_within_its_place() -> None:
    found = small_line([1.0, 2.0, None, 4.0, 3.0])
    assert found is not None
    assert (len(found.pieces), found.lowest, found.highest) == (2, 1.0, 4.0)
    points = [tuple(map(float, point.split(","))) for piece in found.pieces for point in piece.split()]
    assert all(0 <= x <= 100 and 0 <= y <= 24 for x, y in points)
    assert small_line([None, 1.0]) is None
    assert small_line([0.0, 0.0]) is not None


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ({"METRICS_KEY": "to read"}, "to read"),
        ({"METRICS_KEY": "to read", "API_KEYS": "all"}, "all"),
        ({"METRICS_KEY": "sha256:" + "a" * 64}, None),
        ({}, None),
    ],
)
def test_the_key_of_metrics_is_shown_where_there_is_no_other(
    monkeypatch: pytest.MonkeyPatch, keys: dict[str, str], shown: str | None
) -> None:
    for name in ("METRICS_KEY", "API_KEYS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    peers = _open_peers(Settings(), HttpSettings())
    assert {peer._http.headers.get("x-api-key") for peer in peers.values()} == {shown}
    for peer in peers.values():
        asyncio.run(peer.aclose())
