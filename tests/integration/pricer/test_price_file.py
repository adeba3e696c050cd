"""`pricer price --file` as a real process against a real service: interrupted, it loses nothing and goes on."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from common.product_files import xlsx_table
from tests.integration.common.front_doors import SlowPricer, serving
from tests.waiting import until

ROWS = 200


def command(port: int, source: Path, target: Path) -> list[str]:
    paths = ["--file", str(source), "--out", str(target), "--size", "5", "--concurrency", "2"]
    return [sys.executable, "-m", "pricer", "price", "--url", f"http://127.0.0.1:{port}", *paths]


def kept(part: Path) -> int:
    return part.read_bytes().count(b"\n") if part.exists() else 0


def test_ctrl_c_keeps_what_was_priced_and_the_same_command_goes_on(tmp_path: Path) -> None:
    source, target, part = (tmp_path / name for name in ("in.jsonl", "out.jsonl", "out.jsonl.part"))
    source.write_text("".join(json.dumps({"sku": n, "description": "x" * (n + 1)}) + "\n" for n in range(ROWS)))
    pricer = SlowPricer(0.1)
    with serving(pricer, api_keys="secret") as port:
        environment = {"PATH": "/usr/bin:/bin", "PRICER_API_KEY": "secret"}
        run = subprocess.Popen(command(port, source, target), stderr=subprocess.PIPE, text=True, env=environment)
        until(lambda: kept(part) >= 20)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
        assert run.returncode == 130
        assert "the same command goes on" in said
        assert not target.exists()
        done, pricer.begun, pricer.seconds = kept(part), 0, 0.0
        assert 20 <= done < ROWS
        again = subprocess.run(
            command(port, source, target), capture_output=True, text=True, env=environment, timeout=60, check=True
        )
    assert f"going on after {done} rows" in again.stderr
    assert pricer.begun == ROWS - done
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert [(row["sku"], row["price"], row["error"]) for row in rows] == [(n, n + 1, "") for n in range(ROWS)]


def test_a_busy_service_is_waited_for(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("description\n" + "a lamp\n" * 40)
    with serving(SlowPricer(0.05), max_in_flight=1) as port:  # two requests at once: one of them is sent away, and comes back
        run = subprocess.run(command(port, source, target), capture_output=True, text=True, timeout=100, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert target.read_text().splitlines()[0] == "description,price,low,high,error"
    assert len(target.read_text().splitlines()) == 41


def test_a_workbook_goes_in_and_comes_out(tmp_path: Path) -> None:
    source, target = tmp_path / "in.xlsx", tmp_path / "out.xlsx"
    with source.open("wb") as file:
        xlsx_table.write(file, ["description", "sku"], [["=1+1 lamp", 7], ["a kettle", "B-2"]])
    with serving(SlowPricer(0.0)) as port:
        run = subprocess.run(command(port, source, target), capture_output=True, text=True, timeout=100, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    rows = [row for _, row in xlsx_table.read(target)]
    assert rows == [
        {"description": "=1+1 lamp", "sku": 7, "price": 9, "low": 1, "high": 10_000, "error": None},
        {"description": "a kettle", "sku": "B-2", "price": 8, "low": 1, "high": 10_000, "error": None},
    ]
