"""Whether a service may listen where it is told to: not for a whole network by an oversight."""

from ipaddress import ip_address

from common.settings import HttpSettings

UNUSABLE_SETTINGS = 78  # the exit code: EX_CONFIG of sysexits.h, after which another try is of no use


def refusal_to_listen(host: str, settings: HttpSettings) -> str:
    """Why it may not, and what to do; empty where it may. A name other than localhost counts as an address of the network."""
    if settings.demands_key:
        return ""
    if settings.require_key:
        return (
            "REQUIRE_KEY is set, as where a proxy brings the network to this service, and no key is: everybody would be let in. "
            "Put one into API_KEYS (`pricer api-key NAME` makes one), or take REQUIRE_KEY away where something else keeps "
            "strangers away."
        )
    if is_loopback(host) or settings.open_to_network:
        return ""
    return (
        f"HOST={host} lets everybody who reaches this machine use this service, and nothing asks who they are. Set API_KEYS "
        "(`pricer api-key NAME` makes one; for the dashboard alone DASHBOARD_PASSWORD is enough, which `pricer password` makes), "
        "or OPEN_TO_NETWORK=1 where something else keeps strangers away, or leave HOST out."
    )


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
