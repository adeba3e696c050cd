"""The ensemble's configuration, from ENSEMBLE_* and the three pricers' addresses."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Times in seconds."""

    model_config = SettingsConfigDict(env_prefix="ENSEMBLE_", extra="ignore")

    port: int = 8000
    specialist_url: str = Field(default="http://127.0.0.1:8001", validation_alias="SPECIALIST_URL")
    frontier_rag_url: str = Field(default="http://127.0.0.1:8002", validation_alias="FRONTIER_RAG_URL")
    random_forest_url: str = Field(default="http://127.0.0.1:8003", validation_alias="RANDOM_FOREST_URL")
    timeout: float = Field(default=8.0, gt=0)  # for one description; a chat model behind frontier-rag takes some seconds
    batch_timeout_per_item: float = Field(default=0.25, gt=0)  # on top of timeout: the specialist prices some 35 a second
    patience: float = Field(default=60.0, ge=0)  # how long the start waits for all pricers before it goes on with those present

    connections: int = Field(default=128, ge=1)  # to one pricer
    slice: int = Field(default=32, ge=1, le=1000)  # items of a batch in one call to a pricer
    parallel: int = Field(default=2, ge=1)  # such calls at once to one pricer, for all batches together
    retries: int = Field(default=2, ge=0)  # of a call whose connection ended

    cache_ttl: float = Field(default=300.0, ge=0)  # how long a complete answer is kept; 0: not at all
    cache_items: int = Field(default=10_000, ge=1)
    cache_mb: float = Field(default=32.0, gt=0)
    cache_redis_url: str = ""  # a cache that replicas share; empty: in memory

    @property
    def pricers(self) -> dict[str, str]:
        """Name of each pricer and its base URL."""
        return {
            "specialist": self.specialist_url,
            "frontier-rag": self.frontier_rag_url,
            "random-forest": self.random_forest_url,
        }
