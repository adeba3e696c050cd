"""What the scanner can be told through the environment."""

import os
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from common.environment.setting_kinds import DatabaseAddress, HttpAddress, Port, RedisAddress
from common.settings import ServiceSettings, var_dir
from scanner.address_guard import parse_host
from scanner.alert_rule import AlertRule
from scanner.deal_data import DEMO_URL, Baseline
from scanner.feeds.feed_care import FeedCare
from scanner.feeds.feed_list import is_feed_url, parse_feeds
from scanner.intake.novelty import NoveltyRule
from scanner.planner.plan_data import Bounds
from scanner.policy import Policy, parse_rates
from scanner.store.retention import Retention

_REPLACED = {"SCANNER_MIN_DISCOUNT": "SCANNER_LIST_SAVING", "SCANNER_MIN_DISCOUNT_FRACTION": "SCANNER_WRONG_IN"}


def _also(name: str, former: str) -> AliasChoices:
    """A variable that had another name once, which still counts where the new one is not set."""
    return AliasChoices(f"SCANNER_{name}", f"SCANNER_{former}")


def _bank_url(url: str) -> str:
    """An empty variable counts as not set, in all services: so "off" turns it off."""
    if url.strip().lower() in ("", "off"):
        return ""
    if url == DEMO_URL or not is_feed_url(url):
        raise ValueError("must be an http or https address without a user name, or off")
    return url


