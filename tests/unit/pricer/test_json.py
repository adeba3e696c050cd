"""What holds for every command: --json, its exit codes, and that a bar of progress is for a terminal alone."""

import argparse
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pricer.__main__ import _parser, main
from tests.unit.pricer.length_service import PricingHandler, length_service
from tests.unit.pricer.scan_service import scan_service


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The commands below which there is none."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for group in groups:
        for inner in group.choices.values():
            yield from leaves(inner)
    if not groups:
        yield parser


@pytest.mark.parametrize("parser", [*leaves(_parser())], ids=lambda parser: str(parser.prog))
def test_every_command_takes_json(parser: argparse.ArgumentParser) -> None:
    assert "--json" in parser.format_help()
    assert parser.get_default("do") is not None


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, object]:
    assert main([*arguments, "--json"]) == code
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


def test_a_scan_is_told_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    with scan_service() as (url, _):
        assert told(capsys, "scan", "--url", url) == {"scan": {"id": "s1", "state": "done", "feeds": []}, "opportunities": []}


def test_what_became_of_a_file_is_told_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"description": "abc"}\n{"description": ""}\n')
    with length_service() as url:
        found = told(capsys, "price", "--url", url, "--file", str(source), "--out", str(target), code=1)
    assert found == {"out": str(target), "rows": 2, "failed": 1}


def test_the_doctor_says_as_json_what_is_not_running_and_where_data_lie(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "data"))
    for name in ("ENSEMBLE", "SPECIALIST", "FRONTIER_RAG", "RANDOM_FOREST", "SCANNER", "NOTIFIER", "DASHBOARD"):
        monkeypatch.setenv(f"{name}_URL", "http://127.0.0.1:1")
    found = told(capsys, "doctor", code=1)
    assert (found["ok"], found["data"]) == (False, str(tmp_path / "data"))
    checks = found["checks"]
    assert isinstance(checks, list)
    missing = [check["says"] for check in checks if not check["ok"]]
    assert len(missing) == 7
    assert all("pricer run" in each for each in missing)


class Unheard(PricingHandler):
    """A notifier that is ready and does not reach the stream."""

    def do_GET(self) -> None:  # noqa: N802 (the server calls it so)
        if self.path != "/readyz":
            self.send_error(404)
            return
        content = json.dumps({"status": "ready", "service": "notifier", "stream": "Redis: Connection refused"}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def test_the_doctor_says_that_a_service_is_ready_and_lacks_what_its_work_needs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    for name in ("ENSEMBLE", "SPECIALIST", "FRONTIER_RAG", "RANDOM_FOREST", "SCANNER", "DASHBOARD"):
        monkeypatch.setenv(f"{name}_URL", "http://127.0.0.1:1")
    with length_service(Unheard) as url:
        monkeypatch.setenv("NOTIFIER_URL", url)
        found = told(capsys, "doctor", code=1)
    checks = found["checks"]
    assert isinstance(checks, list)
    assert {"ok": False, "says": f"notifier at {url}: ready; stream: Redis: Connection refused"} in checks


class Quiet(BaseHTTPRequestHandler):
    """Tells of no request."""

    def log_message(self, *_: object) -> None: ...


@contextmanager
def answered_by(handler: type[Quiet]) -> Iterator[str]:
    """A program that answers so; its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def answering(content: bytes) -> AbstractContextManager[str]:
    """A program that answers 404 with this; its URL."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            self.send_response(404)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return answered_by(Handler)


@pytest.mark.parametrize("answer", [b'"not found"', b"[]", b"<html>", b"null"])
def test_another_program_on_a_services_port_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    with answering(answer) as url:
        monkeypatch.setenv("SCANNER_URL", url)
        checks = told(capsys, "doctor", code=1)["checks"]
    assert isinstance(checks, list)
    assert {"ok": False, "says": f"scanner at {url}: something else answers on this port"} in checks


def endless() -> AbstractContextManager[str]:
    """A program whose answer never ends; its URL."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while True:
                    self.wfile.write(b" ")
                    time.sleep(0.2)

    return answered_by(Handler)


def test_an_answer_without_end_does_not_keep_the_doctor(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with endless() as url:
        monkeypatch.setenv("SCANNER_URL", url)
        checks = told(capsys, "doctor", code=1)["checks"]
    assert isinstance(checks, list)
    (said,) = [check["says"] for check in checks if url in check["says"]]
    assert said.startswith(f"scanner at {url}: did not answer within 3.0 s; start")


def test_a_slash_at_the_end_of_an_address_is_none_of_the_path(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with length_service(Unheard) as url:
        monkeypatch.setenv("NOTIFIER_URL", f"{url}/")
        checks = told(capsys, "doctor", code=1)["checks"]
    assert isinstance(checks, list)
    assert {"ok": False, "says": f"notifier at {url}: ready; stream: Redis: Connection refused"} in checks


def test_keys_and_passwords_are_told_as_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert sorted(told(capsys, "api-key", "shop")) == ["entry", "key"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("a long password, mine\n"))
    assert str(told(capsys, "password")["DASHBOARD_PASSWORD"]).startswith("scrypt:")


@pytest.mark.parametrize(
    "arguments",
    [
        ["price"],
        ["price", "--file", "in.csv"],
        ["price", "lamp", "--file", "in.csv", "--out", "out.csv"],
        ["price", "lamp", "--out", "out.csv"],
        ["price", "--file", "in.csv", "--out", "in.csv"],
        ["api-key", "a shop"],
    ],
    ids=" ".join,
)
def test_arguments_that_do_not_go_together_are_a_misuse(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.startswith("pricer: ")) == ("", True)


@pytest.mark.parametrize("arguments", [[], ["no-command"], ["watch"], ["rules", "dry-run", "0"], ["watch", "remove"]], ids=" ".join)
def test_what_the_parser_refuses_is_a_misuse(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize(("arguments", "is_shown"), [([], True), (["--json"], False)])
def test_progress_is_shown_on_a_terminal_and_to_no_program(arguments: list[str], is_shown: bool) -> None:
    terminal, its_end = os.openpty()
    with scan_service() as (url, _):
        command = [sys.executable, "-m", "pricer", "scan", "--url", url, *arguments]
        env = {"PATH": "/usr/bin:/bin", "TERM": "xterm"}
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=its_end, timeout=60, check=True)
    os.close(its_end)
    os.set_blocking(terminal, False)
    try:
        shown = os.read(terminal, 100_000)
    except OSError:  # nothing was written before the other side was closed
        shown = b""
    os.close(terminal)
    assert (b"scanning the feeds" in shown) is is_shown
    assert b"\x1b" not in done.stdout


def test_whoever_reads_may_have_enough(tmp_path: Path) -> None:
    source = tmp_path / "deals.jsonl"
    source.write_text('{"title": "Lamp $5"}\n' * 20_000)
    command = [sys.executable, "-m", "pricer", "extract", str(source)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0
