"""What the notifier can be told through the environment. NOTIFY_URLS holds secrets: they are never logged or answered."""

import re

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from common.environment.setting_kinds import DatabaseAddress, Port, RedisAddress
from common.settings import ServiceSettings, var_dir
from notifier.mqtt.address import BrokerAddress, parse_broker
from notifier.mqtt.discovery import Topics
from notifier.notification import DeliveryPolicy, OnUnknown
from notifier.pace import Pace
from notifier.times.times import Times

_TOPIC = r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$"
_NOBODY = "mailto:pricing-agent@example.org"  # some push services refuse a push without a contact
_RECORDING = 5.0  # seconds for the rest of a push after its deadline: a second look, and its outcome in the database


class Settings(ServiceSettings):
    """Replicas share a database and differ in nothing else: each gives itself a name that no other has."""

    model_config = SettingsConfigDict(env_prefix="NOTIFIER_")

    port: Port = 8005
    redis_url: RedisAddress = Field(default=SecretStr("redis://127.0.0.1:6379/0"), validation_alias="REDIS_URL")
    database_url: DatabaseAddress = Field(default=SecretStr(""), validation_alias="DATABASE_URL")
    notify_urls: SecretStr = Field(default=SecretStr(""), validation_alias="NOTIFY_URLS")
    dashboard_url: str = Field(
        default="", validation_alias="DASHBOARD_URL", pattern=r"^(https?://[^\s<>\"?#]+)?$"
    )  # as phones reach it
    patience: float = Field(default=24.0, gt=0)  # hours for which an alert is worth sending
    unknown: OnUnknown | None = None  # what to do with a push that may have arrived; None: by the kind of channel
    unknown_pause: float = Field(default=300.0, ge=0)  # seconds before it is repeated
    attempts: int = Field(default=5, ge=1)  # of a push that the peer refuses as such
    retry_base: float = Field(default=2.0, ge=0)  # seconds before the second attempt; doubles from there
    retry_cap: float = Field(default=300.0, ge=0)  # seconds
    probe_first: float = Field(default=10.0, gt=0)  # seconds for which a channel that failed three times rests; doubles from there
    probe_longest: float = Field(default=300.0, gt=0)  # seconds
    throttle_pause: float = Field(default=30.0, ge=0)  # seconds that a peer rests after a 429 that does not say how long
    send_deadline: float = Field(default=30.0, gt=0)  # seconds for one push to one channel
    lease: float = Field(default=15.0, gt=0)  # seconds of silence after which another instance serves a channel
    claim_idle: float = Field(default=30.0, gt=0)  # seconds after which another consumer's entries count as abandoned
    tell_after: float = Field(default=300.0, gt=0)  # seconds for which a channel fails before another tells of it
    keep_days: float = Field(default=30.0, gt=0)  # for which a notification that came to its end is listed

    push_subject: str = Field(default="", pattern=r"^(mailto:[^\s@]+@[^\s@]+|https://\S+)?$")  # how push services reach you
    push_hosts: str = ""  # private hosts of push services: "127.0.0.1:9000,nas.local"

    mqtt_url: SecretStr = SecretStr("")  # mqtt://user:password@host:1883, or mqtts://
    mqtt_topic: str = Field(default="pricing-agent", pattern=_TOPIC)
    mqtt_discovery: str = Field(default="homeassistant", pattern=_TOPIC)  # below which Home Assistant looks

    # Times, while nobody has edited them.
    time_zone: str = "UTC"
    quiet: str = ""  # "mon-fri 22:00-07:00; sat,sun 23:00-09:00"
    max_hourly: int | None = Field(default=None, ge=0)
    max_daily: int | None = Field(default=20, ge=0, validation_alias=AliasChoices("NOTIFIER_MAX_DAILY", "SCANNER_MAX_DAILY"))
    digest_at: str = "19:00"
    urgent_breaks_quiet: bool = True
    weekly: str = ""  # "sun 18:00"; empty: no summary

    @field_validator("max_hourly", "max_daily", mode="before")
    @classmethod
    def _is_any_number(cls, value: object) -> object:
        return None if isinstance(value, str) and value.strip().lower() in ("", "none") else value

    @field_validator("mqtt_url")
    @classmethod
    def _has_a_readable_broker(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value():
            parse_broker(url.get_secret_value())
        return url

    @field_validator("push_hosts")
    @classmethod
    def _has_readable_hosts(cls, text: str) -> str:
        if hosts := _listed(text):
            from common.outgoing.address_guard import parse_host  # brings an HTTP client, which few notifiers need at their start

            for host in hosts:
                parse_host(host)
        return text

    @model_validator(mode="after")
    def _has_times(self) -> "Settings":
        """What cannot be used stops the start, not the first alert."""
        _ = self.times
        return self

    @property
    def times(self) -> Times:
        """When a person wants to be told, while nobody has edited that. ValueError says what is wrong."""
        day, _, time = self.weekly.strip().partition(" ")
        return Times.model_validate(
            {
                "time_zone": self.time_zone.strip() or "UTC",
                "quiet": [part.strip() for part in self.quiet.split(";") if part.strip()],
                "hourly": self.max_hourly,
                "daily": self.max_daily,
                "digest_at": self.digest_at,
                "urgent_breaks_quiet": self.urgent_breaks_quiet,
                "weekly": {"day": day, "time": time} if day else None,
            }
        )

    @property
    def broker(self) -> BrokerAddress | None:
        """The MQTT broker; None where there is none."""
        url = self.mqtt_url.get_secret_value()
        return parse_broker(url) if url else None

    @property
    def topics(self) -> Topics:
        """Where messages to it go."""
        return Topics(self.mqtt_topic, self.mqtt_discovery)

    @property
    def push_contact(self) -> str:
        """Push services demand one; where nobody gave it the dashboard's address is told."""
        return self.push_subject or (self.dashboard_url if self.dashboard_url.startswith("https://") else _NOBODY)

    @property
    def push_allowed(self) -> frozenset[str]:
        """Hosts, or host:port, exempt from the address guard."""
        return _listed(self.push_hosts)

    @property
    def policy(self) -> DeliveryPolicy:
        """When a push goes out again."""
        return DeliveryPolicy(self.attempts, self.retry_base, self.retry_cap, self.unknown_pause, self.patience * 3600)

    @property
    def keep(self) -> float:
        """Seconds; never less than an alert's patience, within which its id must stay known, or it would be pushed again."""
        return max(self.keep_days * 86_400, self.patience * 3600)

    @property
    def push_grace(self) -> float:
        """Seconds that a stop waits for pushes that are open: the longest that one takes, with its outcome recorded."""
        return self.send_deadline + _RECORDING

    @property
    def stop_seconds(self) -> float:
        """Seconds; as of every service, and the open pushes after its requests."""
        return super().stop_seconds + self.push_grace

    @property
    def pace(self) -> Pace:
        """How a channel is served."""
        return Pace(probe_first=self.probe_first, probe_longest=self.probe_longest)

    @property
    def addresses(self) -> list[str]:
        """The addresses in NOTIFY_URLS, separated by commas before a scheme, or by white space."""
        parts = re.split(r"\s+|,(?=\s*[a-zA-Z0-9]+://)", self.notify_urls.get_secret_value())
        return [part.strip(",") for part in parts if part.strip(",")]

    @property
    def database(self) -> str:
        """Where notifications are kept: DATABASE_URL, else a SQLite file among what a run makes."""
        return self.database_url.get_secret_value() or f"sqlite:///{var_dir() / 'notifier.sqlite3'}"


def _listed(hosts: str) -> frozenset[str]:
    return frozenset(host.strip() for host in hosts.split(",") if host.strip())
