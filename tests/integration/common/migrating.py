"""A process that migrates: python -m tests.integration.common.migrating URL PACKAGE [KILLED_AFTER]. It waits for a line first.

With KILLED_AFTER it is killed, as by a machine that goes down, after so many statements.
"""

import asyncio
import os
import signal
import sys

from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url

from common.database import asynchronous
from common.migration import migrate


def kill_after(statements: int) -> None:
    left = iter(range(statements - 1, -1, -1))

    @event.listens_for(Engine, "after_cursor_execute")
    def _count(*_: object) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, package: str, killed_after: str = "") -> None:
    if killed_after:
        kill_after(int(killed_after))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    asyncio.run(migrate(asynchronous(make_url(url)), package))


if __name__ == "__main__":
    main(*sys.argv[1:])
