"""One device as the service sees it: a worker that is started again when it ends, and lanes to it. Knows no model."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import structlog

from common.errors import UnavailableError
from common.pricing import PriceRequest, PriceResponse
from common.retry import Backoff
from specialist.devices.worker import READY, Worker

Start = Callable[[str], Worker]


class DeviceLostError(Exception):
    """The worker ended, or did not answer in time and was ended."""


@dataclass(frozen=True)
class Pauses:
    """Seconds: for one batch's answer, far past any that is sound; and before a worker that ended is started again."""

    answer: float = 60.0
    restart: Backoff = field(default_factory=lambda: Backoff(1.0, 60.0))


class Device:
    """`changed` is notified, and held, when what may be taken changes: lanes become free, the worker comes up or is lost."""

    def __init__(self, name: str, start: Start, changed: threading.Condition, pauses: Pauses) -> None:
        self.name, self.start, self.changed, self.pauses = name, start, changed, pauses
        self.free: list[Connection] = []
        self.busy, self.starts = 0, 0
        self.problem: Exception | None = None  # for which it is not up
        self.is_up = False
        self._worker: Worker | None = None
        self._is_over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name=f"keep device {name}", daemon=True)

    def open(self) -> None:
        """Begin to start the worker, and to start it again whenever it ends."""
        self._keeper.start()

    def close(self) -> None:
        """End it for good."""
        self._is_over.set()
        if self._worker:
            self._worker.kill()
        self._keeper.join(10)

    def give_back(self, lane: Connection) -> None:
        """A lane that was taken; one of a worker that is gone goes with it. To be called with `changed` held."""
        self.busy -= 1
        if self.is_up and self._worker and lane in self._worker.lanes:
            self.free.append(lane)
        self.changed.notify_all()

    def ask(self, lane: Connection, requests: Sequence[PriceRequest]) -> Sequence[PriceResponse]:
        """The worker's answer over a lane that was taken; its own error; DeviceLostError where it cannot answer any more."""
        try:
            lane.send(requests)
            if not lane.poll(self.pauses.answer):
                structlog.get_logger().error("device_hangs", device=self.name, seconds=self.pauses.answer)
                raise DeviceLostError(self.name)
            answer = lane.recv()
        except (EOFError, OSError, DeviceLostError) as exc:
            self._lose(lane)
            raise DeviceLostError(self.name) from exc
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    def _lose(self, lane: Connection) -> None:
        """At once, before its keeper notices: the next batch must not go there."""
        with self.changed:
            worker = self._worker
            if worker and lane in worker.lanes:
                self.is_up, self.free = False, []
                worker.kill()

    def _keep(self) -> None:
        failures = 0
        while not self._is_over.is_set():
            self.starts += 1
            try:
                has_come_up = self._run_once()
            except Exception as exc:  # noqa: BLE001 (a worker: memory, processes or descriptors may be there again)
                self._fail(exc)
                has_come_up = False
            failures = 1 if has_come_up else failures + 1
            self._is_over.wait(self.pauses.restart.pause(failures))

    def _run_once(self) -> bool:
        """Until the worker has ended; whether it was up."""
        self._worker = worker = self.start(self.name)
        if self._is_over.is_set():
            worker.kill()
        has_come_up = self._await_ready(worker)
        self._drop(worker, worker.wait() if has_come_up else "")
        return has_come_up

    def _fail(self, error: Exception) -> None:
        structlog.get_logger().error("device_failed", device=self.name, why=repr(error), exc_info=error)
        with self.changed:
            self.problem = UnavailableError(f"device {self.name}: its process cannot be started ({error!r})")
            self.is_up, self.free = False, []
            self.changed.notify_all()
        if self._worker:
            self._worker.kill()

    def _await_ready(self, worker: Worker) -> bool:
        try:
            said = worker.lanes[0].recv()  # however long it takes: a first start downloads the base
        except (EOFError, OSError):
            said = UnavailableError(f"device {self.name}: its process ended while it loaded ({worker.wait()})")
        with self.changed:
            self.is_up = said == READY
            self.problem = None if self.is_up else said
            self.free = list(worker.lanes) if self.is_up else []
            self.changed.notify_all()
        log = structlog.get_logger()
        log.info("device_up", device=self.name) if self.is_up else log.error("device_failed", device=self.name, why=str(said))
        return self.is_up

    def _drop(self, worker: Worker, ended: str) -> None:
        with self.changed:
            if ended and not self._is_over.is_set():
                self.problem = UnavailableError(f"device {self.name}: its process ended ({ended}) and is started again")
                structlog.get_logger().error("device_lost", device=self.name, ended=ended)
            self.is_up, self.free = False, []
            self.changed.notify_all()
        worker.kill()  # its lanes close when the last batch has noticed
