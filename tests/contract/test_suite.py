"""The suite itself: what a test leaves open is found, what disturbs one another follows one another, and a run ends with what was
skipped and what that lacked.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.missing import lacking
from tests.scheduling import ONE_BY_ONE, scope_of

ROOT = Path(__file__).resolve().parents[2]

IN_A_CYCLE = """
import socket

def test_leaves_a_socket_open():
    holder = [socket.socket()]
    holder.append(holder)
"""
LET_GO_LATER = """
import socket
import sys

def test_keeps_a_socket():
    sys.kept = [socket.socket()]
    sys.kept.append(sys.kept)
"""
LETS_GO = """
import sys

def test_nothing_of_its_own():
    if hasattr(sys, "kept"):
        del sys.kept
"""
TIDY = """
import socket

def test_closes_its_socket():
    socket.socket().close()
"""

SKIPS = """
import pytest

pytest.importorskip("no_such_library", reason="needs a library (make training)")
"""
SKIPS_TWO = """
import pytest

@pytest.mark.skipif(True, reason="needs a GPU")
@pytest.mark.parametrize("number", [1, 2])
def test_of_it(number): ...

def test_of_another():
    pytest.skip("needs a library: uv sync")

def test_of_nothing(): ...
"""
MAKES_AN_APPLICATION = """
import sys
import weakref

from common.http.app import build_app

def test_makes_an_application():
    sys.made = weakref.ref(build_app("specialist", lifespan=None, missing=lambda: ""))
"""
LOOKS_FOR_IT = """
import sys

def test_it_is_gone():
    assert sys.made() is None
"""
NOTES_ITS_PROCESS = """
import os
from pathlib import Path

def test_notes_which_process_runs_it():
    Path(__file__).with_suffix(".process").write_text(os.environ["PYTEST_XDIST_WORKER"])
"""
BROWSER_OR_CONTAINERS = re.compile(r"\b(opened_chromium|chromium: Any|browser: Any)\b|import .*\bProject\b")
TWO_PROCESSES = ("-n", "2", "--dist", "loadfile")


def pytest_of(folder: Path, modules: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """What pytest says of these modules under this suite's settings and fixtures."""
    for name, text in modules.items():
        (folder / f"test_{name}.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest", *options]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", str(folder)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=200
    )


@pytest.mark.parametrize(
    ("name", "options"),
    [("a", ()), ("c", ()), ("b", TWO_PROCESSES)],
    ids=["first module", "last module", "two processes"],
)
def test_a_socket_left_open_in_a_cycle_fails_the_module_that_left_it(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    done = pytest_of(tmp_path, {"a": TIDY, "b": TIDY, "c": TIDY} | {name: IN_A_CYCLE}, *options)
    assert done.returncode == 1, done.stdout
    assert "3 passed, 1 error" in done.stdout
    assert f"test_{name}.py::test_leaves_a_socket_open" in done.stdout.split("short test summary info")[1]
    assert "unclosed <socket.socket" in done.stdout


def test_a_socket_that_a_later_module_lets_go_is_found_at_the_end(tmp_path: Path) -> None:
    done = pytest_of(tmp_path, {"a": LET_GO_LATER, "b": LETS_GO})
    assert done.returncode == 1, done.stdout
    assert "2 passed, 1 error" in done.stdout
    assert "unclosed <socket.socket" in done.stdout


def test_what_is_closed_fails_nothing(tmp_path: Path) -> None:
    assert pytest_of(tmp_path, {"a": TIDY}).returncode == 0


def test_an_application_that_a_module_made_is_gone_in_the_next_one(tmp_path: Path) -> None:
    done = pytest_of(tmp_path, {"a": MAKES_AN_APPLICATION, "b": LOOKS_FOR_IT})
    assert done.returncode == 0, done.stdout


def test_what_opens_a_browser_and_what_starts_containers_never_run_at_once(tmp_path: Path) -> None:
    files = {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}
    disturbing = {path for path, text in files.items() if BROWSER_OR_CONTAINERS.search(text)} - {"tests/contract/test_suite.py"}
    assert {"tests/e2e/test_compose.py", "tests/e2e/test_map_browser.py"} <= disturbing
    assert {path for path in files if scope_of(f"{path}::test") == ONE_BY_ONE} == disturbing
    names = ["a", "b", "c_browser", "d_browser", "compose_e", "f"]
    done = pytest_of(tmp_path, dict.fromkeys(names, NOTES_ITS_PROCESS), *TWO_PROCESSES)
    assert done.returncode == 0, done.stdout
    processes = {name: (tmp_path / f"test_{name}.process").read_text() for name in names}
    assert len(set(processes.values())) == 2
    assert processes["c_browser"] == processes["d_browser"] == processes["compose_e"]


@pytest.mark.parametrize("options", [(), TWO_PROCESSES], ids=["one process", "two processes"])
def test_a_run_ends_with_what_was_skipped_for_want_of_what(tmp_path: Path, options: tuple[str, ...]) -> None:
    last = pytest_of(tmp_path, {"a": SKIPS, "b": SKIPS_TWO}, *options).stdout.splitlines()[-2:]
    assert last[0] == "skipped 4: a library (2), a GPU (2)"
    assert last[1].startswith("1 passed, 4 skipped in ")


def test_nothing_skipped_needs_no_line() -> None:
    assert lacking([]) == ""


def test_a_reason_of_another_form_stands_whole() -> None:
    assert (
        lacking(["Skipped: could not import 'x'", "Skipped: needs y and z"]) == "skipped 2: could not import 'x' (1), y and z (1)"
    )


def test_every_skip_says_what_it_needs() -> None:
    files = {str(path): ast.parse(path.read_text()) for path in (ROOT / "tests").rglob("*.py")}
    reasons = [(path, reason) for path, tree in files.items() for node in ast.walk(tree) for reason in reasons_of(node)]
    assert len(reasons) > 50
    assert [(path, reason) for path, reason in reasons if not reason.startswith("needs ")] == []


def reasons_of(node: ast.AST) -> list[str]:
    """The beginning of the reason, where the node is a call that skips."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return []
    name = node.func.attr
    if name not in {"skip", "skipif", "importorskip"}:
        return []
    given = node.args[0] if name == "skip" else next((each.value for each in node.keywords if each.arg == "reason"), None)
    if isinstance(given, ast.JoinedStr):
        given = given.values[0]
    return [str(given.value) if isinstance(given, ast.Constant) else ast.unparse(node)]
