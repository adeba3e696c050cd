"""`make run` as a person has it: all services as local processes, from a feed to a phone, and stopped without an orphan."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx2
import journey
import pytest
from peer import Peer

from pricer.local.ports import free_ports
from tests.e2e.hostile_feed import hostile_feed, walk
from tests.waiting import until

PREFIXES = ("ENSEMBLE", "SPECIALIST", "FRONTIER_RAG", "RANDOM_FOREST", "SCANNER", "NOTIFIER", "DASHBOARD")

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def feeds_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("feeds")
    (folder / "sample.xml").write_bytes((files("scanner") / "demo" / "feed.xml").read_bytes())
    return folder


@pytest.fixture(scope="module")
def peer(feeds_folder: Path) -> Iterator[Peer]:
    with Peer(("127.0.0.1", 0), feeds_folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def running(peer: Peer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[journey.System, subprocess.Popen[str], Path]]:
    ports = dict(zip(PREFIXES, free_ports(len(PREFIXES)), strict=True))
    where = f"127.0.0.1:{peer.server_address[1]}"
    log = tmp_path_factory.mktemp("run") / "log"
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "REDIS_", "DATABASE_", "API_"))},
        **{f"{prefix}_PORT": str(port) for prefix, port in ports.items()},
        "VAR_DIR": str(log.parent / "var"),
        "FEEDS": f"http://{where}/feeds/none.xml",
        "SCANNER_ALLOW_HOSTS": where,
        "SCANNER_INTERVAL": "0",
        "SCANNER_BASELINE": "recent",
        "SCANNER_EXCHANGE_RATES": "AUD=0.66",
        "NOTIFY_URLS": f"json://{where}/hook",
    }
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "pricer", "run"], env=env, stdout=file, stderr=subprocess.STDOUT, text=True
        )
    urls = {prefix.lower(): f"http://127.0.0.1:{port}" for prefix, port in ports.items()}
    system = journey.System(
        urls["ensemble"], urls["scanner"], urls["notifier"], urls["dashboard"], peer=f"http://{where}", feeds=f"http://{where}"
    )
    try:
        until(lambda: "Ready after" in log.read_text() or process.poll(), 240, what=f"everything is ready; see {log}")
        assert process.poll() is None, log.read_text()
        yield system, process, log
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


@pytest.fixture
def system(running: tuple[journey.System, subprocess.Popen[str], Path]) -> journey.System:
    return running[0]


def test_the_front_door_asks_all_three_pricers(system: journey.System) -> None:
    journey.check_price(system)


def test_a_deal_in_a_feed_reaches_the_phone_once(system: journey.System) -> None:
    journey.check_alerts(system, ["sample.xml"])
    journey.check_second_scan_is_silent(system)


def test_real_feeds_reach_the_phone_once(system: journey.System, shared_data: Path, feeds_folder: Path) -> None:
    names = ["dealnews-computers.xml", "ozbargain.xml"]
    for name in names:
        feed = (shared_data / "feeds" / name).read_text(encoding="utf-8")
        feed = feed.replace("<dealnews:expires>2026", "<dealnews:expires>2099")  # or one winter it would hold nothing to tell of,
        feed = re.sub(r"<pubDate>[^<]*</pubDate>", "", feed)  # and three days after its date nothing that is news
        (feeds_folder / name).write_text(feed, encoding="utf-8")
    journey.check_alerts(system, names, currencies={"ozbargain.xml": "AUD"})
    journey.check_second_scan_is_silent(system)


def test_the_dashboard_shows_the_best_opportunity(system: journey.System) -> None:
    journey.check_dashboard(system)


def test_a_feed_reader_follows_the_list_where_the_dashboard_is(system: journey.System) -> None:
    journey.check_feed(system)


def test_what_a_feed_writes_into_its_fields_is_run_on_no_page(system: journey.System, feeds_folder: Path, chromium: Any) -> None:
    (feeds_folder / "hostile.xml").write_text(hostile_feed(), encoding="utf-8")
    system.post(f"{system.scanner}/feeds", {"url": f"{system.feeds}/feeds/hostile.xml"})
    before, alerts = len(system.received()), system.scan()["alerts"]
    assert alerts > 0
    pushed = until(lambda: got if len(got := system.received()[before:]) >= alerts else None, 120, what="they are on the phone")
    assert "javascript:" not in str(pushed)
    system.post(f"{system.scanner}/watchlist", {"text": "20V brushless cordless drill kit", "target_price": 40})
    seen, amiss = walk(chromium, system.dashboard)
    assert amiss == {}
    for room in ("/opportunities/", "/feeds/", "/activity/scans/", "/watchlist/"):
        assert any(path.startswith(room) for path in seen), (room, seen)
    for each in system.get(f"{system.scanner}/opportunities", q="7919")["items"]:
        assert "<img src=x onerror=" in each["deal"]["retailer"]
        assert "{{ 7919*7907 }}" in each["deal"]["title"]


def test_a_dead_feed_is_reported_and_harms_nobody(system: journey.System) -> None:
    feeds = system.get(f"{system.scanner}/feeds")["items"]
    dead = next(feed for feed in feeds if feed["url"].endswith("none.xml"))
    assert dead["last_error"]


def test_a_killed_service_comes_back(running: tuple[journey.System, subprocess.Popen[str], Path]) -> None:
    system, process, _ = running
    listing = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(process.pid)], capture_output=True, text=True, check=True
    ).stdout
    victim = next(int(line.split()[0]) for line in listing.splitlines() if line.endswith("-m random_forest"))
    os.kill(victim, signal.SIGKILL)
    answer = system.post(f"{system.ensemble}/price", {"description": "a lamp that nobody asked about before"})
    assert answer["degraded"] in (["random-forest"], [])
    until(lambda: not _degraded(system), 120, what="the killed pricer contributes again")


def _degraded(system: journey.System) -> list[str]:
    fresh = f"a lamp, number {time.monotonic_ns()}"  # what the ensemble has answered once it may answer from memory
    found: list[str] = system.post(f"{system.ensemble}/price", {"description": fresh})["degraded"]
    return found


def test_interrupt_stops_everything(running: tuple[journey.System, subprocess.Popen[str], Path]) -> None:
    system, process, _ = running
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(children) >= len(PREFIXES)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    alive = subprocess.run(
        ["ps", "-o", "pid=", "-p", ",".join(children)], capture_output=True, text=True, check=False
    ).stdout.split()
    assert alive == []
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{system.ensemble}/healthz", timeout=5, trust_env=False)
