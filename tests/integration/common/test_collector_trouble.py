"""A collector that is away, hangs, refuses or talks without end costs traces, and nobody who is served anything."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient

from common.http.app import build_app
from common.http.middleware import PROBES
from common.tracing.open_telemetry import OpenTelemetryRecorder
from common.tracing.span import entry, record_with
from common.tracing.start import Tracing
from pricer.local.ports import free_ports
from tests.integration.common.otlp_receiver import Manner, receiving
from tests.waiting import until


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


async def nothing_missing() -> dict[str, str]:
    return {}


@contextmanager
def app_telling(url: str, monkeypatch: pytest.MonkeyPatch, **variables: str) -> Iterator[tuple[TestClient, OpenTelemetryRecorder]]:
    """An application whose spans go to a collector at `url`."""
    for name, value in ({"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "20"} | variables).items():
        monkeypatch.setenv(name, value)
    app = build_app("a-service", lifespan=lifespan, missing=nothing_missing)

    @app.get("/things/{number}")
    async def things(number: int) -> int:
        if number == 13:
            raise RuntimeError("a secret")
        return number

    recorder = OpenTelemetryRecorder("a-service")
    record_with(recorder)
    try:
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client, recorder
    finally:
        record_with(None)
        recorder.stop(5)


def waiting(recorder: OpenTelemetryRecorder) -> int:
    """Spans in the queue."""
    (processor,) = recorder._provider._active_span_processor._span_processors
    return len(processor._batch_processor._queue)  # type: ignore[attr-defined]


@pytest.mark.parametrize("manner", ["hangs", "refuses", "talks"])
def test_requests_are_answered_whatever_the_collector_does(manner: Manner, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving(manner) as receiver, app_telling(receiver.url, monkeypatch, OTEL_EXPORTER_OTLP_TIMEOUT="2") as (client, _):
        assert client.get("/things/1").json() == 1
        assert receiver.asked.wait(10)
        assert [client.get(f"/things/{number}").status_code for number in range(2, 12)] == [200] * 10


def test_requests_are_answered_where_there_is_no_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    with app_telling(f"http://127.0.0.1:{port}", monkeypatch, OTEL_EXPORTER_OTLP_TIMEOUT="1") as (client, _):
        assert [client.get(f"/things/{number}").status_code for number in range(10)] == [200] * 10


def test_what_waits_for_a_collector_that_hangs_is_bounded_and_ending_does_not_wait_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    few = {"OTEL_BSP_MAX_QUEUE_SIZE": "50", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "10"}
    with receiving("hangs") as receiver, app_telling(receiver.url, monkeypatch, **few) as (_, recorder):
        for _ in range(500):
            with entry("step"):
                pass
        assert receiver.asked.wait(10)
        assert waiting(recorder) <= 50
        recorder.stop(0.1)
        assert not receiver.release.is_set(), "it ended while the collector still hung"
        assert receiver.spans == []


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving("talks") as receiver, app_telling(receiver.url, monkeypatch) as (client, _):
        client.get("/things/1")
        assert receiver.release.wait(10), "the connection was closed before all of it was read"


def test_a_collector_that_comes_back_is_told_again_and_the_log_says_both_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        structlog.testing.capture_logs() as lines,
        receiving("refuses") as receiver,
        app_telling(receiver.url, monkeypatch, OTEL_EXPORTER_OTLP_TIMEOUT="0.2") as (client, _),
    ):
        client.get("/things/1")
        until(lambda: "traces_lost" in [each["event"] for each in lines])
        receiver.manner = "takes"
        client.get("/things/2")
        until(lambda: receiver.spans)
        until(lambda: "traces_arrive_again" in [each["event"] for each in lines])
    assert [each["event"] for each in lines if each["event"].startswith("traces_")] == ["traces_lost", "traces_arrive_again"]


def test_spans_of_requests_have_route_and_status_and_no_words_of_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, app_telling(receiver.url, monkeypatch) as (client, _):
        client.get("/things/7?token=hidden")
        client.get("/things/13")
        client.get("/no/such/thing")
        for path in PROBES:
            client.get(path)
        until(lambda: len(receiver.spans) >= 3)
    told = {
        (each.name, each.facts["http.response.status_code"], each.facts.get("error.type"), each.has_failed)
        for each in receiver.spans
    }
    assert told == {
        ("GET /things/{number}", 200, None, False),
        ("GET /things/{number}", 500, "RuntimeError", True),
        ("GET unmatched", 404, None, False),
    }
    assert not [body for body in receiver.bodies if b"hidden" in body or b"secret" in body]


@pytest.mark.parametrize(("sampler", "comes"), [("always_off", False), ("parentbased_always_on", True)])
def test_the_standard_variables_choose_what_is_sampled(sampler: str, comes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, app_telling(receiver.url, monkeypatch, OTEL_TRACES_SAMPLER=sampler) as (client, recorder):
        client.get("/things/7")
        recorder.stop(10)
        assert bool(receiver.spans) is comes


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"])
@pytest.mark.parametrize("is_file", [False, True])
def test_a_collector_is_shown_its_key_also_out_of_a_file(
    name: str, is_file: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "x-team=prices,Authorization=Bearer%20the-key\n"
    (tmp_path / "headers").write_text(told)
    monkeypatch.setenv(*((f"{name}_FILE", str(tmp_path / "headers")) if is_file else (name, told)))
    with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        with closing(Tracing()) as tracing:
            tracing.start("a-service")
            with entry("a request"):
                pass
        until(lambda: receiver.spans)
    head = receiver.heads[0]
    assert (head["x-team"], head["authorization"]) == ("prices", "Bearer the-key")
