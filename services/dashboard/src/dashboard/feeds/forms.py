"""What the forms of feeds hold, as it is typed, and what the scanner is told of it."""

from typing import Annotated

from pydantic import BaseModel, Field

from common.errors import InvalidInputError
from dashboard.alerts.draft import Draft
from dashboard.feeds.schemas import Feed
from dashboard.html.amounts import amount

UNITS = {"minutes": 60.0, "hours": 3600.0, "days": 86_400.0}
_ALWAYS = ("title", "currency", "when", "baseline", "max_age_hours", "details")
FIELDS = (*_ALWAYS, "every", "unit", "cron", "zone")
Short = Annotated[str, Field(max_length=200)]


class FeedForm(BaseModel):
    """A feed's settings as typed. `when`: all, every or cron; `every` counts `unit`; `details`: on where it is checked."""

    url: Annotated[str, Field(max_length=3000)] = ""
    title: Short = ""
    currency: Short = "USD"
    when: Short = "all"
    every: Short = ""
    unit: Short = "minutes"
    cron: Short = ""
    zone: Short = ""
    baseline: Short = ""
    max_age_hours: Short = ""
    details: Short = ""
    etag: Short = ""

    @classmethod
    def of(cls, feed: Feed) -> "FeedForm":
        """As a feed is set."""
        schedule = feed.schedule
        every = (schedule and schedule.every) or None
        unit = next((unit for unit in ("days", "hours") if every and every % UNITS[unit] == 0), "minutes")
        return cls(
            url=feed.url,
            title=feed.title,
            currency=feed.currency,
            when="all" if schedule is None else "every" if every else "cron",
            every=f"{every / UNITS[unit]:g}" if every else "",
            unit=unit,
            cron=(schedule and schedule.cron) or "",
            zone=(schedule and schedule.zone) or "",
            baseline=feed.baseline or "",
            max_age_hours="" if feed.max_age_hours is None else f"{feed.max_age_hours:g}",
            details="on" if feed.details else "",
            etag=feed.etag,
        )

    @property
    def draft(self) -> Draft:
        """What stands in its fields; what counts for another kind of schedule alone is left out."""
        own = {"every": ("every", "unit"), "cron": ("cron", "zone")}.get(self.when, ())
        return Draft({name: [getattr(self, name)] for name in (*_ALWAYS, *own)})

    @property
    def settings(self) -> dict[str, object]:
        """All that can be set, null where it is as for all. InvalidInputError names the field."""
        return {
            "title": self.title.strip() or None,
            "currency": self.currency.strip().upper() or "USD",
            "schedule": self._schedule,
            "baseline": self.baseline or None,
            "max_age_hours": amount(self.max_age_hours, "max_age_hours") if self.max_age_hours.strip() else None,
            "details": bool(self.details),
        }

    @property
    def request(self) -> dict[str, object]:
        """A feed to be added: what is as for all is left out."""
        given = {name: value for name, value in self.settings.items() if value}
        return {"url": self.url.strip(), **given}

    @property
    def _schedule(self) -> dict[str, object] | None:
        if self.when == "every":
            if self.unit not in UNITS:
                raise InvalidInputError("choose minutes, hours or days", "every")
            return {"every": amount(self.every, "every") * UNITS[self.unit]}
        if self.when == "cron":
            given: dict[str, object] = {"cron": self.cron.strip(), "zone": self.zone.strip()}
            return {name: value for name, value in given.items() if value or name == "cron"}
        return None


def field_of(error: Exception) -> str:
    """The field of the form that an error is about: the scanner's schedule.cron is the form's cron."""
    name = error.field if isinstance(error, InvalidInputError) else ""
    return "cron" if name == "schedule" else name.rpartition(".")[2]
