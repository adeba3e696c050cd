"""What every service can be told through the environment, and where files lie. Built in a lifespan or a main, never at import."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_REPOSITORY = Path(__file__).resolve().parents[3]


class HttpSettings(BaseSettings):
    """How a service listens and whom it admits. `api_keys` is a comma-separated list; empty admits everybody."""

    model_config = SettingsConfigDict(extra="ignore")

    host: str = "127.0.0.1"
    api_keys: str = ""
    max_in_flight: int = Field(default=256, ge=1)
    log_level: str = "INFO"
    log_format: str = "console"  # or json

    @property
    def keys(self) -> list[str]:
        """The accepted keys; a service calls its peers with the first."""
        return [key.strip() for key in self.api_keys.split(",") if key.strip()]


def artifacts_dir() -> Path:
    """Folder of the trained artifacts: $ARTIFACTS_DIR, else artifacts/ of the repository."""
    return Path(os.environ.get("ARTIFACTS_DIR") or _REPOSITORY / "artifacts")


def var_dir() -> Path:
    """Folder for what a run makes (databases, stores): $VAR_DIR, else var/ of the repository."""
    return Path(os.environ.get("VAR_DIR") or _REPOSITORY / "var")


def shared_data_dir() -> Path | None:
    """Folder with data/ and feeds/ for training, tests and benches: $PRICER_DATA, else shared/ beside the repository, else None."""
    folder = Path(os.environ.get("PRICER_DATA") or _REPOSITORY.parent / "shared")
    return folder if (folder / "data").is_dir() else None
