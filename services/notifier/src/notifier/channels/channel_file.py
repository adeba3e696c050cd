"""Channels as a YAML file: written without secrets, and read whole or not at all. Knows no store."""

from collections.abc import Iterable
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from common.errors import InvalidInputError
from common.problem import field_errors
from notifier.channels.channel import ADDRESS_LENGTH, HIDDEN, MOST, ChannelRecord, ChannelSettings, Name, Origin, folded_name
from notifier.channels.target_maker import shown_address

_HEAD = f"# Channels. Secrets are not in it: {HIDDEN} stands for an address that is kept where the channel is.\n"
_PLACE = "channels."


class FileChannel(ChannelSettings):
    """One channel of a file. `address`: as in `ntfy://****` where that of the channel of this name is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    address: str = Field(default="", max_length=ADDRESS_LENGTH)
    origin: Origin = Origin.OWN

    @property
    def settings(self) -> ChannelSettings:
        """What it asks for beside name and address."""
        return ChannelSettings.model_validate({name: getattr(self, name) for name in ChannelSettings.model_fields})

    @property
    def is_hidden(self) -> bool:
        """Whether its address is that of the channel that is there."""
        return self.address == "" or self.address.endswith(HIDDEN)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channels: list[FileChannel] = Field(max_length=MOST * 2)


def write_channels(records: Iterable[ChannelRecord]) -> str:
    """The file's text."""
    told = {"channels": [_shown(each) for each in records]}
    return _HEAD + str(yaml.safe_dump(told, sort_keys=False, allow_unicode=True))


def read_channels(text: str) -> list[FileChannel]:
    """The file's channels. InvalidInputError names the first that is wrong."""
    try:
        found = _File.model_validate(_parsed(text))
    except ValidationError as exc:
        first = field_errors(exc.errors(include_input=False, include_url=False))[0]
        raise InvalidInputError(first.message, f"yaml.{first.field}") from None
    seen = set[str]()
    for at, each in enumerate(found.channels):
        if folded_name(each.name) in seen:
            raise InvalidInputError(f"{each.name} is there twice", f"yaml.{_PLACE}{at}.name")
        seen.add(folded_name(each.name))
    return found.channels


def _parsed(text: str) -> object:
    try:
        if any(isinstance(each, yaml.AliasEvent) for each in yaml.parse(text, yaml.SafeLoader)):
            raise InvalidInputError("a file of channels has no aliases: a short file could become a large one", "yaml")
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as exc:  # whose message would quote the line
        line = exc.problem_mark.line + 1 if exc.problem_mark else 0
        raise InvalidInputError(f"line {line}: {exc.problem or 'this is no YAML'}", "yaml") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise InvalidInputError("this is no YAML", "yaml") from None


def _shown(record: ChannelRecord) -> dict[str, Any]:
    head: dict[str, Any] = {"name": record.name}
    if record.origin is Origin.OWN:
        head["address"] = shown_address(record.address)
    else:
        head["origin"] = record.origin.value
    return head | record.settings.model_dump(mode="json", exclude_defaults=True)
