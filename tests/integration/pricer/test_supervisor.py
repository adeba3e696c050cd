"""The supervisor with real child processes: prefixes, restarts, and nobody left behind."""

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pricer.local.supervisor import Command, LogStream, Supervisor
from tests.waiting import until

RUNNER = """
import asyncio, os, signal, sys
from pricer.local.supervisor import Command, LogStream, Supervisor

async def main():
    specs = [spec.split("=", 1) for spec in sys.argv[1:]]
    commands = [
        Command(name, (sys.executable, "-uc", program), os.environ, grace=60.0 if name == "patient" else 1.0)
        for name, program in specs
    ]
    supervisor = Supervisor(commands, LogStream([c.name for c in commands], colour=False))
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, supervisor.stop)
    await supervisor.run()

asyncio.run(main())
"""
SLEEP = "import os, time; print('pid', os.getpid()); time.sleep(600)"


class Run:
    """A supervisor in a process of its own, with what it printed."""

    def __init__(self, log: Path, *specs: str) -> None:
        self.log = log
        with log.open("w") as file:
            self.process = subprocess.Popen([sys.executable, "-c", RUNNER, *specs], stdout=file, stderr=subprocess.STDOUT)

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def wait_for(self, wanted: Callable[[list[str]], bool]) -> list[str]:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if wanted(self.lines()):
                return self.lines()
            time.sleep(0.02)
        raise AssertionError(f"not seen within 20 s; printed: {self.lines()}")

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        self.process.send_signal(number)
        self.process.wait(20)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def begin(*specs: str) -> Run:
        runs.append(Run(tmp_path / "log", *specs))
        return runs[-1]

    yield begin
    for run in runs:
        run.process.kill()
        run.process.wait()


def pids(lines: list[str]) -> list[int]:
    return [int(line.rsplit(" ", 1)[1]) for line in lines if " pid " in line]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone(pid: int) -> bool:
    until = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_alive(pid)


def test_every_line_carries_its_process_name(start: Callable[..., Run]) -> None:
    lines = start(f"one={SLEEP}", f"second={SLEEP}").wait_for(lambda found: len(pids(found)) == 2)
    assert sorted(line.split("|")[0] for line in lines) == ["one    ", "second "]


def test_a_process_that_dies_is_started_again(start: Callable[..., Run]) -> None:
    run = start(f"one={SLEEP}")
    first = pids(run.wait_for(lambda found: len(pids(found)) == 1))[0]
    os.kill(first, signal.SIGKILL)
    lines = run.wait_for(lambda found: len(pids(found)) == 2)
    assert any("ended with signal SIGKILL; starting again in 1 s" in line for line in lines)


def test_a_process_that_cannot_use_its_settings_is_told_once_and_the_others_run_on(start: Callable[..., Run]) -> None:
    run = start("wrong=print('MAX: this is no number'); raise SystemExit(78)", f"one={SLEEP}")
    lines = run.wait_for(lambda found: len(pids(found)) == 1 and any("not started again" in line for line in found))
    time.sleep(1.5)  # a process that is started again is so after one second
    assert run.lines() == lines
    assert [line.partition("| ")[2] for line in lines if line.startswith("wrong")] == [
        "MAX: this is no number",
        "its settings cannot be used, as told above: it is not started again",
    ]
    assert is_alive(pids(lines)[0])
    run.stop()
    assert run.process.returncode == 0


def test_interrupt_ends_all_of_them_even_one_that_ignores_it(start: Callable[..., Run]) -> None:
    stubborn = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
    run = start(f"one={SLEEP}", f"stubborn={stubborn}")
    found = pids(run.wait_for(lambda lines: len(pids(lines)) == 2))
    run.stop()
    assert run.process.returncode == 0
    assert all(gone(pid) for pid in found)


def test_each_process_has_its_own_time_to_end(start: Callable[..., Run]) -> None:
    slow = """import os, signal, sys, time
def end(*_):
    time.sleep(3)
    print("finished")
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("pid", os.getpid())
time.sleep(600)"""
    run = start(f"patient={slow}", f"other={slow}")
    run.wait_for(lambda lines: len(pids(lines)) == 2)
    run.stop()
    assert [line for line in run.lines() if "finished" in line] == ["patient | finished"]
    assert [line for line in run.lines() if "killed" in line] == ["other   | did not end within 1 s: killed"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, on which nothing can be written")
def test_a_process_goes_on_where_none_of_its_lines_can_be_written(tmp_path: Path) -> None:
    done = tmp_path / "done"
    program = f"print(('y' * 99 + chr(10)) * 5000, flush=True); open({str(done)!r}, 'w'); {SLEEP}"  # more than a pipe holds
    run = Run(Path("/dev/full"), f"one={program}")
    try:
        until(done.exists)
    finally:
        run.stop()


def test_a_line_with_a_character_that_the_log_has_not_is_dropped_alone(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w", encoding="ascii") as file:
        log = LogStream(["one"], file, colour=False)
        for text in ("before", "5 €", "after"):
            log.line("one", text)
    assert (tmp_path / "log").read_text() == "one | before\none | after\n"


def test_a_process_that_cannot_be_started_is_started_once_it_can(tmp_path: Path) -> None:
    program, log = tmp_path / "program", io.StringIO()
    supervisor = Supervisor([Command("one", (str(program),), os.environ, grace=1.0)], LogStream(["one"], log, colour=False))

    async def run() -> None:
        running = asyncio.create_task(supervisor.run())
        await seen(log, "could not be run: FileNotFoundError")
        part = tmp_path / "part"
        part.write_text("#!/bin/sh\necho here\nexec sleep 600\n")
        part.chmod(0o700)
        part.rename(program)
        await seen(log, "one | here")
        supervisor.stop()
        await running

    asyncio.run(run())
    assert "starting again in 1 s" in log.getvalue()


async def seen(log: io.StringIO, text: str) -> None:
    async with asyncio.timeout(20):
        while text not in log.getvalue():  # noqa: ASYNC110 (a file has no event)
            await asyncio.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: elsewhere the kernel does not end a killed parent's children")
def test_children_end_when_the_supervisor_is_killed_outright(start: Callable[..., Run]) -> None:
    run = start(f"one={SLEEP}")
    (child,) = pids(run.wait_for(lambda lines: len(pids(lines)) == 1))
    run.stop(signal.SIGKILL)
    assert gone(child)


def test_a_huge_line_and_broken_bytes_do_not_stop_the_stream(start: Callable[..., Run]) -> None:
    program = "import sys; sys.stdout.buffer.write(b'x' * 300_000 + b'\\n\\xff\\xfe\\n'); print('after', flush=True);" + SLEEP
    lines = start(f"one={program}").wait_for(lambda found: len(pids(found)) == 1)
    assert "one | after" in lines


def test_a_process_whose_own_child_outlives_it_is_started_again(start: Callable[..., Run]) -> None:
    program = f"import os, subprocess, sys; subprocess.Popen([sys.executable, '-uc', {SLEEP!r}]); os._exit(7)"
    run = start(f"one={program}")
    lines = run.wait_for(lambda found: len(pids(found)) == 2)
    assert any("ended with exit code 7; starting again in 1 s" in line for line in lines)
    assert gone(pids(lines)[0])
