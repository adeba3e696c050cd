"""The server runs on asyncio, as the services do; ensemble and scanner run on real ports."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.pricer.mcp_server.place import Place, place


@pytest.fixture
def anyio_backend() -> str:
    """Not on others."""
    return "asyncio"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    """Both services, without keys, with what one scan has found."""
    with place(tmp_path) as made:
        yield made
