"""Every service answers as its OpenAPI document says, whatever it is asked: no 5xx, and no status, type or header unannounced.

schemathesis makes requests from the document: its examples, the edges of each schema, and random ones, valid and invalid; and it
follows what one operation's answer says into the next one's request.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.conftest import MINUTES
from tests.fuzz.services import KEY, SERVICES, Services, serving_all

FOLDER, ROOT = Path(__file__).parent, Path(__file__).parents[2]
pytestmark = [
    pytest.mark.timeout(600 + MINUTES * 60),
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),  # Apprise, which a channel brings in
]
# In the long form a quarter of the time, and other requests each time.
LENGTH = (
    ("--max-time", f"{MINUTES * 15 / len(SERVICES):.0f}") if MINUTES else ("--max-examples", "10", "--generation-deterministic")
)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with serving_all(tmp_path_factory.mktemp("services")) as started:
        started.publish(3)
        yield started


@pytest.mark.parametrize("name", SERVICES)
def test_every_operation_answers_as_documented(services: Services, name: str) -> None:
    address = f"{services.url(name)}/openapi.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(FOLDER / "schemathesis.toml"), "run", address]
    environment = os.environ | {"KEY": KEY, "HOOKS": "tests.fuzz.schemathesis_hooks", "SERVICE": name}
    done = subprocess.run([*command, *LENGTH], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
