"""The server runs on asyncio, as the services do."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Not on others."""
    return "asyncio"
