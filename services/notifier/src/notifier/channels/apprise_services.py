"""Everything that is asked of the library Apprise: services from addresses, why an address is none, and which there are."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import apprise
from apprise.plugins import url_to_dict

from notifier.channels.secrecy import masked, secrets_of

TEXT = apprise.NotifyFormat.TEXT
_ERRORS = (apprise.exception.AppriseException, TypeError, ValueError, AttributeError, KeyError)
_OWN_FORM = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_LINE_BREAKS = re.compile(r"\s+")


class AddressError(Exception):
    """An address of which no service can be made, with a reason that holds nothing of it."""


@dataclass(frozen=True)
class Service:
    """A service that Apprise knows: its name, its schemes, and the forms that its address may have."""

    name: str
    schemes: tuple[str, ...]
    forms: tuple[str, ...]
    has_sound: bool


def new_asset() -> Any:
    """Apprise's settings for one address: it keeps no files, and waits for nobody."""
    _keep_its_log()
    return apprise.AppriseAsset(service_timeout=0, storage_mode="memory", interpret_emojis=False, async_mode=False)


def facts_in(url: str) -> dict[str, Any]:
    """What Apprise reads in an address; {} where it is none."""
    return url_to_dict(url) or {}  # type: ignore[no-untyped-call]


def service_of(address: str | Mapping[str, Any], asset: Any) -> Any:
    """The service, or None."""
    try:
        return apprise.Apprise.instantiate(address if isinstance(address, str) else dict(address), asset=asset)
    except _ERRORS:
        return None


def sender_of(service: Any) -> Any:
    """What sends through a service; through none where it is None."""
    return apprise.Apprise([service], asset=service.asset) if service else apprise.Apprise()


def demanded_service(url: str, sound: str = "") -> Any:
    """The service at an address, with that sound; AddressError says why there is none."""
    _keep_its_log()
    if not _OWN_FORM.match(url):
        raise AddressError("an address begins with a scheme such as ntfy:// or mailto://")
    scheme = scheme_of(url)
    if scheme not in _schemes():
        raise AddressError(f"no service has the scheme {scheme}://; GET /channels/services tells those that there are")
    facts = facts_in(url)
    if not facts:
        raise AddressError(f"it lacks something: {_forms_of(scheme)}")
    if sound and not _schemes()[scheme].has_sound:
        raise AddressError(f"{_schemes()[scheme].name} knows no sounds")
    asked = facts | {"asset": new_asset()} | ({"sound": sound} if sound else {})
    try:
        made = apprise.Apprise.instantiate(asked, asked["asset"], suppress_exceptions=False)
    except _ERRORS as exc:
        raise AddressError(f"{masked(str(exc), secrets_of(url))} It is to be {_forms_of(scheme)}"[:400]) from None
    if not made:
        raise AddressError(f"it lacks something: {_forms_of(scheme)}")
    return made


def scheme_of(url: str) -> str:
    """Of an address; `address` where it has none."""
    return url.partition("://")[0].lower()[:20] if "://" in url else "address"


@cache
def services() -> tuple[Service, ...]:
    """Those that Apprise knows, by name."""
    found = [_service(each) for each in apprise.Apprise().details()["schemas"] if each.get("enabled", True)]
    return tuple(sorted(found, key=lambda each: each.name.casefold()))


@cache
def _schemes() -> Mapping[str, Service]:
    return {scheme: each for each in services() for scheme in each.schemes}


def _service(told: Mapping[str, Any]) -> Service:
    schemes = (*(told["protocols"] or ()), *(told["secure_protocols"] or ()))
    forms = tuple(str(each) for each in told["details"]["templates"])
    return Service(
        _LINE_BREAKS.sub(" ", str(told["service_name"])), tuple(map(str, schemes)), forms, "sound" in told["details"]["args"]
    )


def _forms_of(scheme: str) -> str:
    forms = [form.replace("{schema}", scheme) for form in _schemes()[scheme].forms]
    return " or ".join(sorted(forms, key=len)[:3])


@cache
def _keep_its_log() -> None:
    """Apprise's log quotes pieces of addresses: what it says of a push is asked of the push itself, and goes nowhere else."""
    log = logging.getLogger("apprise")
    log.propagate = False
    log.addHandler(logging.NullHandler())
