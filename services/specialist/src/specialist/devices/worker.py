"""One device's process: loads the model there and prices what comes over its lanes. Ends with the process that started it.

It has as many lanes as batches may be under way on a device: while one computes the next is tokenised. Knows no HTTP.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Protocol

import structlog

from common.errors import PricingAgentError, UnavailableError
from common.logs import configure_logs
from common.pricing import EXAMPLE, PriceRequest
from common.pricing_api.pricer import LocalPricer
from common.settings import HttpSettings

READY = "ready"
Load = Callable[[], LocalPricer]  # what a process can be handed: a function of a module, or a partial of one


class Worker(Protocol):
    """What is seen of such a process from outside. `lanes[0]` says READY first, or holds the error for which it cannot be."""

    @property
    def lanes(self) -> Sequence[Connection]:
        """To it."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...

    def wait(self) -> str:
        """Until it has ended; how."""
        ...


class WorkerProcess:
    """A process of its own, started afresh rather than forked: CUDA does not survive a fork."""

    def __init__(self, device: str, load: Load, lanes: int) -> None:
        context = multiprocessing.get_context("spawn")
        pairs = [context.Pipe() for _ in range(lanes)]
        self.lanes: Sequence[Connection] = [ours for ours, _ in pairs]
        theirs = [end for _, end in pairs]
        self._process = context.Process(target=run, args=(device, load, theirs), name=f"specialist on {device}", daemon=True)
        self._process.start()
        for end in theirs:
            end.close()  # else nobody would hear it end

    @property
    def pid(self) -> int | None:
        """Its number."""
        return self._process.pid

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wait(self) -> str:
        """Until it has ended; how."""
        self._process.join()
        return f"exit code {self._process.exitcode}"


def run(device: str, load: Load, lanes: Sequence[Connection]) -> None:
    """The process. A group of its own: signals to the service's group are for the service, which lets requests end first."""
    os.setsid()
    os.environ["CUDA_VISIBLE_DEVICES"] = device
    settings = HttpSettings()
    configure_logs(settings.log_level, settings.log_format)
    try:
        pricer = load()
        pricer.price([PriceRequest(description=EXAMPLE)])
    except Exception as exc:  # noqa: BLE001 (whatever it is, the other process tells it)
        _answer(lanes[0], exc if isinstance(exc, PricingAgentError) else UnavailableError(f"device {device}: {exc!r}"))
        return
    if _answer(lanes[0], READY):
        for lane in lanes[1:]:
            threading.Thread(target=serve, args=(pricer, lane), daemon=True).start()
        serve(pricer, lanes[0])


def serve(pricer: LocalPricer, lane: Connection) -> None:
    """Answers of one lane, until the other end is closed."""
    while True:
        try:
            requests = lane.recv()
        except (EOFError, OSError):
            return
        try:
            answer: object = list(pricer.price(requests))
        except PricingAgentError as exc:
            answer = exc
        except Exception as exc:  # noqa: BLE001 (a worker: the caller is told, and tries each item alone)
            structlog.get_logger().exception("batch_failed")
            answer = RuntimeError(repr(exc))
        if not _answer(lane, answer):
            return


def _answer(lane: Connection, answer: object) -> bool:
    try:
        lane.send(answer)
    except OSError:
        return False
    return True