class Settings(ServiceSettings):
    """Prefix SCANNER_, beside the names that all services share. Times in seconds, money in USD."""

    model_config = SettingsConfigDict(env_prefix="SCANNER_", populate_by_name=True)

    port: Port = 8004
    interval: Annotated[float, Field(ge=0)] = 900.0  # between readings of a feed without a schedule; 0: on demand only
    fetch_timeout: Annotated[float, Field(gt=0)] = 10.0
    allow_hosts: str = ""  # private hosts that may be fetched all the same: "127.0.0.1:9000,nas.local,[::1]:9000"
    list_saving: Annotated[float, Field(ge=0, validation_alias=_also("LIST_SAVING", "MIN_SAVING"))] = 10.0  # expected, of a deal
    wrong_in: Annotated[float, Field(gt=1)] = 10.0  # pushes of which at most one may be no real saving
    push_saving: Annotated[float, Field(ge=0, validation_alias=_also("PUSH_SAVING", "LEAST_SAVING"))] = 10.0  # expected, of a push
    least_pricers: Annotated[int, Field(ge=0)] = 2  # on which a push rests where its text states no price elsewhere
    max_alerts: Annotated[int, Field(ge=0)] = 5  # of one scan by themselves; the others come in a digest
    max_age: Annotated[float, Field(gt=0, le=87_600)] = 72.0  # hours since its publication when a deal is first seen
    baseline: Baseline = "silent"  # what is pushed of a feed's first reading: nothing, or what is recent
    feed_alarm_hours: Annotated[float, Field(ge=0, le=8_760)] = 24.0  # of failure after which a person hears of it; 0: never
    host_gap: Annotated[float, Field(ge=0, le=60)] = 0.5  # seconds from one request to the next at the same host
    new_low: Annotated[float, Field(ge=0, lt=100)] = 5.0  # percent by which a price must beat what was pushed
    cool_down: Annotated[float, Field(ge=0, le=365)] = 14.0  # days for which what was pushed is not pushed again
    planner_steps: Annotated[int, Field(ge=1)] = 8  # turns of the model in one plan
    planner_tokens: Annotated[int, Field(ge=1)] = 20_000
    planner_dollars: Annotated[float, Field(ge=0)] = 0.05
    planner_price_in: Annotated[float, Field(ge=0)] = 0.40  # for a million tokens; as gpt-4.1-mini
    planner_price_out: Annotated[float, Field(ge=0)] = 1.60
    exchange_rates: str = ""  # "AUD=0.66,EUR=1.08"; where the bank has none
    rates_url: Annotated[str, AfterValidator(_bank_url)] = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"  # or off
    market_check: bool = False  # a look at the page of each alert before it goes out
    wording: Literal["plain", "chat"] = "plain"  # of pushes; chat: by the chat model
    keep_deals_days: Annotated[float, Field(ge=1, le=36_500)] = 180.0  # after they were last in a feed
    keep_offers_days: Annotated[float, Field(ge=1, le=36_500)] = 400.0  # the judge looks back 365
    keep_scans_days: Annotated[float, Field(ge=1, le=36_500)] = 30.0
    keep_sent_days: Annotated[float, Field(ge=1, le=36_500)] = 7.0  # alerts that a notifier has stored

    feeds: str = Field("", validation_alias="FEEDS")
    redis_url: RedisAddress = Field(SecretStr("redis://127.0.0.1:6379/0"), validation_alias="REDIS_URL")
    database_url: DatabaseAddress = Field(SecretStr(""), validation_alias="DATABASE_URL")
    ensemble_url: HttpAddress = Field("http://127.0.0.1:8000", validation_alias="ENSEMBLE_URL")
    frontier_rag_url: HttpAddress = Field("http://127.0.0.1:8002", validation_alias="FRONTIER_RAG_URL")
    openai_api_key: SecretStr = Field(SecretStr(""), validation_alias="OPENAI_API_KEY")
    openai_base_url: HttpAddress = Field("", validation_alias="OPENAI_BASE_URL")
    planner: Literal["policy", "workflow", "autonomous"] = Field("policy", validation_alias="PLANNER")
    openai_model: str = Field("gpt-4.1-mini", validation_alias="OPENAI_MODEL")

    @model_validator(mode="before")
    @classmethod
    def _names_no_setting_of_before(cls, given: object) -> object:
        """Thresholds on the estimate mean nothing any more: to go on without them would push other deals than somebody wants."""
        for name, now in _REPLACED.items():
            if os.environ.get(name):
                raise ValueError(f"{name} is gone, as deals are judged by what they save: see {now} in docs/settings.md")
        return given

    @field_validator("exchange_rates")
    @classmethod
    def _has_readable_rates(cls, text: str) -> str:
        parse_rates(text)
        return text

    @field_validator("allow_hosts")
    @classmethod
    def _has_readable_hosts(cls, text: str) -> str:
        for host in _listed(text):
            parse_host(host)
        return text

    @field_validator("feeds")
    @classmethod
    def _has_readable_feeds(cls, text: str) -> str:
        parse_feeds(text)
        return text

    @model_validator(mode="after")
    def _has_a_model_for_the_planner(self) -> "Settings":
        if self.planner != "policy" and not self.has_model:
            raise ValueError(f"PLANNER={self.planner} needs a chat model: set OPENAI_API_KEY or OPENAI_BASE_URL")
        return self

    @model_validator(mode="after")
    def _has_a_model_for_the_wording(self) -> "Settings":
        if self.wording == "chat" and not self.has_model:
            raise ValueError("SCANNER_WORDING=chat needs a chat model: set OPENAI_API_KEY or OPENAI_BASE_URL")
        return self

    @property
    def has_model(self) -> bool:
        """Whether a chat model is set."""
        return bool(self.openai_api_key.get_secret_value() or self.openai_base_url)

    @property
    def bounds(self) -> Bounds:
        """Of one plan."""
        prices = (self.planner_price_in, self.planner_price_out)
        return Bounds(self.planner_steps, self.planner_tokens, self.planner_dollars, *prices)

    @property
    def retention(self) -> Retention:
        """For how long what is kept."""
        days = (self.keep_deals_days, self.keep_offers_days, self.keep_scans_days, self.keep_sent_days)
        return Retention(*(timedelta(days=each) for each in days))

    @property
    def database(self) -> str:
        """Where the store is: DATABASE_URL, else a SQLite file among what a run makes."""
        return self.database_url.get_secret_value() or f"sqlite:///{var_dir() / 'scanner.sqlite3'}"

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Hosts, or host:port, exempt from the address guard."""
        return _listed(self.allow_hosts)

    @property
    def feed_care(self) -> FeedCare:
        """When feeds are read, and when a person hears of one that fails."""
        return FeedCare(self.interval, self.feed_alarm_hours)

    @property
    def policy(self) -> Policy:
        """The thresholds."""
        return Policy(
            list_saving=self.list_saving,
            max_alerts=self.max_alerts,
            rule=AlertRule(self.wrong_in, self.push_saving, self.least_pricers),
            novelty=NoveltyRule(timedelta(hours=self.max_age), self.new_low / 100, timedelta(days=self.cool_down), self.baseline),
            rates=parse_rates(self.exchange_rates),
        )


def _listed(hosts: str) -> frozenset[str]:
    return frozenset(host.strip() for host in hosts.split(",") if host.strip())
