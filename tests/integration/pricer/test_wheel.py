"""The one wheel as a stranger has it: built, installed far from the checkout, run from a hostile folder, used, and stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from packaging.requirements import Requirement

from bench.wheel import LARGEST, build, environment, install, uv
from distribution.hatch_build import Workspace

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wheel")


@pytest.fixture(scope="module")
def wheel(folder: Path) -> Path:
    return build(folder)


def test_the_wheel_is_small_enough_for_an_index_and_says_what_it_is(wheel: Path) -> None:
    assert wheel.stat().st_size < LARGEST
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        about = next(name for name in names if name.endswith(".dist-info/METADATA"))
        facts = Parser().parsestr(file.read(about).decode())
        entries = file.read(about.replace("METADATA", "entry_points.txt")).decode()
    needed = {Requirement(each).name for each in facts.get_all("Requires-Dist") or []}
    assert needed.isdisjoint(Workspace().folders)
    assert facts["Name"] == "product-pricing-agent"
    assert facts["License-File"] == "LICENSE"
    assert {"pricer = pricer.__main__:main", "product-pricing-agent = pricer.__main__:main"} <= set(entries.splitlines())
    assert set(Workspace().files().values()) <= set(names)
    assert not [name for name in names if name.endswith(".pyc")]


@dataclass(frozen=True)
class Installed:
    """The command, the environment that it is given, and the folder that somebody stands in."""

    program: Path
    env: dict[str, str]
    folder: Path

    def run(self, *arguments: str, code: int = 0) -> str:
        """What it prints."""
        done = subprocess.run(
            [str(self.program), *arguments], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=120, check=False
        )
        assert (done.returncode, done.stderr) == (code, "")
        return done.stdout

    def told(self, *arguments: str, code: int = 0) -> Any:
        """What it prints as JSON."""
        return json.loads(self.run(*arguments, "--json", code=code))


@pytest.fixture(scope="module")
def installed(wheel: Path, folder: Path) -> Installed:
    """With the versions of the lock file, which are at hand where the project was set up."""
    if not uv():
        pytest.skip("needs uv: pip install uv")
    env = environment(folder)
    locked = folder / "locked.txt"
    export = [uv(), "export", "--frozen", "--quiet", "--no-hashes", "--no-emit-workspace", "--output-file", str(locked)]
    subprocess.run(export, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    try:
        program = install(wheel, folder, python, "--constraints", str(locked))
    except subprocess.CalledProcessError as exc:
        if any(word in exc.stderr for word in ("Failed to fetch", "error sending request", "dns error")):
            pytest.skip("needs a package index: the machine reaches none")
        raise AssertionError(exc.stderr) from exc
    hostile = folder / "nowhere"
    for name in ("scanner", "common", "redis", "specialist", "json"):
        (hostile / f"{name}.py").write_text('raise SystemExit("a stranger\'s module was run")\n')
    return Installed(program, env, hostile)


@dataclass
class Running:
    """The process, the line that said it was ready, and the processes below it."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]
    children: list[psutil.Process]


@pytest.fixture(scope="module")
def running(installed: Installed, folder: Path) -> Iterator[Running]:
    log = folder / "log"
    with log.open("w") as file:
        command = [str(installed.program), "run", "--json"]
        process = subprocess.Popen(command, cwd=installed.folder, env=installed.env, stdout=subprocess.PIPE, stderr=file, text=True)
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert line, log.read_text()[-5000:]
        yield Running(process, json.loads(line), psutil.Process(process.pid).children(recursive=True))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(60)
        if process.stdout:
            process.stdout.close()


def test_it_brings_neither_torch_nor_the_checkout(installed: Installed) -> None:
    code = "import importlib.util as u, common; print(u.find_spec('torch'), u.find_spec('training'), common.__file__)"
    python = installed.program.with_name("python")
    done = subprocess.run([str(python), "-P", "-c", code], env=installed.env, capture_output=True, text=True, check=True)
    torch, training, common = done.stdout.split()
    assert (torch, training) == ("None", "None")
    assert str(ROOT) not in common


def test_everything_comes_up_and_data_lie_with_the_user(installed: Installed, running: Running) -> None:
    home = Path(installed.env["HOME"])
    assert running.ready["state"] == "ready"
    data = Path(running.ready["data"])
    assert data.name == "product-pricing-agent"
    assert home in data.parents
    assert {"scanner.sqlite3", "notifier.sqlite3", "chroma"} <= {path.name for path in data.iterdir()}
    assert data.stat().st_mode & 0o077 == 0
    assert installed.told("doctor")["data"] == str(data)
    assert [path.name for path in installed.folder.iterdir() if path.suffix != ".py"] == []


def test_nothing_reports_to_its_maker_what_runs_here(installed: Installed, running: Running) -> None:
    """ONNX Runtime keeps an identifier and what it is to report below the home, unless it is told not to."""
    assert running.ready["state"] == "ready"
    assert not (Path(installed.env["HOME"]) / ".cache" / "Microsoft").exists()


def test_a_price_comes_from_all_three_pricers(installed: Installed, running: Running) -> None:
    answer = installed.told("price", "Cordless drill driver kit, 20 V, two batteries, charger and bag")
    assert len(answer["estimates"]) == 3
    assert answer["low"] < answer["price"] < answer["high"]
    asked = httpx2.post(f"{running.ready['urls']['ensemble']}/price", json={"description": "Espresso machine"}, timeout=30)
    assert asked.status_code == 200
    assert installed.told("judge", "Acme cordless drill", "--price", "99")["worth"] > 0


def test_pages_are_there_with_what_they_show(running: Running) -> None:
    dashboard = running.ready["urls"]["dashboard"]
    first = httpx2.get(dashboard, timeout=30).text
    linked = {path for path in re.findall(r'(?:href|src)="(/[^"#?]*)', first) if "/sign" not in path}
    assert len(linked) > 4
    for path in sorted(linked):
        assert httpx2.get(f"{dashboard}{path}", timeout=30).status_code == 200, path
    assert httpx2.get(f"{running.ready['urls']['ensemble']}/docs", timeout=30).status_code == 200


def test_deals_are_listed_and_things_watched(installed: Installed, running: Running) -> None:
    assert running.ready["state"] == "ready"
    until = time.monotonic() + 60
    found: list[dict[str, Any]] = []
    while not found and time.monotonic() < until:
        found = installed.told("deals", "--limit", "3")["items"]
        time.sleep(0.5)
    assert len(found) == 3
    watch = installed.told("watch", "add", "noise cancelling headphones under 170")
    assert [each["id"] for each in installed.told("watch", "list")["items"]] == [watch["id"]]
    assert installed.told("watch", "remove", str(watch["id"])) == {"removed": [watch["id"]]}
    assert installed.told("rules", "list")["items"]


def test_ctrl_c_ends_all(installed: Installed, running: Running) -> None:
    assert len(running.children) >= 7
    running.process.send_signal(signal.SIGINT)
    rest, _ = running.process.communicate(timeout=60)
    assert running.process.returncode == 0
    assert json.loads(rest) == {"state": "stopped"}
    _, alive = psutil.wait_procs(running.children, timeout=5)
    assert alive == []
    assert "is it running? start everything with: pricer run" in _error(installed, "deals")


def _error(installed: Installed, *arguments: str) -> str:
    command = [str(installed.program), *arguments]
    done = subprocess.run(command, env=installed.env, cwd=installed.folder, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert os.linesep in done.stderr
    return done.stderr
