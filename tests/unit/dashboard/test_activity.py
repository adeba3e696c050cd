"""The pages of activity: what the agents did, what a scan did when, what the planner spent; and the stream of lines."""

import asyncio
import html
import re
from collections.abc import MutableMapping
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from dashboard.activity.agents import AGENTS
from dashboard.activity.schemas import Sent, Trace
from dashboard.activity.waterfall import waterfall_of
from dashboard.app import Fakes, create_app
from tests.unit.dashboard.activity_world import HOSTILE, ActivityWorld, after, busy_world, plan, step, told_item, trace


def page_of(world: ActivityWorld, path: str) -> str:
    answer = TestClient(create_app(Fakes(world.clients())), follow_redirects=False).get(path)
    assert answer.status_code == 200
    return answer.text


def lines_of(page: str) -> list[str]:
    return [re.sub(r"<[^>]+>|\s+", " ", each) for each in re.findall(r'<li class="did.*?</li>', page, re.DOTALL)]


def test_the_page_lists_what_all_agents_did_with_their_names_newest_first() -> None:
    page = page_of(busy_world(), "/activity")
    lines = lines_of(page)
    assert len(lines) == 14
    assert "Quiet hours" in lines[0]
    assert "Scan begins" in lines[-1]
    for name, label in AGENTS.items():
        assert f'of-{name}"' in page
        assert any(label in line for line in lines)
    assert 'href="/activity/scans/s1"' in page
    assert 'href="/opportunities/opp-1"' in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("agent=scanner", 6),
        ("agent=scanner&agent=planner", 7),
        ("level=warning", 2),
        ("level=error", 1),
        ("agent=scanner&level=error", 0),
        ("agent=nobody&level=loud", 14),
    ],
)
def test_lines_are_filtered_by_agent_and_level(query: str, count: int) -> None:
    page = page_of(busy_world(), f"/activity?{query}")
    assert len(lines_of(page)) == count
    assert page.count(" checked") == 1 + query.count("agent=scanner") + query.count("agent=planner")


def test_a_service_that_is_away_costs_only_its_lines() -> None:
    world = busy_world()
    world.down = {"notifier"}
    page = page_of(world, "/activity")
    assert "Not heard: notifier." in page
    assert len(lines_of(page)) == 11


def test_hostile_text_in_any_field_is_shown_as_text() -> None:
    world = ActivityWorld()
    world.tell(HOSTILE, HOSTILE, scan=HOSTILE, topics=(HOSTILE,))
    world.tell(HOSTILE, "scanner", opportunity=HOSTILE)
    item = told_item(
        1, title=HOSTILE, feed=HOSTILE, reason=HOSTILE, currency=HOSTILE, state=HOSTILE, opportunity=HOSTILE, alerted=False
    )
    spans = [step(HOSTILE, 0, 1, HOSTILE, problem=HOSTILE, facts={HOSTILE: 1}), step("fetch", 0, 1, HOSTILE, problem=HOSTILE)]
    world.others["/scans/s1/trace"] = trace(spans=spans, items=[item], next=HOSTILE)
    world.scans[0] |= {"state": HOSTILE, "error": HOSTILE, "problem": HOSTILE}
    steps = [{"tool": HOSTILE, "arguments": HOSTILE, "result": HOSTILE, "tokens": 1, "dollars": 0.1}]
    world.others["/plans"] = {"items": [plan(ending=HOSTILE, steps=steps)], "next": None}
    for path in ("/activity", "/activity/scans", "/activity/scans/s1", "/activity/plans"):
        page = page_of(world, path)
        assert "<img src=x" not in page, path
        assert html.escape(HOSTILE, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")[:30] in page, path
        assert "{{7" in page or path == "/activity/scans"


def test_a_scan_is_shown_as_bars_with_times_and_what_came_of_each_item() -> None:
    page = page_of(busy_world(), "/activity/scans/s1")
    for text in (
        "Fetch",
        "Parse",
        "Find what is new",
        "Judge",
        "Price",
        "Choose alerts",
        "Outbox",
        "Push",
        "1 failed",
        "answered 503",
    ):
        assert text in page
    for text in (
        "Gift card, $50 for $45",
        "no product",
        "the chance of 71% is less than 90%",
        "review",
        "pushed",
        "specialist $131.00",
    ):
        assert text in page
    assert 'aria-label="from 0.90 s to 1.10 s"' in page


def test_a_scan_whose_steps_were_not_kept_says_so_and_one_that_is_unknown_has_no_page() -> None:
    world = busy_world()
    world.others["/scans/s1/trace"] = "of this scan no steps were kept"
    assert "Of this scan no steps were kept." in page_of(world, "/activity/scans/s1")
    assert TestClient(create_app(Fakes(world.clients()))).get("/activity/scans/none").status_code == 404


def test_scans_and_plans_are_listed_with_their_figures() -> None:
    scans = page_of(busy_world(), "/activity/scans")
    assert 'href="/activity/scans/s1"' in scans
    assert "2.1 s" in scans
    plans = page_of(busy_world(), "/activity/plans")
    for text in ("2,100 tokens", "$0.0011", "1 chosen", "notify", "1,840", "0.0009"):
        assert text in plans
    world = ActivityWorld(scans=[])
    world.others["/plans"] = {"items": [], "next": None}
    assert "No scan yet" in page_of(world, "/activity/scans")
    assert "No plan yet" in page_of(world, "/activity/plans")
    world.down = {"scanner"}
    assert "cannot be shown" in page_of(world, "/activity/scans")
    assert "cannot be shown" in page_of(world, "/activity/plans")


def test_bars_lie_within_their_axis_whatever_the_numbers() -> None:
    spans = [step("fetch", 0, 1e-9), step("judge", 5, 2), step("store", 1, 1)]
    late = told_item(1, queued=after(2), stored=after(4000))
    found = waterfall_of(
        Trace.model_validate(trace(spans=spans, items=[late])),
        [Sent.model_validate({"id": "opp-1", "state": "sent", "sent": after(9000)})],
    )
    assert found.length == 4.0
    for bar in (*found.bars, *found.phases):
        assert 0 <= bar.left <= bar.left + bar.width <= 100.5
    assert [bar.kind for bar in found.bars if bar.is_cut] == ["outbox", "push"]
    nothing = waterfall_of(Trace.model_validate(trace(spans=[], items=[])), [])
    assert (nothing.bars, nothing.phases) == ([], [])


async def _stream(app: FastAPI, query: str, most: int) -> list[str]:
    parts, gone = list[str](), asyncio.Event()

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message.get("body"):
            parts.append(bytes(message["body"]).decode())
        if len(parts) >= most:
            gone.set()

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/activity/stream",
        "headers": [(b"host", b"localhost")],
        "client": ("::1", 1),
    }
    more = {"query_string": query.encode(), "http_version": "1.1", "scheme": "http", "server": ("localhost", 80)}
    async with app.router.lifespan_context(app), asyncio.timeout(10):
        await app({**scope, **more}, receive, send)
    return parts


def test_the_stream_gives_lines_of_the_wanted_agents_as_html_on_one_line() -> None:
    world = ActivityWorld()
    world.tell("unwanted", "planner")
    world.tell(HOSTILE, "scanner")
    welcome, line = asyncio.run(_stream(create_app(Fakes(world.clients())), "agent=scanner", 2))
    assert welcome.startswith(":")
    identifier, name, data, *rest = line.splitlines()
    assert re.fullmatch(r"id: [0-9a-f]{8}-2", identifier)
    assert (name, rest) == ("event: line", [""])
    assert data.startswith('data: <li class="did info of-scanner"')
    assert "<img" not in data
