"""What benchmarks of a running system say where there is none: a sentence, not a traceback."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from bench import ensemble, front_door, load, price
from bench.server import require_ready, serving
from pricer.local.ports import free_port


def told(monkeypatch: pytest.MonkeyPatch, main: Callable[[], None], *arguments: str) -> str:
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return str(ended.value)


def test_a_benchmark_of_the_running_system_says_that_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("SPECIALIST_PORT", str(port))
    said = told(monkeypatch, price.main, "--services", "specialist")
    assert said.startswith(f"No service answers at http://127.0.0.1:{port}: start specialist with `make run`")
    assert "\n" not in said


def test_so_does_a_load_on_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert told(monkeypatch, load.main, "--url", url).startswith(f"No service answers at {url}: ")
    assert told(monkeypatch, load.main, "--url", "no address").startswith("No service answers at no address: ")


def test_so_does_the_ensemble_s_for_pricers_that_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert told(monkeypatch, ensemble.main, "--real", "--pricers", url, url, url).startswith(f"No service answers at {url}: ")


def test_a_shared_quota_is_not_measured_without_a_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    said = told(monkeypatch, front_door.main, "--redis", f"redis://:secret@127.0.0.1:{free_port()}")
    assert said.startswith("No Redis answers ")
    assert "secret" not in said


@contextmanager
def answering(status: int) -> Iterator[str]:
    """Address of a server that answers everything with `status`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_service_that_is_there_and_not_ready_is_told_from_none() -> None:
    with answering(200) as url:
        require_ready(url, "wait")
    with answering(503) as url, pytest.raises(SystemExit, match=r"is not ready \(it answers 503\): wait\.$"):
        require_ready(url, "wait")


def test_a_service_that_does_not_start_ends_a_benchmark_with_its_log() -> None:
    failed = pytest.raises(SystemExit, match=r"the service ended with 1:\n.*No module named bench\.nothing")
    with failed, serving("bench.nothing", port_name="UNUSED"):
        raise AssertionError("it started")
