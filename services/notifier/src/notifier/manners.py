"""How pushes are sent, as the settings have it, for those who make what sends them."""

from typing import Protocol

from notifier.notification import OnUnknown


class Manners(Protocol):
    """How pushes are sent."""

    send_deadline: float
    throttle_pause: float
    unknown: OnUnknown | None
    dashboard_url: str

    @property
    def push_contact(self) -> str:
        """How push services reach who runs this."""
        ...

    @property
    def push_allowed(self) -> frozenset[str]:
        """Private hosts of push services that are asked all the same."""
        ...
