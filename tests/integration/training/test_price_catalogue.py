"""A catalogue priced by real workers: the same rows from processes and from a real Ray, after a kill, and by the real pricers."""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from common.product_files.reading import read
from common.product_files.record import Unreadable
from common.product_files.request import request_from
from common.settings import artifacts_dir
from tests.unit.training.catalogue_service import Item, Service, running
from training import price_catalogue
from training.evaluation.pricers import load_ensemble

ROOT = Path(__file__).resolve().parents[3]
ROWS = [{"title": f"Lamp {number}", "description": "brass " * (number % 7 + 1), "sku": number} for number in range(60)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS) + "{broken\n")
    return path


def run(source: Path, target: Path, service: Service, *options: str) -> int:
    return price_catalogue.main([str(source), str(target), "--pricer", service.url, "--chunk", "7", "--batch", "4", *options])


@pytest.mark.timeout(240)
@pytest.mark.filterwarnings("ignore::DeprecationWarning:ray", "ignore::ResourceWarning")  # Ray's own
def test_the_rows_are_the_same_from_processes_and_from_ray(source: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs Ray: uv sync --inexact --extra ray")
    with running(Service()) as service:
        assert run(source, tmp_path / "local.jsonl", service, "--workers", "2") == 0
        assert run(source, tmp_path / "ray.jsonl", service, "--workers", "2", "--engine", "ray") == 0
    local = (tmp_path / "local.jsonl").read_bytes()
    assert local.count(b"\n") == len(ROWS) + 1
    assert (tmp_path / "ray.jsonl").read_bytes() == local


def _kill_when_begun(source: Path, out: Path, service: Service) -> int:
    """Start a run in a process of its own, kill it after two chunks; how many were finished."""
    command = [sys.executable, "-m", "training.price_catalogue", str(source), str(out), "--pricer", service.url]
    paths = os.pathsep.join([str(ROOT), *sys.path])
    options = ["--chunk", "7", "--batch", "4", "--workers", "2"]
    finished = out.with_name(f"{out.name}.part").glob
    with subprocess.Popen([*command, *options], env=os.environ | {"PYTHONPATH": paths}, stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 60
        while len(list(finished("*.results.jsonl"))) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        process.kill()
    return len(list(finished("*.results.jsonl")))


def test_a_run_that_was_killed_goes_on_and_its_rows_are_those_of_a_whole_one(source: Path, tmp_path: Path) -> None:
    def stuck(service: Service, items: list[Item]) -> Any:
        if len(service.asked) >= 20:
            service.released.wait(60)

    out = tmp_path / "out.parquet"
    with running(Service(stuck)) as service:
        assert 2 <= _kill_when_begun(source, out, service) < 9
        assert not out.exists()
        service.fault = lambda service, items: None
        service.released.set()
        assert run(source, out, service, "--workers", "2") == 0
        assert run(source, tmp_path / "whole.parquet", service) == 0
    assert out.read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_a_pricer_that_hangs_ends_the_run_at_its_deadline(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def hang(service: Service, items: list[Item]) -> Any:
        if len(service.asked) >= 7:
            service.released.wait(60)

    start = time.monotonic()
    with running(Service(hang)) as service:
        assert run(source, tmp_path / "out.jsonl", service, "--timeout", "0.5") == 1
    assert time.monotonic() - start < 50
    errors = capsys.readouterr().err
    assert "did not answer within 0.5 s" in errors
    assert "the same command goes on" in errors
    assert len(list((tmp_path / "out.jsonl.part").glob("*.results.jsonl"))) == 1


@pytest.mark.skipif(not (artifacts_dir() / "ensemble" / "meta.json").exists(), reason="needs artifacts/")
def test_the_ensemble_of_this_process_prices_as_the_evaluation_does(source: Path, tmp_path: Path) -> None:
    demo = ROOT / "services" / "frontier-rag" / "src" / "frontier_rag" / "demo" / "catalogue.jsonl"
    few = tmp_path / "few.jsonl"
    few.write_text("".join(demo.read_text().splitlines(keepends=True)[:6]))
    assert price_catalogue.main([str(few), str(tmp_path / "out.jsonl"), "--pricer", "local"]) == 0
    requests = [request for row in read(few) if not isinstance(request := request_from(row), Unreadable)]

    async def expected() -> list[float]:
        return [answer.price for answer in await (await load_ensemble()).answer(requests)]

    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["price"] for row in rows] == pytest.approx(asyncio.run(expected()), rel=1e-3, abs=0.01)
    assert all(row["model"].startswith("ensemble@") and row["low"] < row["price"] < row["high"] for row in rows)
