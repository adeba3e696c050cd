"""What the channels' routes take and give. Addresses and secrets come in, and never go out."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.config import JsonDict

from common.alerts.conditions import Conditions
from common.http.plain_json import NO_NUMBER
from notifier.channels.channel import ADDRESS_LENGTH, TEMPLATE_LENGTH, ChannelSettings, Importance, Name, Origin
from notifier.notification import Outcome

Address = Annotated[SecretStr, Field(min_length=1, max_length=ADDRESS_LENGTH)]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=200)]
Template = Annotated[str, Field(min_length=1, max_length=TEMPLATE_LENGTH)]
_EXAMPLE: JsonDict = {
    "name": "Phone",
    "address": "ntfy://ntfy.example/a-topic-only-you-know",
    "filter": {"include": ["oled"], "least_saving": 50},
}


class ChannelRequest(ChannelSettings):
    """A new channel. `secret`: of a webhook; one is made where none is given. `test`: send to it first, store it if that works."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    address: Address
    secret: Secret | None = None
    test: Annotated[bool, NO_NUMBER] = False

    @property
    def settings(self) -> ChannelSettings:
        """What it asks for beside name and address."""
        return ChannelSettings.model_validate({name: getattr(self, name) for name in ChannelSettings.model_fields})


class ChannelChange(BaseModel):
    """What is to be otherwise; what is not named stays. `secret`: null makes a new one. `test`: as of a new channel."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Tablet", "priority": {"high": "urgent"}}]})

    name: Name | None = None
    address: Address | None = None
    secret: Secret | None = None
    enabled: Annotated[bool, NO_NUMBER] | None = None
    filter: Conditions | None = None
    only_named: Annotated[bool, NO_NUMBER] | None = None
    template: Template | None = None
    priority: Importance | None = None
    sound: str | None = None
    follows_times: Annotated[bool, NO_NUMBER] | None = None
    use_wording: Annotated[bool, NO_NUMBER] | None = None
    test: Annotated[bool, NO_NUMBER] = False


class ChannelOut(BaseModel):
    """A channel. `problem` is empty where the last push went out, `failing_since` null then; `waiting`: alerts for it;
    `held`: those of them that wait for a digest.

    `unknown`, `expired`, `failed`: how many alerts of the last day may have arrived, were over before, or were refused. `address`
    shows its scheme alone. `stopped`: why it was switched off by itself; `template_problem`: why the default went out of late.
    `etag`, of how it is set, is the header ETag of one as well: as If-Match it lets a change reach it only as it was read.
    """

    id: str
    label: str
    origin: Origin
    service: str
    address: str
    problem: str
    failing_since: datetime | None
    waiting: int
    held: int
    unknown: int
    expired: int
    failed: int
    stopped: str
    template_problem: str
    settings: ChannelSettings
    etag: str


class ChannelMade(ChannelOut):
    """A channel as it was added or changed. `secret`: a webhook's that was made for it, shown this once; else null."""

    secret: str | None = None


class ChannelList(BaseModel):
    """All channels, those of NOTIFY_URLS first."""

    items: list[ChannelOut]


class ChannelTest(BaseModel):
    """What became of a test push. `error`: what the service answered, or why nobody did."""

    target: str
    sent: bool
    outcome: Outcome
    error: str


class PreviewRequest(BaseModel):
    """Of a template, or without one of the default: with the `opportunity` of that notification, or a sample."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"template": "{{ title }} for {{ price }}\n{{ why }}"}]}
    )

    template: str | None = Field(default=None, max_length=TEMPLATE_LENGTH * 4)
    opportunity: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    use_wording: Annotated[bool, NO_NUMBER] = False


class TemplateError(BaseModel):
    """What is wrong, and in which of the template's lines; 0: in none alone."""

    line: int
    message: str


class Preview(BaseModel):
    """What a push would say. Where the template has errors that is the default."""

    title: str
    body: str
    errors: list[TemplateError]
    variables: dict[str, str]


class ServiceOut(BaseModel):
    """A service that an address may lead to."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    schemes: list[str]
    forms: list[str]


class ServiceList(BaseModel):
    """All of them."""

    items: list[ServiceOut]


class ImportRequest(BaseModel):
    """The text of a file, as the export gives it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"yaml": "channels: []"}]})

    yaml: Annotated[str, Field(max_length=200_000)]


class Imported(BaseModel):
    """How many channels the file added and changed. `secrets`: those that were made for webhooks, by name, shown this once."""

    added: int
    changed: int
    secrets: dict[str, str]
