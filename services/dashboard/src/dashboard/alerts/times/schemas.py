"""What the notifier tells of times and snoozes."""

from zoneinfo import ZoneInfo

from pydantic import BaseModel

from common.deals import Moment
from dashboard.alerts.schemas import Texts


class Weekly(BaseModel):
    """When the weekly summary comes."""

    day: str
    time: str


class Times(BaseModel):
    """When alerts come. `edited`: when a person did so, None while the settings say it."""

    time_zone: str = "UTC"
    quiet: Texts = []
    hourly: int | None = None
    daily: int | None = None
    digest_at: str = "19:00"
    urgent_breaks_quiet: bool = True
    weekly: Weekly | None = None
    edited: Moment | None = None
    is_quiet: bool = False
    quiet_until: Moment | None = None
    next_digest: Moment | None = None
    etag: str = ""

    @property
    def loud_at(self) -> str:
        """When the quiet ends, as the clock of the zone shows it."""
        if self.quiet_until is None:
            return ""
        try:
            return f"{self.quiet_until.astimezone(ZoneInfo(self.time_zone)):%H:%M}"
        except (ValueError, LookupError, OSError):
            return f"{self.quiet_until:%H:%M} UTC"


FIELDS = ("time_zone", "quiet", "hourly", "daily", "digest_at", "urgent_breaks_quiet", "weekly")


class Snooze(BaseModel):
    """What is not to be heard of until a moment. `target`: the id of a rule, a wish, a product or a feed."""

    id: int
    subject: str
    target: str = ""
    until: Moment


class Named(BaseModel):
    """A rule, a wish or a feed that can be snoozed."""

    id: int | str
    name: str = ""
    text: str = ""
    title: str = ""

    @property
    def label(self) -> str:
        """As it is called."""
        return self.name or self.text or self.title or str(self.id)
