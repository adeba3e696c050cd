"""What frontier-rag can be told through the environment: FRONTIER_RAG_*, CHROMA_URL, OPENAI_*."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from common.environment.setting_kinds import HttpAddress, Port
from common.settings import ServiceSettings, var_dir


class Settings(ServiceSettings):
    """Seconds, dollars, items. `collection`: alias or name of one that training.frontier_rag_index made; empty: the alias
    `products`, which names the bundled products until somebody indexes others. `k`: products shown, and handed to a chat model.
    """

    model_config = SettingsConfigDict(env_prefix="FRONTIER_RAG_", populate_by_name=True)

    port: Port = 8002
    collection: str = ""
    k: int = Field(default=5, ge=1, le=50)
    threads: int = Field(default=2, ge=1)
    shadow: str = ""  # a candidate: URL, or version or folder of an estimator
    store_timeout: float = Field(default=5.0, gt=0)

    chroma_url: str = Field(default="", validation_alias=AliasChoices("CHROMA_URL"))  # or host:port, or a folder; empty: var/chroma
    openai_api_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("OPENAI_API_KEY"))
    openai_base_url: HttpAddress | None = Field(default=None, validation_alias=AliasChoices("OPENAI_BASE_URL"))
    openai_model: str = Field(default="gpt-4.1-mini", validation_alias=AliasChoices("OPENAI_MODEL"))
    chat_endpoints: str = ""  # MODEL@PROVIDER or MODEL@URL [key:VARIABLE], best first; empty: the one that OPENAI_* name
    chat_timeout: float = Field(default=20.0, gt=0)  # for one product, with all tries at all endpoints
    chat_retries: int = Field(default=2, ge=0, le=5)  # at one endpoint
    chat_concurrency: int = Field(default=8, ge=1)  # calls at a time at each endpoint
    chat_seed: int = 42
    chat_max_tokens: int = Field(default=200, ge=16)  # of an answer that needs ten; ten times as many for models that think first
    chat_daily_budget: float | None = Field(default=None, ge=0)  # dollars a UTC day; None: no bound
    chat_prices: dict[str, list[float]] = Field(default_factory=dict)  # {model: [dollars in, out]} for 1e6 tokens, over list prices
    chat_cache_size: int = Field(default=20_000, ge=0)  # answers kept, some 200 bytes each
    chat_cache_ttl: float = Field(default=86_400.0, gt=0)

    @property
    def has_chat(self) -> bool:
        """Whether OPENAI_* name an endpoint. A local one (Ollama, vLLM) needs no key."""
        return bool(self.openai_base_url or (self.openai_api_key and self.openai_api_key.get_secret_value()))

    @property
    def spend_file(self) -> Path:
        """Where it is kept what chat models cost."""
        return var_dir() / "frontier-rag" / "chat-spend.sqlite3"

    @property
    def chroma_folder(self) -> Path:
        """Where the embedded store lies."""
        return var_dir() / "chroma"
