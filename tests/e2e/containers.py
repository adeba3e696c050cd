"""Containers of a Compose project, as a test drives them: started, asked, killed as a crash does, taken down.

Knows no service by what it does. Everything goes through the docker command, so an engine elsewhere will do as well.
"""

import hashlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "python:3.11-slim"


def has_engine() -> bool:
    """Whether containers can be started here."""
    if shutil.which("docker") is None:
        return False
    return all(
        subprocess.run(["docker", *what], capture_output=True, check=False, timeout=60).returncode == 0
        for what in (["version"], ["compose", "version"])
    )


def docker(*arguments: str, stdin: str | None = None, seconds: float = 120) -> str:
    """What a command prints; AssertionError with its complaint where it fails."""
    command = ["docker", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=seconds)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr[-2000:]}"
    return done.stdout


class Project:
    """A Compose project of this checkout: `files` in order, beside `environment`. Name and images' tag are the checkout's own."""

    def __init__(self, name: str, files: tuple[str, ...], environment: dict[str, str]) -> None:
        own = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
        self.name, self.tag, self.environment = f"{name}-{own}", f"test-{own}", environment
        self._command = ("docker", "compose", "--project-name", self.name, *(part for file in files for part in ("-f", file)))
        self._all = {**os.environ, "IMAGE_TAG": self.tag, **environment}

    def compose(self, *arguments: str, seconds: float = 1500) -> subprocess.CompletedProcess[str]:
        command = [*self._command, *arguments]
        return subprocess.run(command, cwd=ROOT, env=self._all, capture_output=True, text=True, check=False, timeout=seconds)

    def up(self, *arguments: str) -> None:
        """Start, and wait until all is ready."""
        done = self.compose("up", "--detach", "--wait", "--quiet-pull", *arguments)
        assert done.returncode == 0, f"{done.stderr[-3000:]}\n{self.compose('logs', '--tail', '20').stdout[-6000:]}"

    def down(self) -> None:
        """Take all away, with what it kept."""
        self.compose("--profile", "*", "down", "--volumes", "--timeout", "5")

    def services(self) -> list[str]:
        """Those whose container runs."""
        return sorted(self.compose("ps", "--services", "--status", "running").stdout.split())

    def container(self, service: str) -> str:
        return f"{self.name}-{service}-1"

    def inside(self, service: str, code: str) -> subprocess.CompletedProcess[str]:
        """What this Python does in a service's container."""
        command = ["docker", "exec", self.container(service), "python", "-c", code]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    def state(self, service: str) -> dict[str, object]:
        """What the engine knows of a container: Pid, Health, Running ..."""
        found: dict[str, object] = json.loads(docker("inspect", "--format", "{{json .State}}", self.container(service)))
        return found

    def restarts(self, service: str) -> int:
        """How often the engine has started it again."""
        return int(docker("inspect", "--format", "{{.RestartCount}}", self.container(service)))

    def crash(self, service: str) -> None:
        """Kill its process as a crash does: the engine is to start it again, which after `docker kill` it would not."""
        process = self.state(service)["Pid"]
        code = f"import os, signal; os.kill({process}, signal.SIGKILL)"
        docker("run", "--rm", "--pid", "host", "--network", "none", "--user", "root", PYTHON, "python3", "-c", code)

    def wait_until_healthy(self, service: str, restarts: int, seconds: float = 180) -> None:
        """Until it was started so often, and is ready."""
        until = time.monotonic() + seconds
        while self.restarts(service) < restarts or self._health(service) != "healthy":
            assert time.monotonic() < until, f"{service}: {self.state(service)}"
            time.sleep(0.5)

    def _health(self, service: str) -> object:
        health = self.state(service).get("Health")
        return health.get("Status") if isinstance(health, dict) else None


def readable_to_all(folder: Path) -> None:
    """What is mounted into a container is read by a user of its own."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
