"""All real services under a collector: one trace from a feed to the phone, one of a price, ids in logs, figures at /metrics."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx2
import pytest
from peer import Peer

from pricer.local.ports import free_ports
from tests.contract.observability.figures import BY_PROMETHEUS, expressions, names_in, recorded
from tests.integration.common.otlp_receiver import ReceivedSpan, Receiver, receiving
from tests.waiting import until

PREFIXES = ("ENSEMBLE", "SPECIALIST", "FRONTIER_RAG", "RANDOM_FOREST", "SCANNER", "NOTIFIER", "DASHBOARD")
PARTS = ("_bucket", "_sum", "_count")
FROM_FEED_TO_PUSH = {
    ("scanner", "scan"),
    ("scanner", "fetch"),
    ("scanner", "parse"),
    ("scanner", "take in"),
    ("scanner", "judge what waits"),
    ("scanner", "judge"),
    ("scanner", "POST ensemble"),
    ("ensemble", "POST /judge/batch"),
    ("ensemble", "ask specialist"),
    ("ensemble", "ask frontier-rag"),
    ("ensemble", "ask random-forest"),
    ("ensemble", "weigh"),
    ("specialist", "POST /price/batch"),
    ("specialist", "inference"),
    ("frontier-rag", "POST /price/batch"),
    ("frontier-rag", "embed"),
    ("frontier-rag", "find similar products"),
    ("frontier-rag", "query chroma"),
    ("random-forest", "POST /price/batch"),
    ("random-forest", "inference"),
    ("scanner", "store"),
    ("scanner", "publish opportunities"),
    ("notifier", "process opportunities"),
    ("notifier", "deliver"),
    ("notifier", "push"),
}

pytestmark = pytest.mark.timeout(400)


@dataclass(frozen=True)
class Running:
    """`make run` with a collector."""

    receiver: Receiver
    urls: dict[str, str]
    log: Path
    peer: Peer


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("traces")
    ports, log = dict(zip(PREFIXES, free_ports(len(PREFIXES)), strict=True)), folder / "log"
    with Peer(("127.0.0.1", 0), folder) as peer, receiving() as receiver:
        threading.Thread(target=peer.serve_forever, daemon=True).start()
        where = f"127.0.0.1:{peer.server_address[1]}"
        env = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "REDIS_", "DATABASE_", "API_"))}
        env |= {f"{prefix}_PORT": str(port) for prefix, port in ports.items()}
        env |= {"VAR_DIR": str(folder / "var"), "FEEDS": f"http://{where}/feeds/sample.xml", "SCANNER_ALLOW_HOSTS": where}
        env |= {"SCANNER_BASELINE": "recent", "NOTIFY_URLS": f"json://{where}/hook", "LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG"}
        env |= {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_BSP_SCHEDULE_DELAY": "200", "SCANNER_INTERVAL": "0"}
        with log.open("w") as file:
            process = subprocess.Popen([sys.executable, "-m", "pricer", "run"], env=env, stdout=file, stderr=subprocess.STDOUT)
        try:
            until(
                lambda: "Ready after" in log.read_text() or process.poll() is not None, 240, what=f"everything is ready; see {log}"
            )
            assert process.poll() is None, log.read_text()
            # Only now: what is scanned before there are pricers is judged later, in a trace of its own.
            (folder / "sample.xml").write_bytes((files("scanner") / "demo" / "feed.xml").read_bytes())
            httpx2.post(f"http://127.0.0.1:{ports['SCANNER']}/scan", timeout=60, trust_env=False).raise_for_status()
            yield Running(receiver, {name.lower(): f"http://127.0.0.1:{port}" for name, port in ports.items()}, log, peer)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
            peer.shutdown()


def orphans(spans: list[ReceivedSpan]) -> list[ReceivedSpan]:
    """Those whose parent is not among them."""
    known = {each.id for each in spans}
    return [each for each in spans if each.parent not in known]


def test_one_trace_shows_a_deal_from_its_feed_to_the_phone(running: Running) -> None:
    until(lambda: running.peer.received, 240, what="the phone has it")

    def found() -> set[tuple[str, str]]:
        return {(each.service, each.name) for each in running.receiver.trace_of("scanner", "scan")}

    until(lambda: found() >= FROM_FEED_TO_PUSH, 60, what="all of it has come")
    assert [(each.service, each.name) for each in orphans(running.receiver.trace_of("scanner", "scan"))] == [
        ("scanner", "POST /scan")
    ]


def test_a_price_is_traced_from_the_front_door_to_each_pricer_in_its_callers_trace(running: Running) -> None:
    trace, caller = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    answer = httpx2.post(
        f"{running.urls['ensemble']}/price",
        json={"description": "Cordless drill driver kit, 20 V brushless motor, two 2 Ah batteries"},
        headers={"traceparent": f"00-{trace}-{caller}-01"},
        timeout=60,
        trust_env=False,
    )
    assert answer.status_code == 200

    def spans() -> list[ReceivedSpan]:
        return [each for each in running.receiver.spans if each.trace == trace]

    served = {(name, "POST /price") for name in ("ensemble", "specialist", "frontier-rag", "random-forest")}
    until(lambda: served <= {(each.service, each.name) for each in spans()}, 60, what="all of it has come")
    assert [(each.name, each.parent) for each in orphans(spans())] == [("POST /price", caller)]
    front = next(each for each in spans() if each.service == "ensemble" and each.parent == caller)
    assert front.facts == {"http.request.method": "POST", "http.route": "/price", "http.response.status_code": 200}


def test_a_request_that_is_not_sampled_by_its_caller_leaves_no_span(running: Running) -> None:
    trace = "aaf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-00"}
    httpx2.get(f"{running.urls['scanner']}/feeds", headers=headers, timeout=60, trust_env=False)
    httpx2.get(f"{running.urls['scanner']}/deals", timeout=60, trust_env=False)
    until(lambda: running.receiver.trace_of("scanner", "GET /deals"), 60, what="the later one has come")
    assert [each for each in running.receiver.spans if each.trace == trace] == []


def test_spans_bear_no_text_of_a_deal_no_address_and_no_probe(running: Running) -> None:
    until(lambda: running.receiver.trace_of("notifier", "push"), 60, what="something has come")
    said = b"".join(running.receiver.bodies)
    deals = httpx2.get(f"{running.urls['scanner']}/deals", timeout=60, trust_env=False).json()["items"]
    assert deals
    assert [each["title"] for each in deals if each["title"].encode() in said] == []
    assert b"/hook" not in said
    assert b"sample.xml" not in said
    assert {each.name for each in running.receiver.spans} & {
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
        "GET /activity/stream",
    } == set()


def logged(running: Running) -> list[dict[str, Any]]:
    """The lines of all services that are whole already."""
    whole = running.log.read_text().rpartition("\n")[0].splitlines()
    return [json.loads(line.partition("| ")[2]) for line in whole if "| {" in line]


def test_every_line_of_a_service_is_json_and_those_of_a_request_bear_its_ids(running: Running) -> None:
    def pushed_in() -> set[str]:
        """Traces of scans in which something was pushed, as the log has it."""
        scans = {each.trace for each in running.receiver.trace_of("scanner", "scan")}
        return scans & {each.get("trace_id", "") for each in logged(running) if each["event"] == "sent"}

    until(pushed_in, 240, what="the line of a push had the id of its scan's trace")
    requests = [each for each in logged(running) if each["event"] == "request"]
    assert requests
    assert [each for each in requests if not {"request_id", "trace_id", "span_id"} <= each.keys()] == []


def test_every_figure_of_rules_and_dashboards_stands_at_metrics(running: Running) -> None:
    until(lambda: running.peer.received, 240, what="the phone has it")
    pages = [httpx2.get(f"{url}/metrics", timeout=60, trust_env=False).text for url in running.urls.values()]
    kinds = {line.split(" ")[2]: line.split(" ")[3] for page in pages for line in page.splitlines() if line.startswith("# TYPE ")}
    shown = {
        name + end for name, kind in kinds.items() for end in (("_bucket", "_sum", "_count") if kind == "histogram" else ("",))
    }
    asked = set[str]().union(*map(names_in, expressions().values())) - BY_PROMETHEUS - recorded()
    where_set = {
        name for name in asked if name.startswith(("frontier_rag_chat_", "api_key_", "pricing_shadow_"))
    }  # chat models, keys and candidates there are none
    assert where_set
    assert asked - where_set - shown == set()
