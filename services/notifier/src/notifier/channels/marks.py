"""What a service has for the importance of a push and for its link: attributes of Apprise's plug-ins, set for one push.

A service that is not named here gets the text alone. Knows no address.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from common.deals import Priority


class Marked(Protocol):
    """A push, as far as it is marked."""

    @property
    def priority(self) -> Priority:
        """How important it is."""
        ...

    @property
    def link(self) -> str:
        """Where a tap on it leads."""
        ...


_LOUD_OR_NOT: Mapping[Priority, int] = {"low": -1, "high": 1, "urgent": 2}
_MAIL: Mapping[Priority, Mapping[str, str]] = {
    "low": {"X-Priority": "5", "Importance": "low"},
    "high": {"X-Priority": "2", "Importance": "high"},
    "urgent": {"X-Priority": "1", "Importance": "high"},
}
# By plug-in: the attribute, and its value for each priority but the normal one, for which the address speaks.
_PRIORITIES: Mapping[str, tuple[str, Mapping[Priority, object]]] = {
    "NotifyPushover": ("priority", _LOUD_OR_NOT),
    "NotifyPushSafer": ("priority", _LOUD_OR_NOT),
    "NotifyProwl": ("priority", _LOUD_OR_NOT),
    "NotifyJoin": ("priority", _LOUD_OR_NOT),
    "NotifyNtfy": ("priority", {"low": "low", "high": "high", "urgent": "max"}),
    "NotifyGotify": ("priority", {"low": 1, "high": 8, "urgent": 10}),
    "NotifyBark": ("level", {"low": "passive", "high": "timeSensitive", "urgent": "critical"}),
    "NotifyTelegram": ("silent", {"low": True}),
}
_EMERGENCY = {"interval": 60, "expire": 1800}  # seconds: how often, and for how long, Pushover rings until somebody looks
_LINKS: Mapping[str, str] = {"NotifyNtfy": "click", "NotifyBark": "click", "NotifyPushover": "supplemental_url"}
_LINK_TITLES: Mapping[str, str] = {"NotifyPushover": "supplemental_url_title"}
TO_THE_SHOP = "To the shop"


class Marks:
    """One service's, with what its address says, which counts for what a push leaves open."""

    def __init__(self, service: Any) -> None:
        self._service, self._kind = service, type(service).__name__
        self._own = {name: getattr(service, name, None) for name in self._names()}
        self._headers = dict(getattr(service, "headers", None) or {})

    def put(self, push: Marked) -> None:
        """Mark what the service sends next."""
        for name, value in {**self._own, **self._of(push)}.items():
            setattr(self._service, name, value)
        if self._kind == "NotifyEmail":
            self._service.headers = {**_MAIL.get(push.priority, {}), **self._headers}

    def _names(self) -> list[str]:
        priority = [_PRIORITIES[self._kind][0]] if self._kind in _PRIORITIES else []
        emergency = list(_EMERGENCY) if self._kind == "NotifyPushover" else []
        links = [names[self._kind] for names in (_LINKS, _LINK_TITLES) if self._kind in names]
        return [*priority, *emergency, *links]

    def _of(self, push: Marked) -> dict[str, object]:
        found: dict[str, object] = {}
        name, values = _PRIORITIES.get(self._kind, ("", {}))
        if push.priority in values:
            found[name] = values[push.priority]
        if self._kind == "NotifyPushover" and push.priority == "urgent":
            found |= {key: self._own[key] or seconds for key, seconds in _EMERGENCY.items()}
        link = _LINKS.get(self._kind)
        if link and push.link and not self._own[link]:
            found[link] = push.link
            found |= {_LINK_TITLES[self._kind]: TO_THE_SHOP} if self._kind in _LINK_TITLES else {}
        return found
