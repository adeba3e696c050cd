"""How a service takes in other versions of its models: MODEL_RELOAD, MODEL_REGISTRY."""

import re

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings

HUB = "hub:"
HUB_NAME = re.compile(r"hub:(?P<repository>[\w.-]+/[\w.-]+)@(?P<revision>[\w.-]+)")


class ModelSettings(ServiceSettings):
    """`reload`: seconds between looks at whether a model in use was made anew; 0: it is not looked, and SIGHUP ends the process.

    `registry`: a folder with NAME/VERSION/, or hub:OWNER/REPOSITORY@REVISION with the same in it; empty: none.
    """

    model_config = SettingsConfigDict(env_prefix="MODEL_", protected_namespaces=())

    reload: float = Field(default=0.0, ge=0)
    registry: str = ""

    @field_validator("registry")
    @classmethod
    def _is_pinned(cls, given: str) -> str:
        if given.startswith(HUB) and not HUB_NAME.fullmatch(given):
            raise ValueError("must be a folder, or hub:OWNER/REPOSITORY@REVISION")
        return given
