"""What a channel is: a name, an address that is a secret, and what its person wants of it. Knows no SQL, no HTTP and no Apprise.

A channel of NOTIFY_URLS has all of that but name and address, which are the environment's.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from common.alerts.conditions import Conditions
from common.deals import Priority
from common.http.plain_json import NO_NUMBER

MOST = 50  # channels of a person's own
HIDDEN = "****"  # what stands in the place of what is secret
NAME_LENGTH, TEMPLATE_LENGTH, ADDRESS_LENGTH, SOUND_LENGTH = 60, 4000, 2000, 40


class Origin(StrEnum):
    """Where a channel comes from: a person gave it, or NOTIFY_URLS names it."""

    OWN = "own"
    ENVIRONMENT = "environment"


def _called(text: str) -> str:
    """A name on one line. ValueError for one that cannot be read, or nowhere be put."""
    name = " ".join(text.split())
    if not name or not name.isprintable():
        raise ValueError("needs a printable character")
    return name


Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH), AfterValidator(_called)]
Importance: TypeAlias = Priority | dict[Priority, Priority]


class ChannelSettings(BaseModel):
    """What a person wants of a channel.

    filter: the alerts that it takes, all where nothing is asked for; only_named: of them those alone that name it. template: what a
    push says, None: the default. priority: of all its pushes, or another for each; sound: by the service's name for it.
    follows_times: whether quiet hours and digests hold for it; use_wording: a chat model's text where there is one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: Annotated[bool, NO_NUMBER] = True
    filter: Conditions = Conditions()
    only_named: Annotated[bool, NO_NUMBER] = False
    template: Annotated[str, Field(min_length=1, max_length=TEMPLATE_LENGTH)] | None = None
    priority: Importance | None = None
    sound: Annotated[str, Field(max_length=SOUND_LENGTH, pattern=r"^[A-Za-z0-9_.-]*$")] = ""
    follows_times: Annotated[bool, NO_NUMBER] = True
    use_wording: Annotated[bool, NO_NUMBER] = False

    def priority_of(self, asked: Priority) -> Priority:
        """With which a push that asks for one goes out here."""
        if isinstance(self.priority, dict):
            return self.priority.get(asked, asked)
        return self.priority or asked


@dataclass(frozen=True)
class ChannelRecord:
    """A channel as it is kept. `key` never changes, whatever else does. `address` and `secret` are never shown.

    `stopped`: why it was switched off by itself; `trouble`: what is wrong with its template; `removed`: only its key is left.
    `revision` grows with every change.
    """

    key: str
    origin: Origin
    name: str
    address: str
    secret: str
    settings: ChannelSettings
    stopped: str = ""
    trouble: str = ""
    revision: int = 0
    removed: bool = False

    @property
    def etag(self) -> str:
        """What tells, as an entity tag of HTTP, whether it is as somebody has read it."""
        return f'"{self.revision}"'


def folded_name(name: str) -> str:
    """By which two names are one."""
    return " ".join(name.split()).casefold()
