"""A process in a container of its own, handled as a local one is: started, killed, frozen, waited for.

As docker-compose.yml runs it (read-only root, no capabilities, bounds), but in the network of this machine, where the test's
Redis and receivers are, and as the test's own user: both look into the same SQLite files, whose -shm is whoever's comes first.
"""

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from containers import ROOT, Project

IS_CHOSEN = os.environ.get("FAULTS_IN") == "containers"
FLAGS = ("--rm", "--interactive", "--network=host", "--read-only", "--tmpfs=/tmp:size=128m,mode=1777")
BOUNDS = ("--cap-drop=ALL", "--security-opt=no-new-privileges", "--memory=1g", "--pids-limit=512", "--cpu-quota=200000")
IMAGES = {"notifier": "notifier", "tests.faults.publisher": "scanner"}  # module: service
_NUMBERS = itertools.count()


def build() -> None:
    """Make the images, once."""
    done = Project("pricing-faults", ("docker-compose.yml",), {}).compose("build", "--quiet", "notifier", "scanner")
    assert done.returncode == 0, done.stderr[-3000:]


class Contained(subprocess.Popen[Any]):
    """`docker run` in the foreground, whose signals go to the container."""

    def __init__(
        self, image: str, argv: Sequence[str], environment: Mapping[str, str], folder: Path, **pipes: IO[Any] | int | None
    ) -> None:
        self.name = f"pricing-faults-{os.getpid()}-{next(_NUMBERS)}"
        own = (f"--name={self.name}", f"--user={os.getuid()}:{os.getgid()}", "--workdir=/src")
        given = [f"--env={name}={value}" for name, value in environment.items()]
        mounts = (f"--volume={folder}:{folder}", f"--volume={ROOT / 'tests'}:/src/tests:ro")
        command = ["docker", "run", *FLAGS, *BOUNDS, *own, *mounts, *given, image, *argv]
        super().__init__(command, text=True, **pipes)  # type: ignore[call-overload]

    def send_signal(self, sig: int) -> None:
        """To the process in the container; a frozen one is frozen by its engine, as SIGSTOP would tell its parent."""
        frozen = {signal.SIGSTOP: ("pause",), signal.SIGCONT: ("unpause",)}
        how = frozen.get(signal.Signals(sig), ("kill", f"--signal={int(sig)}"))
        until = time.monotonic() + 20
        while self.poll() is None and time.monotonic() < until:
            if subprocess.run(["docker", *how, self.name], capture_output=True, check=False, timeout=60).returncode == 0:
                return
            time.sleep(0.05)  # it is being started


def run(module: str, environment: Mapping[str, str], folder: Path, **pipes: IO[Any] | int | None) -> Contained:
    """A module of ours, out of the image of its service."""
    image = f"product-pricing-agent/{IMAGES[module]}:{Project('pricing-faults', (), {}).tag}"
    own = {"HOST": "127.0.0.1", "VAR_DIR": str(folder / "var"), "PYTHONUNBUFFERED": "1"}
    return Contained(image, ["python", "-m", module], own | dict(environment), folder, **pipes)


def run_redis(argv: Sequence[str], folder: Path) -> Contained:
    """Redis, with these arguments after its program."""
    image = os.environ.get("REDIS_IMAGE") or "redis:7-alpine"
    return Contained(image, ["redis-server", *argv], {}, folder, stdout=subprocess.DEVNULL)
