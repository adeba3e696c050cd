"""What every service can be told through the environment, and where files lie. Built in a lifespan or a main, never at import."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

from platformdirs import user_data_path
from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from common.environment.setting_kinds import RedisAddress, one_of
from common.environment.unusable import UnusableSettingsError, words_of
from common.http.api_keys import digest_of, parse_key, read_keys_file
from common.http.rate_limit import Quota
from common.private_files import secret

HTTP_GRACE = 10  # seconds that a service told to stop gives the requests under way
LAST_SPANS = 1.0  # seconds that a collector has to take what is left of traces when a service ends
PEER = "peer"  # the name of the services' own key, which API_RATE_LIMIT does not bound
_HOST_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")
_PACKAGE = Path(__file__).resolve().parent
_REPOSITORY = _PACKAGE.parents[2]


class TrimmedEnvironment(EnvSettingsSource):
    """The environment without white space around values, such as the line break of a Kubernetes Secret that was made of a file,
    or the \\r of a file from Windows: in a header, an address or a path each would fail far from its cause.
    """

    def __init__(self, settings: type[BaseSettings]) -> None:
        super().__init__(settings)
        trimmed = {name: (value or "").strip() for name, value in self.env_vars.items()}
        self.env_vars = {name: value for name, value in trimmed.items() if value}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """What is no JSON is left as it is: the setting says then what is wrong with it."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


class SecretFiles(PydanticBaseSettingsSource):
    """A source for every setting that is a SecretStr, but for one whose NAME_FILE is a setting of its own."""

    def __init__(self, settings: type[BaseSettings], environment: Mapping[str, str]) -> None:
        super().__init__(settings)
        self._environment = environment

    def __call__(self) -> dict[str, Any]:
        """What files say, by the key under which pydantic looks for it. Of a variable that is set by itself nothing is read."""
        fields = self.settings_cls.model_fields
        every = {name for field, info in fields.items() for _, name in self.names(field, info)}
        found: dict[str, Any] = {}
        for field, info in fields.items():
            for key, name in self.names(field, info) if is_secret(info) else ():
                is_named = f"{name}_FILE" not in every and self._environment.get(f"{name}_FILE")
                if is_named and (held := secret(name, self._environment)):
                    found[key] = held
        return found

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Nothing: all is told at once, when it is called."""
        return None, field_name, False

    def names(self, field: str, info: FieldInfo) -> Iterator[tuple[str, str]]:
        """The key and the variable of a field; several of one that had other names once."""
        alias = info.validation_alias
        if isinstance(alias, AliasChoices):
            yield from ((each, each) for each in alias.choices if isinstance(each, str))
        elif isinstance(alias, str):
            yield alias, alias
        else:
            yield field, f"{self.config.get('env_prefix', '')}{field}".upper()


def is_secret(info: FieldInfo) -> bool:
    """Whether a setting is one."""
    return SecretStr in (info.annotation, *get_args(info.annotation))


class ServiceSettings(BaseSettings):
    """What the settings of all services have in common.

    Variables that it does not know are somebody else's, an empty one counts as not set, and no error shows a value: it may be
    a secret, or stand beside one. Of NAME, if it is a secret, NAME_FILE names a file that holds it. No number is infinite.
    """

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, hide_input_in_errors=True, allow_inf_nan=False)

    # Seconds for which a service told to stop answers on, not ready: until those who balance have noticed.
    drain_seconds: float = Field(default=0.0, ge=0, validation_alias="DRAIN_SECONDS")

    def __init__(self, **given: Any) -> None:
        """UnusableSettingsError where one cannot be used."""
        try:
            super().__init__(**given)
        except ValidationError as exc:
            found = exc.errors(include_input=False, include_url=False)
            raise UnusableSettingsError(*(self._sentence(each) for each in found)) from None

    @classmethod
    def _sentence(cls, error: Mapping[str, Any]) -> str:
        name = str(error["loc"][0]) if error["loc"] else ""
        variable = f"{cls.model_config.get('env_prefix', '')}{name}".upper() if name in cls.model_fields else name
        return f"{variable}: {words_of(error)}" if variable else words_of(error)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What a program passes, the environment, and the files that it names."""
        return init_settings, TrimmedEnvironment(settings_cls), SecretFiles(settings_cls, os.environ)

    @property
    def stop_seconds(self) -> float:
        """Seconds that a process takes at most from being told to stop to its end. Who ends it sooner cuts something off."""
        return self.drain_seconds + HTTP_GRACE + LAST_SPANS + 2.0


