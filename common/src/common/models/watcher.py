"""Has models reloaded when they were made anew or another version was chosen, and when the process gets SIGHUP."""

import asyncio
import signal
import threading
from collections.abc import Callable
from contextlib import suppress

from anyio import to_thread

from common.background import BackgroundTask
from common.errors import ConflictError, PricingAgentError
from common.models.reloader import Reloader
from common.models.standing import stamp_of


class Watcher:
    """`seconds` between looks. What a reload refuses is not tried again until it changes once more."""

    def __init__(self, reloader: Reloader, seconds: float) -> None:
        self._reloader, self._seconds = reloader, seconds
        self._told = asyncio.Event()
        self._task = BackgroundTask("watch models", self._run)

    def start(self) -> None:
        """Begin, and take SIGHUP."""
        self._signal(lambda loop: loop.add_signal_handler(signal.SIGHUP, self._told.set))
        self._task.start()

    async def stop(self) -> None:
        """Look no more."""
        self._signal(lambda loop: loop.remove_signal_handler(signal.SIGHUP))
        await self._task.stop()

    def _signal(self, change: Callable[[asyncio.AbstractEventLoop], object]) -> None:
        if hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread():
            change(asyncio.get_running_loop())

    async def _run(self) -> None:
        seen, is_told = list[object](), False
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), self._seconds)
            found = await self._stamps()
            is_told = is_told or self._told.is_set()
            if not is_told and (found == seen or not await self._is_settled(found)):
                continue
            self._told.clear()
            if (is_told or not self._reloader.is_up_to_date) and not await self._reload():  # it is after a choice through a door
                continue
            seen, is_told = found, False

    async def _reload(self) -> bool:
        """Whether it came to an end; not while another reload is under way, which may have begun before what was seen now."""
        try:
            await self._reloader.reload()
        except ConflictError:
            return False
        except PricingAgentError:
            pass  # told by the reloader, to whoever asks
        return True

    async def _is_settled(self, found: object) -> bool:
        """Whether nobody is writing just now: several artifacts may be put there one after another."""
        await asyncio.sleep(min(self._seconds, 1.0))
        return await self._stamps() == found

    async def _stamps(self) -> list[object]:
        names = self._reloader.service.artifacts
        return await to_thread.run_sync(lambda: [stamp_of(name) for name in names])
