from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where artifacts/ and var/ lie."""
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    return tmp_path


@pytest.fixture
def anyio_backend() -> str:
    """The one that services run on."""
    return "asyncio"
