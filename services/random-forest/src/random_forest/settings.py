"""random-forest's configuration, from RANDOM_FOREST_*."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from common.environment.setting_kinds import Port
from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """`threads`: of ONNX Runtime for one batch; more than one only helps batches on an idle machine."""

    model_config = SettingsConfigDict(env_prefix="RANDOM_FOREST_")

    port: Port = 8003
    threads: int = Field(default=1, ge=1)
    shadow: str = ""  # a candidate: URL, version, or folder
