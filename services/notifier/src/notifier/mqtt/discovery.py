"""Where messages go, and what Home Assistant is told so that it makes entities of them by itself (MQTT discovery). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NODE = "pricing_agent"
ONLINE, OFFLINE = "online", "offline"
ON, OFF = "ON", "OFF"


@dataclass(frozen=True)
class Topics:
    """`base`: below which all of ours lie; `discovery`: below which Home Assistant looks for devices."""

    base: str = "pricing-agent"
    discovery: str = "homeassistant"

    @property
    def availability(self) -> str:
        """online or offline, the latter also by the broker when nothing is heard of us."""
        return f"{self.base}/availability"

    @property
    def state(self) -> str:
        """All figures."""
        return f"{self.base}/state"

    @property
    def last(self) -> str:
        """The newest alert."""
        return f"{self.base}/last"

    @property
    def alert(self) -> str:
        """Each alert, once."""
        return f"{self.base}/alert"

    @property
    def pause(self) -> str:
        """Where the switch is thrown."""
        return f"{self.base}/paused/set"

    @property
    def birth(self) -> str:
        """Where Home Assistant says that it has started."""
        return f"{self.discovery}/status"


def discovery_of(topics: Topics, dashboard: str) -> dict[str, Mapping[str, Any]]:
    """The messages by topic."""
    base = "" if topics.base == Topics.base else "_" + "".join(each if each.isalnum() else "_" for each in topics.base)
    node = f"{_NODE}{base}"
    device = {"identifiers": [node], "name": "Product Pricing Agent", "manufacturer": "Product Pricing Agent", "model": "notifier"}
    if dashboard:
        device["configuration_url"] = dashboard
    found: dict[str, Mapping[str, Any]] = {}
    for name, (kind, facts) in _entities(topics).items():
        known = {"unique_id": f"{node}_{name}", "availability_topic": topics.availability, "device": device}
        origin = {"origin": {"name": "product-pricing-agent"}}
        found[f"{topics.discovery}/{kind}/{node}/{name}/config"] = {**facts, **known, **origin}
    trigger = {"automation_type": "trigger", "type": "alert", "subtype": "deal", "topic": topics.alert, "device": device}
    found[f"{topics.discovery}/device_automation/{node}/alert/config"] = trigger
    return found


def _entities(topics: Topics) -> dict[str, tuple[str, dict[str, Any]]]:
    figure = {"state_topic": topics.state}
    return {
        "today": ("sensor", _figure(topics, "Opportunities today", "today", "mdi:tag-multiple") | {"unit_of_measurement": "deals"}),
        "best_saving": (
            "sensor",
            _figure(topics, "Best saving today", "best_saving", "mdi:cash-multiple")
            | {"unit_of_measurement": "USD", "suggested_display_precision": 2},
        ),
        "waiting": ("sensor", _figure(topics, "Alerts waiting", "waiting", "mdi:tray-full") | {"unit_of_measurement": "alerts"}),
        "failing": (
            "sensor",
            _figure(topics, "Failing channels", "failing", "mdi:message-alert")
            | {"unit_of_measurement": "channels", "entity_category": "diagnostic"}
            | {"json_attributes_topic": topics.state, "json_attributes_template": _NAMES},
        ),
        "last": (
            "sensor",
            {"name": "Last alert", "icon": "mdi:tag-heart", "state_topic": topics.last, "value_template": "{{ value_json.state }}"}
            | {"json_attributes_topic": topics.last},
        ),
        "alert": ("event", {"name": "Alert", "icon": "mdi:bell-ring", "state_topic": topics.alert, "event_types": ["alert"]}),
        "paused": (
            "switch",
            {"name": "Pause alerts", "icon": "mdi:bell-sleep", "command_topic": topics.pause, "payload_on": ON, "payload_off": OFF}
            | figure
            | {"value_template": f"{{{{ '{ON}' if value_json.paused else '{OFF}' }}}}"},
        ),
    }


_NAMES = "{{ {'channels': value_json.failing_channels} | tojson }}"


def _figure(topics: Topics, name: str, key: str, icon: str) -> dict[str, Any]:
    template = f"{{{{ value_json.{key} }}}}"  # null becomes None, which is "unknown" there
    return {"name": name, "icon": icon, "state_topic": topics.state, "value_template": template, "state_class": "measurement"}
