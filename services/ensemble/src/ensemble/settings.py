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

    @property
    def pricers(self) -> dict[str, str]:
        """Name of each pricer and its base URL."""
        return {
            "specialist": self.specialist_url,
            "frontier-rag": self.frontier_rag_url,
            "random-forest": self.random_forest_url,
        }
