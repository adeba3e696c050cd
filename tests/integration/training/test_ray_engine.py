"""The Ray engine on a real Ray: the same results and failures as the local engine."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from pricer.local.ports import free_port
from tests.unit.training.engine_work import At, Square, make_failing, wait_until_gone
from training.engines.engine import Engine, open_engine
from training.engines.worker import EngineError, WorkerError

pytest.importorskip("ray", reason="needs Ray: uv sync --inexact --extra ray")
# Ray warns of its own settings, and leaves files and sockets to the collector.
pytestmark = [pytest.mark.timeout(240), pytest.mark.filterwarnings("ignore::DeprecationWarning:ray", "ignore::ResourceWarning")]

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import sys
from functools import partial
from pathlib import Path
from tests.unit.training.engine_work import Square
from training.engines.engine import open_engine
if __name__ == "__main__":
    with open_engine("ray", 1, sys.argv[1] or None) as engine:
        print(list(engine.map(partial(Square, Path(sys.argv[2])), range(5))))
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine("ray", 2) as made:
        yield made


def test_the_results_and_their_order_are_those_of_the_local_engine(engine: Engine, tmp_path: Path) -> None:
    log = tmp_path / "log"
    results = list(engine.map(partial(Square, log), range(40)))
    with open_engine("local", 2) as local:
        assert results == list(local.map(partial(Square, tmp_path / "other"), range(40)))
    made = log.read_text().split()
    assert len(made) == len(set(made)) <= 2, "the function is made once in each worker"


def test_no_items_give_no_results(engine: Engine, tmp_path: Path) -> None:
    assert list(engine.map(partial(Square, tmp_path / "log"), [])) == []


def test_an_exception_in_a_worker_is_raised_with_item_and_traceback(engine: Engine) -> None:
    with pytest.raises(WorkerError, match=r"^OddError: odd 3 3 \(at 3\)") as caught:
        list(engine.map(partial(At, "raise"), range(10)))
    assert caught.value.kind == "OddError"
    assert "engine_work.py" in "".join(caught.value.__notes__)


def test_a_function_that_cannot_be_made_is_told_the_same_way(engine: Engine) -> None:
    with pytest.raises(WorkerError, match="FileNotFoundError: no tokenizer"):
        list(engine.map(make_failing, range(3)))


def test_an_item_that_kills_its_workers_ends_the_run(engine: Engine) -> None:
    with pytest.raises(WorkerError, match=r"worker died 2 times \(at 3\)"):
        list(engine.map(partial(At, "die"), range(6)))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """That of the cluster's head and of those who join it: a token of this test's own, a home where nothing may be left."""
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0123456789abcdef" * 4}
    (tmp_path / "home").mkdir()
    paths = os.pathsep.join([str(ROOT), *sys.path])
    return os.environ | token | {"PYTHONPATH": paths, "HOME": str(tmp_path / "home")}


@pytest.fixture
def cluster(environment: dict[str, str]) -> Iterator[str]:
    """The address of a Ray that somebody else started; the folder's name is short since sockets lie in it."""
    port = free_port()
    options = [
        f"--port={port}",
        "--num-cpus=1",
        "--object-store-memory=100000000",
        "--include-dashboard=false",
        "--disable-usage-stats",
    ]
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:
        ray = Path(sys.executable).with_name("ray")
        command = [str(ray), "start", "--head", "--block", "--node-ip-address=127.0.0.1", *options, f"--temp-dir={folder}"]
        head = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port, head)
            yield f"127.0.0.1:{port}"
        finally:
            processes = [head, *psutil.Process(head.pid).children(recursive=True)]
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):  # Ray's own end as their raylet does
                    process.kill()
            head.wait(20)


def _wait_for(port: int, head: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while head.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"ray start ended with {head.poll()}")


def test_a_cluster_is_joined_and_left_running(cluster: str, environment: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    for turn in ("first", "second"):
        command = [sys.executable, str(program), cluster, str(tmp_path / turn)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.stdout.strip() == "[0, 1, 4, 9, 16]", done.stderr


def test_a_cluster_that_does_not_answer_is_an_error_within_seconds() -> None:
    for address in (f"127.0.0.1:{free_port()}", "head"):
        with pytest.raises(EngineError, match="no Ray cluster answers"), open_engine("ray", 1, address):
            pass


def test_a_ray_of_our_own_leaves_nothing_behind(environment: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    short = Path(tempfile.mkdtemp(prefix="r"))  # Ray's sockets lie below it, and a socket's path is at most 107 characters
    own = {name: value for name, value in environment.items() if not name.startswith("RAY_")} | {"TMPDIR": str(short)}
    command = [sys.executable, str(program), "", str(tmp_path / "log")]
    done = subprocess.run(command, env=own, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "[0, 1, 4, 9, 16]", done.stderr
    assert list((tmp_path / "home").rglob("*token*")) == []
    assert list(short.iterdir()) == []
    wait_until_gone([each.pid for each in psutil.process_iter(["cmdline"]) if str(short) in " ".join(each.info["cmdline"] or [])])
    short.rmdir()
