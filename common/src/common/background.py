"""Work that goes on beside the requests: who owns a task, starts it, ends it, and hears of an end that nobody asked for.

Nobody awaits such a task: asyncio alone would drop it while it runs, as it keeps but a weak reference, and say nothing of its
failure. Knows nothing of what the work does.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from contextvars import Context
from typing import Any

import structlog

AGAIN = 10.0  # seconds: what tasks do to end well takes less, and nothing that is kept hangs on it


class BackgroundTask:
    """Runs `work()`, once at a time, in an empty context: it outlives the request that may have started it, and its deadline.

    Work that returns has done what there was to do; work that fails is logged under `name`.
    """

    def __init__(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._name, self._work = name, work
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin, unless it runs already; one that has ended begins anew."""
        if not self.is_running:
            self._task = asyncio.get_running_loop().create_task(self._work(), name=self._name, context=Context())
            self._task.add_done_callback(_note_end)

    async def stop(self) -> None:
        """Cancel it and wait until it has ended, however often; see `end`."""
        if self._task is not None:
            await end([self._task])
            self._task = None  # whose traceback would keep what the work had in hand


class TaskSet:
    """Owns tasks that end by themselves, each in the context of the one who starts it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run `work`; a failure is logged under `name`."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_note_end)

    async def stop(self) -> None:
        """Cancel those that are under way and wait until they have ended; see `end`."""
        await end(list(self._tasks))


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel `tasks` and wait until all have ended, without their results or errors.

    As with a TaskGroup nobody leaves before that: a caller that is cancelled meanwhile is so afterwards, and the tasks are not
    cancelled a second time, in the midst of what they do to end well, but where that takes longer than AGAIN: the first is lost
    where a library raises an error of its own in its place.
    """
    for task in tasks:
        task.cancel()
    cancelled: asyncio.CancelledError | None = None
    while pending := [task for task in tasks if not task.done()]:
        try:
            _, deaf = await asyncio.wait(pending, timeout=AGAIN)
            for task in deaf:
                task.cancel()
        except asyncio.CancelledError as exc:
            cancelled = exc
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at, else asyncio complains of one that nobody fetched
    if cancelled is not None:
        raise cancelled


def heed_cancellation() -> None:
    """CancelledError where the task that runs was cancelled and works on; for loops that outlast whatever fails.

    asyncio delivers a cancellation once, and a library that is hit by it may raise an error of its own instead, while it cleans up:
    a loop that takes that for a failure would go on for ever, and whoever ends it wait as long.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _note_end(task: asyncio.Task[None]) -> None:
    log = structlog.get_logger()
    if task.cancelled():
        if not task.cancelling():  # nobody cancelled the task: what it awaited was
            log.error("background_task_ended", task=task.get_name(), why="what it waited for was cancelled")
    elif error := task.exception():
        log.error("background_task_ended", task=task.get_name(), why=repr(error), exc_info=error)
