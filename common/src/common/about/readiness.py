"""What a service says at /readyz when it is ready."""

from collections.abc import Mapping

PATH = "/readyz"
_OF_ALL = ("status", "service")


def away(told: Mapping[str, object]) -> str:
    """What is away though answers do without it, and why; empty where nothing is."""
    return "; ".join(f"{part}: {why}" for part, why in told.items() if part not in _OF_ALL)
