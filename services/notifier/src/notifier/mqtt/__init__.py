"""Home automation: what the notifier knows as sensors, an event and a switch over MQTT, as Home Assistant discovers them."""
