"""Where the dashboard listens, whom it lets in, and whom it asks."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from common.environment.setting_kinds import HttpAddress, Port
from common.pricers import pricer_urls
from common.settings import ServiceSettings
from dashboard.access.password import PasswordHash


class Settings(ServiceSettings):
    """`read_deadline`: seconds a part of a page may take; what is not there by then is shown as missing.

    `host` goes before HOST. `password` is the hash that `pricer password` makes of one; `session_hours`: until the next sign-in.
    """

    model_config = SettingsConfigDict(env_prefix="DASHBOARD_")

    port: Port = 8080
    host: str = ""
    password: SecretStr = SecretStr("")
    session_hours: float = Field(default=168.0, gt=0)
    read_deadline: float = Field(default=3.0, gt=0)
    act_deadline: float = Field(default=45.0, gt=0)  # pricing and test pushes take their time
    ensemble_url: HttpAddress = Field(default="http://127.0.0.1:8000", validation_alias="ENSEMBLE_URL")
    pricers: dict[str, str] = Field(default_factory=pricer_urls)  # base URL of each by its name
    scanner_url: HttpAddress = Field(default="http://127.0.0.1:8004", validation_alias="SCANNER_URL")
    notifier_url: HttpAddress = Field(default="http://127.0.0.1:8005", validation_alias="NOTIFIER_URL")

    @property
    def addresses(self) -> dict[str, str]:
        """Every other service and where it answers, the front door first."""
        return {
            "ensemble": self.ensemble_url,
            **self.pricers,
            "scanner": self.scanner_url,
            "notifier": self.notifier_url,
        }

    @field_validator("password")
    @classmethod
    def _is_a_hash(cls, given: SecretStr) -> SecretStr:
        if given.get_secret_value():
            PasswordHash.parse(given.get_secret_value())
        return given
