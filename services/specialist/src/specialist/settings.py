"""The specialist's configuration, from SPECIALIST_*. docs/specialist.md explains the choices."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from common.environment.setting_kinds import HttpAddress, Port
from common.pricing import MAX_BATCH
from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """`backend`: onnx serves artifacts/specialist on the CPU; cuda loads `base_model` with the LoRA adapter in `adapter`;
    openai asks an endpoint that returns token log-probabilities. 0 stands for what suits the backend.
    """

    model_config = SettingsConfigDict(env_prefix="SPECIALIST_")

    port: Port = 8001
    backend: Literal["onnx", "cuda", "openai"] = "onnx"
    adapter: str = ""  # folder of a LoRA adapter as specialist_train writes it; for openai its meta.json alone is read
    max_text_tokens: Annotated[int, Field(ge=0)] = 0  # of the text in a base's prompt; 0: what the adapter says, else 160

    shadow: str = ""  # a candidate: URL, or for onnx a version or folder

    batch: Annotated[int, Field(ge=0)] = 0  # texts priced at once; 0: 4 for onnx, 24 for cuda, 32 for openai
    workers: Annotated[int, Field(ge=0)] = 0  # batches under way; 0: 1 for onnx, 2 for cuda (one tokenises), 4 for openai
    queue: Annotated[int, Field(ge=MAX_BATCH)] = 2 * MAX_BATCH  # texts that may wait for each device; past it 429
    queue_seconds: Annotated[float, Field(gt=0)] = 20.0  # longest wait before a text's computation starts; past it 503

    threads: Annotated[int, Field(ge=0)] = 0  # onnx: of ONNX Runtime; 0: one for each core
    kernel: Literal["auto", "int8", "float32"] = "auto"  # onnx: how weights are multiplied; auto: what is faster on this processor

    base_model: str = "meta-llama/Llama-3.1-8B"  # cuda: a name on the hub or a folder
    quantization: Literal["auto", "bf16", "fp8", "nf4", "none"] = "auto"  # auto: fp8 where the card has it, else nf4; none: bf16
    device: str = "cuda"  # cpu serves a small base for trying out
    devices: str = ""  # a process for each: all, or names as in CUDA_VISIBLE_DEVICES; empty: this process serves one
    compile: bool = True
    batch_tokens: Annotated[int, Field(ge=512)] = 4096  # in one forward pass
    cache_dir: str = ""  # of compiled code; empty: under the user's cache folder

    openai_base_url: HttpAddress = ""  # for example http://127.0.0.1:8000/v1
    openai_model: str = ""  # the name under which the endpoint serves the base with its adapter
    openai_api_key: SecretStr | None = None
    openai_logprobs: Annotated[int, Field(ge=5, le=5000)] = 1000  # vLLM must allow as many: --max-logprobs 1000
    openai_min_mass: Annotated[float, Field(gt=0, le=1)] = 0.9  # share of the probability that must lie on listed prices
    openai_tokenizer: str = ""  # a tokenizer.json to cut texts by tokens; empty: by 4 characters a token
    openai_timeout: Annotated[float, Field(gt=0)] = 30.0  # seconds for an answer, tries included
    openai_retries: Annotated[int, Field(ge=0, le=10)] = 3
