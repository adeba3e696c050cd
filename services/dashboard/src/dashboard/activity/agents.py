"""The agents: what a person calls them. Their colours are those of their first home, as far as they can be read (style.css)."""

from common.pricers import PRICERS

AGENTS = {
    "scanner": "Scanner",
    "planner": "Planner",
    "ensemble": "Ensemble",
    **{pricer.name: pricer.name.replace("-", " ").capitalize() for pricer in PRICERS},
    "frontier-rag": "Frontier",
    "messenger": "Messenger",
    "person": "Person",
}
_OF_SERVICE = {"notifier": "messenger"}


def agent_of(told: str) -> str:
    """The agent whose colour an entry has; a service that tells of itself is its agent."""
    name = _OF_SERVICE.get(told, told)
    return name if name in AGENTS else "other"


def label_of(told: str) -> str:
    """What a person calls it."""
    return AGENTS.get(agent_of(told), told)
