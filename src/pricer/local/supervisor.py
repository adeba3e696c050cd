"""Runs commands as child processes: one prefixed log stream, restarts with back-off, no orphans. Knows nothing of prices."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from common.http.listening import UNUSABLE_SETTINGS
from common.retry import Backoff

_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95)
_LONGEST_LINE = 64 * 1024  # bytes; a longer line is cut, never fatal
_PAUSES = Backoff(first=1.0, longest=30.0, jitter=0.0)  # between restarts
_PR_SET_PDEATHSIG = 1
_LOOK = 0.2  # seconds between looks whether a process has ended
_LINGER = 1.0  # seconds in which its own processes may do so by themselves


@dataclass(frozen=True)
class Command:
    """A process to keep running. One that `serves_others` is ended only after the rest.

    `grace`: seconds that it has to end when it is told to; after them it is killed.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    grace: float
    serves_others: bool = False


class LogStream:
    """Prints lines of several processes, each behind its name; coloured on a terminal. `file`: else standard output."""

    def __init__(self, names: Sequence[str], file: TextIO | None = None, *, colour: bool | None = None) -> None:
        self.file = file
        self.width = max(map(len, names))
        self.colours = {name: _COLOURS[index % len(_COLOURS)] for index, name in enumerate(names)}
        wanted = (file or sys.stdout).isatty() and "NO_COLOR" not in os.environ
        self.colour = wanted if colour is None else colour

    def line(self, name: str, text: str) -> None:
        """Print one line of `name`; one that cannot be written is dropped, as whoever prints it must go on."""
        prefix = f"{name:<{self.width}} |"
        if self.colour:
            prefix = f"\x1b[{self.colours.get(name, 37)}m{prefix}\x1b[0m"
        file = self.file or sys.stdout
        with contextlib.suppress(OSError, ValueError):  # a full disk, a reader that is gone, a character that the file has not
            file.write(f"{prefix} {text}\n")
            file.flush()


class Supervisor:
    """Keeps commands running until `stop`. A process that dies is started again after 1, 2, 4 ... 30 seconds.

    Not so one that ends with UNUSABLE_SETTINGS: another start would find the same environment. The others run on.
    """

    def __init__(self, commands: Sequence[Command], log: LogStream) -> None:
        self.commands, self.log = commands, log
        self.processes: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask all processes to end; `run` returns when they have."""
        self._stopping.set()

    async def run(self) -> None:
        """Start everything, and return after `stop` with no child left."""
        keepers = [asyncio.create_task(self._keep(command)) for command in self.commands]
        await self._stopping.wait()
        for last in (False, True):
            those = [command for command in self.commands if command.serves_others is last]
            await asyncio.gather(*(self._end(command) for command in those))
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)

    async def _keep(self, command: Command) -> None:
        deaths = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                code = await self._run_once(command)
                if code == UNUSABLE_SETTINGS and not self._stopping.is_set():
                    self.log.line(command.name, "its settings cannot be used, as told above: it is not started again")
                    return
                ended = f"ended with {_meaning(code)}"
            except Exception as exc:  # noqa: BLE001 (a worker: memory, descriptors or a file that is away may be there again)
                ended = f"could not be run: {exc!r}"
            if self._stopping.is_set():
                return
            deaths = 1 if time.monotonic() - started > 60 else deaths + 1
            pause = _PAUSES.pause(deaths)
            self.log.line(command.name, f"{ended}; starting again in {pause:.0f} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run_once(self, command: Command) -> int:
        process = await asyncio.create_subprocess_exec(
            *command.argv,
            env=dict(command.env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LONGEST_LINE,
            start_new_session=True,  # Ctrl-C on the terminal reaches us alone; we pass it on in order
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        self.processes[command.name] = process
        copying = asyncio.create_task(self._copy_lines(command.name, process.stdout))
        try:
            await _until_ended(process, copying)
            return await process.wait() if process.returncode is None else process.returncode
        except Exception:
            _signal_group(process.pid, signal.SIGKILL)  # else it would run twice
            raise
        finally:
            copying.cancel()

    async def _copy_lines(self, name: str, stream: asyncio.StreamReader | None) -> None:
        while stream:
            try:
                line = await stream.readuntil(b"\n")
            except asyncio.LimitOverrunError as exc:
                line = await stream.readexactly(max(exc.consumed, 1))
            except asyncio.IncompleteReadError as exc:
                line = exc.partial
            if not line:
                return
            self.log.line(name, line.decode("utf-8", "replace").rstrip())

    async def _end(self, command: Command) -> None:
        process = self.processes.get(command.name)
        if process is None or process.returncode is not None:
            return
        _signal_group(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), command.grace)
        except TimeoutError:
            self.log.line(command.name, f"did not end within {command.grace:.0f} s: killed")
            _signal_group(process.pid, signal.SIGKILL)
            await process.wait()


async def _until_ended(process: asyncio.subprocess.Process, copying: asyncio.Task[None]) -> None:
    """Until it has, or all was copied. Processes of its own that outlive it are killed: they hold what it printed to open.

    Neither the end of that nor `process.wait()` tells then that it ended, and it would not be started again.
    """
    while process.returncode is None and not copying.done():
        await asyncio.wait({copying}, timeout=_LOOK)
    for _ in range(2):
        if not copying.done() and not (await asyncio.wait({copying}, timeout=_LINGER))[0]:
            _signal_group(process.pid, signal.SIGKILL)
    if copying.done():
        await copying


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _die_with_parent() -> None:
    """Linux: have the kernel end this child when the supervisor itself is killed outright."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _meaning(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
