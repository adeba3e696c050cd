"""The installed command `pricer`, as a process of its own against a pricing service."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.common.product_files.kinds import every_kind
from tests.unit.pricer.length_service import LISTED, ROWS, length_service

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def url() -> Iterator[str]:
    with length_service() as url:
        yield url


def test_the_installed_command_does_the_same_from_any_folder(url: str, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("pricer")
    if not program.exists():
        pytest.skip("needs the command pricer beside this interpreter (uv sync)")
    (tmp_path / "in.csv").write_text("description\nabc\n")
    (tmp_path / "rows.jsonl").write_text('{"description": "abc"}\n[1]\n')
    (tmp_path / "listed.jsonl.gz").write_bytes(gzip.compress(json.dumps(LISTED).encode()))
    (tmp_path / "in.parquet").write_bytes(every_kind(ROWS)[".parquet"])
    for name, code in (("in.csv", 0), ("rows.jsonl", 1), ("listed.jsonl.gz", 0), ("in.parquet", 0), ("no.parquet", 1)):
        paths = ["--file", str(tmp_path / name), "--out"]
        told = []
        for cwd in (ROOT, tmp_path):  # where `training` can be imported, and where it cannot
            target = tmp_path / f"{name}.{cwd.name}.csv"
            command = [str(program), "price", "--url", url, *paths, str(target)]
            run = subprocess.run(command, cwd=cwd, capture_output=True, timeout=60, check=False, env={"PATH": "/usr/bin:/bin"})
            told.append((run.returncode, run.stderr, target.read_bytes() if target.exists() else None))
        assert told[0] == told[1]
        assert told[0][0] == code
