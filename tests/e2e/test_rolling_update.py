"""A service's processes are replaced one after the other behind a real proxy, under load, and no request fails."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(240)
@pytest.mark.skipif(not shutil.which("caddy"), reason="needs caddy: apt-get install caddy")
def test_no_request_fails_while_processes_are_replaced() -> None:
    command = [sys.executable, "-m", "bench.rolling_update", "--drained", "--drain", "6", "--seconds", "20", "--rate", "15"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=230, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    found = json.loads(run.stdout.splitlines()[-1])["drained"]
    assert found["failed"] == 0
    assert found["replaced"] >= 1
    assert found["answered"] >= 200
