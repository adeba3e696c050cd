"""A real MQTT broker for tests, mosquitto, where it is installed."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from pricer.local.ports import free_port

USER, PASSWORD = "agent", "p@ss word"


def find_mosquitto() -> str | None:
    """Debian puts it where only root looks."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


class MosquittoProcess:
    """A broker on a port of its own that knows one user. Skips the test where there is none to start."""

    def __init__(self, folder: Path) -> None:
        program, passwords = find_mosquitto(), shutil.which("mosquitto_passwd")
        if program is None or passwords is None:
            pytest.skip("needs mosquitto: apt-get install mosquitto")
        self.program, self.port, self.folder = program, free_port(), folder
        known = folder / "passwords"
        subprocess.run([passwords, "-b", "-c", str(known), USER, PASSWORD], check=True, capture_output=True)
        known.chmod(0o644)
        folder.chmod(0o755)
        settings = f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {known}\nuser root\n"
        (folder / "mosquitto.conf").write_text(settings, encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://{USER}:p%40ss%20word@127.0.0.1:{self.port}"

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([self.program, "-c", str(self.folder / "mosquitto.conf")], stdout=log, stderr=log)
        time.sleep(0.2)
        assert self.process.poll() is None, (self.folder / "log").read_text(encoding="utf-8")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None
