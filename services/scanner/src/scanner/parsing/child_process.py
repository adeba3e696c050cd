"""Starts and ends the processes that read strangers' bytes. What they read, and for how long they may, their users know."""

import asyncio
import contextlib
import os
import sys

LONGEST_LINE = 256 * 1024  # bytes: an entry, or all facts of a page, at its limits, in UTF-8 and escaped
_KEPT = ("PATH", "LANG", "HOME", "TMPDIR")  # of the environment, which holds secrets; and what begins with these:
_KEPT_PREFIXES = ("PYTHON", "LC_", "LD_", "DYLD_")


async def start_child(module: str, *arguments: str, stderr: int | None = None) -> asyncio.subprocess.Process:
    """`python -m module`, without our secrets, in a session of its own: Ctrl-C on the terminal is for us, who then end it."""
    environment = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", module, *arguments),
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
        limit=LONGEST_LINE,
        start_new_session=True,
    )


async def end_child(process: asyncio.subprocess.Process) -> None:
    """Kill it, if it is not over, and take its rest, so that neither a process nor a pipe is left."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await process.communicate()
