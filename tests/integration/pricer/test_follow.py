"""`pricer deals --follow` as a real process: what comes while it looks, an outage, and Ctrl-C as its ordinary end."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.unit.pricer.scanner_service import ScannerService, opportunity, scanner_service, seen
from tests.waiting import until

DRILL, LAMP, SAW = (opportunity(number, title) for number, title in enumerate(["Drill", "Lamp", "Saw"]))


@pytest.fixture
def service() -> Iterator[ScannerService]:
    with scanner_service() as service:
        service.answers["GET /opportunities"] = {"items": [DRILL, LAMP], "next": None}
        yield service


@contextmanager
def following(service: ScannerService, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "pricer", "deals", "--follow", "--every", "1", "--json", "--url", service.url, *arguments]
    env = {"PATH": "/usr/bin:/bin"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as process:
        try:
            yield process
        finally:
            process.kill()


def next_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def test_what_is_there_comes_first_and_then_what_is_new(service: ScannerService) -> None:
    with following(service, "--limit", "1") as process:
        assert next_line(process) == DRILL
        service.answers["GET /opportunities"] = {"items": [DRILL, SAW, LAMP], "next": None}
        assert next_line(process) == SAW
        cheaper = opportunity(1, "Lamp", price=40.0)
        service.answers["GET /opportunities"] = {"items": [DRILL, SAW, cheaper], "next": None}
        assert next_line(process) == cheaper
        assert ended(process) == (0, "", "")


def test_what_does_not_fit_is_not_told_when_it_comes(service: ScannerService) -> None:
    with following(service, "--feed", "good", "--state", "pushed") as process:
        assert [next_line(process), next_line(process)] == [LAMP, DRILL]
        asked = len(service.asked)
        service.answers["GET /opportunities"] = {"items": [DRILL, opportunity(5, "Kettle", feed="Other"), SAW], "next": None}
        assert next_line(process) == SAW
        assert len(service.asked) > asked
        assert set(service.asked) == {"GET /opportunities?limit=200&sort=newest&state=pushed"}
        assert ended(process) == (0, "", "")


def test_an_outage_is_said_once_and_waited_out(service: ScannerService) -> None:
    with following(service) as process:
        assert [next_line(process), next_line(process)] == [LAMP, DRILL]
        service.answers["GET /opportunities"] = (503, {"detail": "the database is away"})
        assert process.stderr
        assert "the database is away; asking on" in process.stderr.readline()
        asked = len(service.asked)
        until(lambda: len(service.asked) >= asked + 2)
        service.answers["GET /opportunities"] = {"items": [SAW], "next": None}
        assert "answers again" in process.stderr.readline()
        assert next_line(process) == SAW
        assert ended(process) == (0, "", "")


def test_all_that_is_read_can_be_followed(service: ScannerService) -> None:
    first, judged = seen(1, "Lamp"), seen(1, "Lamp", estimate=100.0)
    service.answers["GET /deals"] = {"items": [first], "next": "1"}  # the older ones are not read again and again
    with following(service, "--seen") as process:
        assert next_line(process) == first
        service.answers["GET /deals"] = {"items": [judged], "next": "1"}
        assert next_line(process) == judged
        assert {each.partition("&cursor")[1] for each in service.asked} == {""}
        assert ended(process) == (0, "", "")
