"""The specialist's configuration, from SPECIALIST_*."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """`backend`: onnx serves artifacts/specialist on the CPU; cuda loads `base_model` with the LoRA adapter in `adapter`."""

    model_config = SettingsConfigDict(env_prefix="SPECIALIST_", extra="ignore")

    port: int = 8001
    backend: Literal["onnx", "cuda"] = "onnx"
    threads: Annotated[int, Field(ge=0)] = 0  # of ONNX Runtime; 0: one for each core
    batch: Annotated[int, Field(ge=0)] = 0  # texts in one forward pass; 0: what suits the backend

    base_model: str = "meta-llama/Llama-3.1-8B"  # a name on the hub or a folder
    adapter: str = ""  # folder of a LoRA adapter, as specialist_train writes it; empty: the base alone
    quantization: Literal["nf4", "none"] = "nf4"
    device: str = "cuda"  # cpu serves a small base for trying out
    max_text_tokens: Annotated[int, Field(ge=8)] = 160  # of the text in a base's prompt: what the published recipe trains on
