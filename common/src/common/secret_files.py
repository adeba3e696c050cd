"""Secrets that stand in files: NAME_FILE names the file that holds what NAME would say.

So a secret stands neither in a process's environment nor in what an engine tells of a container. Knows no setting by name.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsError

LIMIT = 64 * 1024  # bytes of such a file


def secret(name: str, environment: Mapping[str, str]) -> str:
    """What NAME says, else what stands in the file that NAME_FILE names, without its last line break; "" where neither does.

    SettingsError where both say something, or where the file cannot be read: its words name variables and the path, never what
    it holds.
    """
    given, path = environment.get(name, ""), environment.get(f"{name}_FILE", "")
    held = _content(f"{name}_FILE", Path(path)) if path else ""
    if given and held:
        raise SettingsError(f"{name} is set, and {name}_FILE names a file that holds another: take one away")
    return held or given


def _content(variable: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = file.read(LIMIT + 1)
        text = found.decode("utf-8")
    except OSError as exc:
        raise SettingsError(f"{variable}: {path} cannot be read: {exc.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{variable}: {path} is no text in UTF-8") from None
    if len(found) > LIMIT:
        raise SettingsError(f"{variable}: {path} has more than {LIMIT} bytes, which no secret has")
    return text.rstrip("\r\n")


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
