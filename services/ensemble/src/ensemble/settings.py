"""The ensemble's configuration, from ENSEMBLE_* and the pricers' addresses."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from common.environment.setting_kinds import Port, RedisAddress
from common.pricers import pricer_urls
from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """Times in seconds."""

    model_config = SettingsConfigDict(env_prefix="ENSEMBLE_")

    port: Port = 8000
    pricers: dict[str, str] = Field(default_factory=pricer_urls)  # base URL of each by its name
    timeout: float = Field(default=8.0, gt=0)  # for one description; a chat model behind frontier-rag takes some seconds
    batch_timeout_per_item: float = Field(default=0.25, gt=0)  # on top of timeout: the specialist prices some 35 a second
    patience: float = Field(default=60.0, ge=0)  # how long the start waits for all pricers before it goes on with those present

    shadow: str = ""  # a candidate: MEMBER=URL, URL of another ensemble, or version or folder of weights

    connections: int = Field(default=128, ge=1)  # to one pricer
    slice: int = Field(default=32, ge=1, le=1000)  # items of a batch in one call to a pricer
    parallel: int = Field(default=2, ge=1)  # such calls at once to one pricer, for all batches together
    retries: int = Field(default=2, ge=0)  # of a call whose connection ended

    cache_ttl: float = Field(default=300.0, ge=0)  # how long a complete answer is kept; 0: not at all
    cache_items: int = Field(default=10_000, ge=1)
    cache_mb: float = Field(default=32.0, gt=0)
    cache_redis_url: RedisAddress = SecretStr("")  # a cache that replicas share; empty: in memory
