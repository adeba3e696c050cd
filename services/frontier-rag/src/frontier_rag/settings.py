"""What frontier-rag can be told through the environment: FRONTIER_RAG_*, CHROMA_URL, OPENAI_*."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.settings import var_dir


class Settings(BaseSettings):
    """`collection`: one that training.frontier_rag_index made; empty means the bundled products. Seconds, dollars, items."""

    model_config = SettingsConfigDict(env_prefix="FRONTIER_RAG_", extra="ignore", populate_by_name=True, env_ignore_empty=True)

    port: int = 8002
    collection: str = ""
    similar: int = Field(default=5, ge=1, le=20)
    threads: int = Field(default=2, ge=1)
    store_timeout: float = Field(default=5.0, gt=0)

    chroma_url: str = Field(default="", validation_alias=AliasChoices("CHROMA_URL"))
    openai_api_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("OPENAI_API_KEY"))
    openai_base_url: str | None = Field(default=None, validation_alias=AliasChoices("OPENAI_BASE_URL"))
    openai_model: str = Field(default="gpt-4.1-mini", validation_alias=AliasChoices("OPENAI_MODEL"))
    chat_timeout: float = Field(default=20.0, gt=0)
    chat_retries: int = Field(default=2, ge=0, le=5)
    chat_concurrency: int = Field(default=8, ge=1)
    chat_seed: int = 42

    @property
    def has_chat(self) -> bool:
        """Whether a chat model is to be asked. A local endpoint (Ollama, vLLM) needs no key."""
        return bool(self.openai_base_url or (self.openai_api_key and self.openai_api_key.get_secret_value()))

    @property
    def chroma_folder(self) -> Path:
        """Where the embedded store lies."""
        return var_dir() / "chroma"
