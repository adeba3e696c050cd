"""Makes volumes.tar.xz and volumes.json beside this file: what containers of an earlier version leave in their volumes.

Run: python -m tests.e2e.upgrade.make_volumes [COMMIT]. Needs git, a Docker engine and some minutes. Four feeds are read: what the
first has is pushed; the phone fails for the second; nobody reads the third's from Redis; Redis is away for the fourth's.
"""

import argparse
import json
import lzma
import os
import shutil
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import httpx2

from pricer.local.ports import free_ports

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
EARLIER = "9f6bc6b"
VOLUMES = ("scanner", "notifier", "redis")
FEEDS = {  # of each: goods that nobody takes for one another
    "pushed": ("Walnut Turntable", "Ceramic Teapot", "Climbing Rope"),
    "refused": ("Desk Lamp", "Trail Shoes"),
    "unread": ("Stand Mixer", "Air Compressor"),
    "unpublished": ("Telescope", "Garden Shredder"),
}


def main() -> None:
    """Make both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", nargs="?", default=EARLIER)
    commit = parser.parse_args().commit
    with tempfile.TemporaryDirectory(prefix="earlier-") as folder:
        tree = Path(folder) / "tree"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(tree), commit], cwd=ROOT, check=True)
        try:
            make_volumes(Earlier(tree, Path(folder) / "peer"), commit)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True)


class Earlier:
    """Containers of the version in `tree`, and the world outside in `peer`."""

    def __init__(self, tree: Path, peer: Path) -> None:
        ports = dict(zip(("SCANNER_PORT", "NOTIFIER_PORT", "PEER_PORT"), map(str, free_ports(3)), strict=True))
        self._tree, self._environment = tree, {**os.environ, **ports, "PEER_FOLDER": str(peer)}
        self.scanner, self.notifier, self.peer = (f"http://127.0.0.1:{port}" for port in ports.values())
        write_peer(peer)

    def compose(self, *arguments: str) -> None:
        """In the earlier tree."""
        files = ("-f", "docker-compose.yml", "-f", str(HERE / "earlier.yml"))
        command = ["docker", "compose", "--project-name", "earlier", *files, *arguments]
        subprocess.run(command, cwd=self._tree, env=self._environment, check=True, timeout=1800)

    def scan(self, feed: str) -> None:
        """Read one more feed, to its end."""
        self._post(f"{self.scanner}/feeds", {"url": f"http://peer:9000/feeds/{feed}.xml"})
        identifier = self._post(f"{self.scanner}/scan")["scan"]
        for _ in range(600):
            if httpx2.get(f"{self.scanner}/scans/{identifier}", timeout=30).json()["state"] != "running":
                return
            time.sleep(0.1)
        raise TimeoutError("the scan does not end")

    def fail(self) -> None:
        """Let the phone fail from now on."""
        self._post(f"{self.peer}/answer", {"status": 503})

    def received(self) -> list[str]:
        """The titles that came."""
        return [each["title"] for each in httpx2.get(f"{self.peer}/received", timeout=30).json()]

    def states(self) -> list[str]:
        """Of all notifications."""
        return [each["state"] for each in httpx2.get(f"{self.notifier}/notifications", timeout=30).json()["items"]]

    @staticmethod
    def _post(url: str, body: object = None) -> dict[str, str]:
        answer = httpx2.post(url, json=body, timeout=60)
        answer.raise_for_status()
        found: dict[str, str] = answer.json()
        return found


def make_volumes(earlier: Earlier, commit: str) -> None:
    """Drive the earlier containers into the four states, stop them, and keep what their volumes hold."""
    try:
        earlier.compose("up", "--build", "--detach", "--wait", "--no-deps", "redis", "peer", "scanner", "notifier")
        earlier.scan("pushed")
        wait_for(lambda: len(earlier.received()) == len(FEEDS["pushed"]))
        earlier.fail()
        earlier.scan("refused")
        wait_for(lambda: earlier.states().count("pending") == len(FEEDS["refused"]))
        time.sleep(5)  # an attempt at each fails
        earlier.compose("stop", "notifier")
        earlier.scan("unread")
        time.sleep(3)  # they are in Redis
        earlier.compose("stop", "redis")
        earlier.scan("unpublished")
        received = earlier.received()
        earlier.compose("stop")
        keep(commit, received)
    finally:
        earlier.compose("down", "--volumes")


def keep(commit: str, received: list[str]) -> None:
    """Write the files."""
    mounts = [argument for name in VOLUMES for argument in ("--volume", f"earlier_{name}:/volumes/{name}:ro")]
    command = ["docker", "run", "--rm", *mounts, "python:3.11-slim", "tar", "-C", "/volumes", "--sort=name", "-c", *VOLUMES]
    archive = subprocess.run(command, capture_output=True, check=True, timeout=300).stdout
    (HERE / "volumes.tar.xz").write_bytes(lzma.compress(archive, preset=9))
    made = {"commit": commit, "made": datetime.now(UTC).isoformat(timespec="seconds"), "feeds": FEEDS, "received": received}
    (HERE / "volumes.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def write_peer(folder: Path) -> None:
    """The folder that peer.py serves, readable to whoever it runs as."""
    (folder / "feeds").mkdir(parents=True)
    for source in (HERE / "stand_in.py", HERE.parent / "peer.py"):
        shutil.copy(source, folder)
    for name, goods in FEEDS.items():
        (folder / "feeds" / f"{name}.xml").write_text(feed_of(goods), encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def feed_of(goods: tuple[str, ...]) -> str:
    """RSS in which each costs $100."""
    moment = format_datetime(datetime.now(UTC))
    items = "".join(
        f"<item><title>Acme {name} for $100</title><link>http://shop.example/{name.replace(' ', '-').lower()}</link>"
        f"<description>The {name.lower()} by Acme, new, with two years of warranty.</description><pubDate>{moment}</pubDate></item>"
        for name in goods
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Goods</title>{items}</channel></rss>'


def wait_for(condition: object, seconds: float = 60.0) -> None:
    """Until it holds."""
    assert callable(condition)
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("it did not happen")
        time.sleep(0.2)


if __name__ == "__main__":
    main()
