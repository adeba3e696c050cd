"""The engine for more than one machine: Ray Data with a pool of actors. Nothing else in the project imports Ray.

Every node must have this project installed and see the files that items name under the same paths. Descriptions of all items
are held by the driver from the start; results stream.
"""

import contextlib
import logging
import os
import pickle
import secrets
import shutil
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, cast

from training.engines.worker import EngineError, Failure, Worker, WorkerError, result_of

T = TypeVar("T")
R = TypeVar("R")
OBJECT_STORE = 128 * 1024 * 1024  # bytes: items and results are small
KNOCK_SECONDS = 10.0
REMOVE_SECONDS = 10.0
ATTEMPTS = 2  # at an item whose worker dies: a lost node costs nothing, an item that kills its worker ends the run
# No usage report; no `uv run` within the workers, which would install the project again from the network.
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


class _Attempts:
    """Counts how often each item was begun. Ray Data repeats the work of a dead worker without end."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()

    def begin(self, number: int) -> int:
        """The how-manieth attempt this is."""
        self.counts[number] += 1
        return self.counts[number]


class _Actor:
    """A worker as Ray Data calls it: rows in, rows out, contents pickled since Arrow knows no Python objects."""

    def __init__(self, make: Callable[[], Callable[[Any], Any]], attempts: Any) -> None:
        self.worker, self.attempts = Worker(make), attempts

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        import ray

        item = pickle.loads(row["item"])  # noqa: S301 (from our own driver)
        attempt = ray.get(self.attempts.begin.remote(row["number"]))
        done = self.worker(item) if attempt <= ATTEMPTS else Failure("", f"its worker died {ATTEMPTS} times", "")
        return {"number": row["number"], "done": pickle.dumps(done)}


class RayData:
    """Computes in `workers` actors of the Ray that this process has joined."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map(self, make: Callable[[], Callable[[T], R]], items: Iterable[T]) -> Iterator[R]:
        """See Engine.map; all of `items` are drawn first."""
        import ray

        held = list(items)
        try:
            for number, row in enumerate(self._rows(make, held)):
                if row["number"] != number:
                    raise EngineError(f"Ray gave the result of item {row['number']} in place of {number}")
                yield result_of(pickle.loads(row["done"]), held[number])  # noqa: S301 (from our own workers)
        except ray.exceptions.RayError as exc:
            raise WorkerError(f"Ray lost its workers: {str(exc).strip().splitlines()[0]}") from exc

    def _rows(self, make: Callable[[], Callable[[Any], Any]], held: list[Any]) -> Iterator[dict[str, Any]]:
        import ray

        if not held:
            return iter(())
        rows = [{"number": number, "item": pickle.dumps(item)} for number, item in enumerate(held)]
        data = ray.data.from_items(rows, override_num_blocks=len(rows))
        data.context.execution_options.preserve_order = True
        attempts = ray.remote(num_cpus=0)(_Attempts).remote()
        workers = ray.data.ActorPoolStrategy(size=min(self.workers, len(rows)))
        # Dataset.map is typed for functions alone; a class is what makes it use actors.
        results = data.map(cast(Any, _Actor), fn_constructor_args=(make, attempts), compute=workers, num_cpus=1)
        return iter(results.iter_rows())


@contextlib.contextmanager
def open_ray(workers: int, address: str | None) -> Iterator[RayData]:
    """Join the cluster at `address`, or start a Ray of this machine's own; both are left again at the end.

    A cluster that asks for a token gets what RAY_AUTH_MODE=token and RAY_AUTH_TOKEN (or RAY_AUTH_TOKEN_PATH) say.
    """
    for name, value in (ENVIRONMENT | ({} if address else _own_token())).items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError as exc:
        raise EngineError('the engine "ray" needs Ray: uv sync --inexact --extra ray') from exc
    if address:
        _knock(address)
    with _scratch() as folder:
        own: dict[str, Any] = {
            "num_cpus": workers,
            "object_store_memory": OBJECT_STORE,
            "include_dashboard": False,
            "_temp_dir": folder,
        }
        try:
            ray.init(address or "local", logging_level=logging.ERROR, log_to_driver=False, **({} if address else own))
        except (ConnectionError, RuntimeError, ValueError) as exc:
            raise EngineError(f"the Ray cluster at {address or 'this machine'} cannot be joined: {exc}") from exc
        try:
            _quiet()
            yield RayData(workers)
        finally:
            ray.shutdown()


@contextlib.contextmanager
def _scratch() -> Iterator[str]:
    """A folder for Ray's logs and sockets. Its last processes may still write while it is removed, so that takes some tries."""
    folder = tempfile.mkdtemp(prefix="ray")
    try:
        yield folder
    finally:
        until = time.monotonic() + REMOVE_SECONDS
        shutil.rmtree(folder, ignore_errors=True)
        while os.path.exists(folder) and time.monotonic() < until:
            time.sleep(0.1)
            shutil.rmtree(folder, ignore_errors=True)


def _own_token() -> dict[str, str]:
    """A key of this run alone, unless the environment settles it: left to itself, Ray would keep one in the user's home."""
    if {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & os.environ.keys():
        return {}
    return {"RAY_AUTH_TOKEN": secrets.token_hex(32)}  # ray.init turns the mode on where it is unset


def _knock(address: str) -> None:
    """EngineError when nobody listens at host:port; Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), KNOCK_SECONDS).close()
    except (OSError, ValueError) as exc:
        raise EngineError(f"no Ray cluster answers at {address}, which must be host:port of its head: {exc}") from exc


def _quiet() -> None:
    """The scripts draw their own progress."""
    import ray

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
