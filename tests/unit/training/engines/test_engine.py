"""The local engine: order, laziness, failures told, and nothing left running."""

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.unit.training.engine_work import At, ProcessId, Square, make_failing, wait_until_gone
from training.engines.engine import open_engine
from training.engines.processes import AHEAD
from training.engines.worker import EngineError, WorkerError

ROOT = Path(__file__).resolve().parents[4]
PROGRAM = """
from tests.unit.training.engine_work import ProcessId
from training.engines.engine import open_engine
if __name__ == "__main__":
    with open_engine("local", 2) as engine:
        for process in engine.map(ProcessId, range(4)):
            print(process, flush=True)
"""


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_results_come_in_the_order_of_the_items(workers: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with open_engine("local", workers) as engine:
        assert list(engine.map(partial(Square, log), range(25))) == [i * i for i in range(25)]
    made = log.read_text().split()
    assert len(made) == len(set(made)) == max(workers, 1), "the function is made once in each worker"
    assert (str(os.getpid()) in made) == (workers == 0)


@pytest.mark.parametrize("workers", [0, 2])
def test_no_items_give_no_results(workers: int, tmp_path: Path) -> None:
    with open_engine("local", workers) as engine:
        assert list(engine.map(partial(Square, tmp_path / "log"), [])) == []
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(("workers", "ahead"), [(0, 0), (2, 2 * AHEAD)])
def test_items_are_drawn_as_results_are_taken(workers: int, ahead: int, tmp_path: Path) -> None:
    drawn: list[int] = []

    def endless() -> Iterator[int]:
        for item in itertools.count():
            drawn.append(item)
            yield item

    with open_engine("local", workers) as engine:
        results = engine.map(partial(Square, tmp_path / "log"), endless())
        assert drawn == []
        assert [next(results) for _ in range(10)] == [i * i for i in range(10)]
        assert len(drawn) <= 10 + ahead
        results.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("workers", [0, 2])
def test_an_exception_in_a_worker_is_raised_with_item_and_traceback(workers: int) -> None:
    with open_engine("local", workers) as engine:
        results = engine.map(partial(At, "raise"), range(10))
        assert [next(results) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(WorkerError, match=r"^OddError: odd 3 3 \(at 3\)") as caught:
            list(results)
    assert caught.value.kind == "OddError"
    assert "engine_work.py" in "".join(caught.value.__notes__)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_function_that_cannot_be_made_is_told_the_same_way(workers: int) -> None:
    with open_engine("local", workers) as engine, pytest.raises(WorkerError, match="FileNotFoundError: no tokenizer"):
        list(engine.map(make_failing, range(10)))


def test_a_killed_worker_ends_the_run_and_names_signal_and_item() -> None:
    with open_engine("local", 2) as engine, pytest.raises(WorkerError, match=r"killed by SIGKILL.*memory.*\(at 3\)"):
        list(engine.map(partial(At, "die"), range(10)))


def test_a_result_that_cannot_be_sent_is_an_error() -> None:
    with open_engine("local", 1) as engine, pytest.raises(WorkerError, match="result cannot be sent"):
        list(engine.map(partial(At, "lock"), range(10)))


def test_an_error_of_the_items_passes_through_and_ends_the_workers() -> None:
    seen: list[int] = []

    def items() -> Iterator[int]:
        yield 0
        yield 1
        yield from itertools.repeat(2, 2)
        raise LookupError("the list ends badly")

    with open_engine("local", 3) as engine, pytest.raises(LookupError):
        seen.extend(engine.map(ProcessId, items()))
    wait_until_gone(seen)


def test_workers_end_when_the_results_are_no_longer_wanted() -> None:
    with open_engine("local", 2) as engine:
        results = engine.map(ProcessId, range(4))
        processes = [next(results), next(results)]
        results.close()  # type: ignore[attr-defined]
        wait_until_gone(processes)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_their_parent(how: signal.Signals, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    paths = os.pathsep.join([str(ROOT), *sys.path])
    command = [sys.executable, str(program)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
        start_new_session=True,
    ) as parent:
        assert parent.stdout
        processes = [int(parent.stdout.readline()) for _ in range(2)]
        if how == signal.SIGINT:
            os.killpg(parent.pid, how)  # as a terminal does
        else:
            parent.kill()
        _, errors = parent.communicate(timeout=20)
    wait_until_gone(processes)
    assert errors.count("Traceback") == (how == signal.SIGINT), errors


def test_an_engine_that_cannot_be_is_refused() -> None:
    for name, workers, address in (("spark", 1, None), ("local", -1, None), ("ray", 0, None), ("local", 1, "head:6379")):
        with pytest.raises(ValueError, match="engine"):
            open_engine(name, workers, address)


def test_without_ray_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(EngineError, match="--extra ray"), open_engine("ray", 1):
        pass
