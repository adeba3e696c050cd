"""What the notifier can be told through the environment. NOTIFY_URLS holds secrets: they are never logged or answered."""

import re

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.settings import var_dir


class Settings(BaseSettings):
    """Replicas need a NOTIFIER_CONSUMER of their own each, the same after a restart: Redis keeps what it gave under it."""

    model_config = SettingsConfigDict(env_prefix="NOTIFIER_", extra="ignore")

    port: int = 8005
    redis_url: str = Field(default="redis://127.0.0.1:6379/0", validation_alias="REDIS_URL")
    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    notify_urls: str = Field(default="", validation_alias="NOTIFY_URLS")
    consumer: str = Field(default="notifier-1", min_length=1)
    attempts: int = Field(default=5, ge=1)
    retry_base: float = Field(default=2.0, ge=0)  # seconds before the second attempt; doubles from there
    retry_cap: float = Field(default=60.0, ge=0)  # seconds
    throttle_pause: float = Field(default=30.0, ge=0)  # seconds that a peer rests after it answered 429
    send_deadline: float = Field(default=20.0, gt=0)  # seconds for one push to one address
    claim_idle: float = Field(default=60.0, gt=0)  # seconds after which another consumer's entries count as abandoned
    in_flight: int = Field(default=256, ge=1)  # opportunities being delivered or waiting for a retry

    @property
    def addresses(self) -> list[str]:
        """The addresses in NOTIFY_URLS, separated by commas before a scheme, or by white space."""
        parts = re.split(r"\s+|,(?=\s*[a-zA-Z0-9]+://)", self.notify_urls)
        return [part.strip(",") for part in parts if part.strip(",")]

    @property
    def database(self) -> str:
        """Where notifications are kept: DATABASE_URL, else a SQLite file among what a run makes."""
        return self.database_url or f"sqlite:///{var_dir() / 'notifier.sqlite3'}"
