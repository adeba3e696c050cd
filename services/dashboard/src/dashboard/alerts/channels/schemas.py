"""What the notifier tells of channels. Addresses and secrets are not among it, but for a secret that was just made."""

from pydantic import BaseModel

from dashboard.alerts.conditions import in_words
from dashboard.alerts.schemas import Conditions, Texts
from dashboard.pushes.schemas import Channel as ChannelState


class ChannelSettings(BaseModel):
    """What a person wants of a channel. `template` None: the default; `priority`: of all pushes, or another for each."""

    enabled: bool = True
    filter: Conditions = Conditions()
    only_named: bool = False
    template: str | None = None
    priority: str | dict[str, str] | None = None
    sound: str = ""
    follows_times: bool = True
    use_wording: bool = False

    @property
    def takes(self) -> list[str]:
        """Which alerts, in words."""
        asked = [] if self.filter == Conditions() else in_words(self.filter)
        named = ["only those that name it"] if self.only_named else []
        return [*named, *asked] or ["all alerts"]


class Channel(ChannelState):
    """A channel with how it is set, and how it fares."""

    id: str
    origin: str = "own"
    service: str = ""
    address: str = ""
    held: int = 0
    stopped: str = ""
    template_problem: str = ""
    settings: ChannelSettings = ChannelSettings()
    secret: str | None = None
    etag: str = ""

    @property
    def is_own(self) -> bool:
        """A person added it; else it is one of NOTIFY_URLS."""
        return self.origin == "own"

    @property
    def is_webhook(self) -> bool:
        """Its pushes are signed."""
        return self.address.startswith("webhook+")


class Service(BaseModel):
    """A service that an address may lead to, and the forms of the address."""

    name: str
    schemes: Texts = []
    forms: Texts = []


class TemplateError(BaseModel):
    """What is wrong, and in which line; 0: in none alone."""

    line: int
    message: str


class Preview(BaseModel):
    """What a push would say."""

    title: str
    body: str
    errors: list[TemplateError] = []
    variables: dict[str, str] = {}