class HttpSettings(ServiceSettings):
    """How a service listens and whom it admits. `api_keys` is a comma-separated list; with no key at all everybody is admitted.

    An entry of `api_keys` is a plain key or [NAME:]sha256:HEX[:PRICES/SECONDS]; `api_keys_file` holds hashed ones, one a line.
    `peer_api_key` is what services show each other (else the first plain key); `api_rate_limit` (PRICES/SECONDS) bounds every
    caller whose entry has no limit of its own. `redis_url` lets replicas share limits and idempotent answers. `allowed_hosts` are
    names, separated by commas, under which a service answers beside its own. `metrics_key`, one entry, opens /metrics alone.
    With `require_key` no service starts without a key, wherever it listens: a proxy may bring the network to it.
    """

    host: str = "127.0.0.1"
    allowed_hosts: str = ""
    open_to_network: bool = False
    require_key: bool = False
    api_keys: SecretStr = SecretStr("")
    api_keys_file: Path | None = None
    peer_api_key: SecretStr = SecretStr("")
    metrics_key: SecretStr = SecretStr("")
    api_rate_limit: str = ""
    redis_url: RedisAddress = SecretStr("")
    idempotency_seconds: int = Field(default=3600, ge=1)  # for which an answer is kept
    max_in_flight: int = Field(default=256, ge=1)
    body_seconds: float = Field(default=10.0, gt=0)  # for a request's body, and one more for every 64 KiB that came
    keep_alive_seconds: int = Field(default=75, ge=1)  # that a connection may rest: longer than a proxy keeps it (nginx: 60)
    log_level: Annotated[str, AfterValidator(one_of("debug", "info", "warning", "error", "critical"))] = "info"
    log_format: Annotated[str, AfterValidator(one_of("console", "json"))] = "console"

    @property
    def keys(self) -> list[str]:
        """The plain keys; a service calls its peers with the first."""
        plain = [entry for entry in self._entries if "sha256:" not in entry]
        return [self._peer_key, *plain] if self._peer_key else plain

    @property
    def accepted(self) -> list[str]:
        """All entries, hashed or plain. UnusableSettingsError where the file is away or wrong: nobody is admitted by mistake."""
        peer = [f"{PEER}:sha256:{digest_of(self._peer_key).hex()}"] if self._peer_key else []
        return [*self._entries, *(read_keys_file(self.api_keys_file) if self.api_keys_file else []), *peer]

    @property
    def demands_key(self) -> bool:
        """Whether callers must show one; also where the file that should hold them holds none."""
        return bool(self.accepted) or self.api_keys_file is not None

    @property
    def metrics_keys(self) -> list[str] | None:
        """The entries that open /metrics, hashed or plain; None where nobody is asked for one. Errors as of `accepted`."""
        own = self.metrics_key.get_secret_value().strip()
        return [*self.accepted, *([own] if own else [])] if own or self.demands_key else None

    @property
    def host_names(self) -> frozenset[str]:
        """Those of `allowed_hosts`."""
        return frozenset(name.strip().lower().rstrip(".") for name in self.allowed_hosts.split(",") if name.strip())

    @property
    def _peer_key(self) -> str:
        return self.peer_api_key.get_secret_value()

    @property
    def _entries(self) -> list[str]:
        return [key.strip() for key in self.api_keys.get_secret_value().split(",") if key.strip()]

    @field_validator("api_keys", "peer_api_key", "metrics_key")
    @classmethod
    def _has_entries(cls, given: SecretStr) -> SecretStr:
        for number, entry in enumerate(given.get_secret_value().split(","), start=1):
            parse_key(entry.strip(), f"key-{number}")
        if not given.get_secret_value().isascii():
            raise ValueError("a key has characters of ASCII alone, or no header could hold it")
        return given

    @field_validator("api_rate_limit")
    @classmethod
    def _is_a_quota(cls, given: str) -> str:
        if given:
            Quota.parse(given)
        return given

    @field_validator("allowed_hosts")
    @classmethod
    def _has_names_alone(cls, text: str) -> str:
        wrong = [name.strip() for name in text.split(",") if name.strip() and not _HOST_NAME.fullmatch(name.strip())]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no name of a host such as prices.example.com, without scheme and port")
        return text


def artifacts_dir(package: Path = _PACKAGE) -> Path:
    """Folder of the trained artifacts: $ARTIFACTS_DIR, else those that a wheel put into this package, else the repository's."""
    given = os.environ.get("ARTIFACTS_DIR")
    return Path(given) if given else _bundled(package) or package.parents[2] / "artifacts"


def var_dir(package: Path = _PACKAGE) -> Path:
    """Folder for what a run makes (databases, stores): $VAR_DIR, else the user's own (a wheel holds all), else the repository's."""
    if given := os.environ.get("VAR_DIR"):
        return Path(given)
    return user_data_path("product-pricing-agent", appauthor=False) if _bundled(package) else package.parents[2] / "var"


def _bundled(package: Path) -> Path | None:
    folder = package / "artifacts"
    return folder if folder.is_dir() else None


def shared_data_dir() -> Path | None:
    """Folder with data/ and feeds/ for training, tests and benches: $PRICER_DATA, else shared/ beside the repository, else None."""
    folder = Path(os.environ.get("PRICER_DATA") or _REPOSITORY.parent / "shared")
    return folder if (folder / "data").is_dir() else None
