"""The tools of the planner: scan, judge and notify, over deals that are judged already. What it is asked and told is all text."""

import json
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scanner.deal_data import Judged
from scanner.planner.plan_data import Message, ToolCall

MOST_SHOWN = 40  # deals
_TITLE, _RESULT = 200, 6_000  # characters


class NoArguments(BaseModel):
    """Of scan."""

    model_config = ConfigDict(extra="forbid")


class OneDeal(BaseModel):
    """Of judge."""

    model_config = ConfigDict(extra="forbid", strict=True)

    deal: int = Field(description="its id, as scan tells it")


class Wish(OneDeal):
    """Of notify."""

    reason: str = Field(description="why a person should know of it, in a sentence")


def _tool(name: str, description: str, arguments: type[BaseModel]) -> Message:
    schema = arguments.model_json_schema() | {"required": sorted(arguments.model_fields)}
    return {
        "type": "function",
        "function": {"name": name, "description": description, "strict": True, "parameters": schema},
    }


TOOLS: list[Message] = [
    _tool("scan", "The deals of this scan that probably save something: id, title, price, condition, shop.", NoArguments),
    _tool("judge", "What one deal is worth, how surely it saves, on what evidence, and why it may not be pushed.", OneDeal),
    _tool("notify", "Push one deal to the person's phone. Refused where the rules do not allow it.", Wish),
]


class Desk:
    """What a plan works on. `wishes`: ids of the deals that notify accepted."""

    def __init__(self, judged: Sequence[Judged]) -> None:
        listed = sorted((each for each in judged if each.opportunity), key=lambda each: (not each.is_alert, -_saving(each)))
        self._listed = {each.deal.id: each for each in _fitting(listed[:MOST_SHOWN])}
        self.wishes: set[int] = set()

    @property
    def shown(self) -> frozenset[int]:
        """Ids of the deals that scan tells: those that may be pushed first, and of each sort those that save the most."""
        return frozenset(self._listed)

    def use(self, call: ToolCall) -> str:
        """The tool's answer as JSON; what is wrong with a call is told, so that the model can do better."""
        tools: dict[str, tuple[type[BaseModel], Callable[[Any], object]]] = {
            "scan": (NoArguments, self._scan),
            "judge": (OneDeal, self._judge),
            "notify": (Wish, self._notify),
        }
        if call.name not in tools:
            return json.dumps({"error": f"there is no tool but {', '.join(tools)}"})
        form, tool = tools[call.name]
        try:
            given = form.model_validate_json(call.arguments or "{}")
        except ValidationError:
            return json.dumps({"error": f"{call.name} takes {', '.join(form.model_fields) or 'no arguments'}"})
        return _written(tool(given))[:_RESULT]

    def _scan(self, _: NoArguments) -> object:
        return [_told(each) for each in self._listed.values()]

    def _judge(self, given: OneDeal) -> object:
        opportunity = self._listed[given.deal].opportunity if given.deal in self._listed else None
        if opportunity is None:
            return _unknown(given)
        told = {"worth": opportunity.estimate, "low": opportunity.low, "high": opportunity.high, "saving": opportunity.discount}
        grounds = [each.words[:_TITLE] for each in opportunity.grounds[:5]]
        return told | {"chance": opportunity.chance, "evidence": grounds, "why_not": opportunity.why_not}

    def _notify(self, given: Wish) -> object:
        each = self._listed.get(given.deal)
        if each is None:
            return _unknown(given)
        if not each.is_alert:
            return {"refused": (each.opportunity and each.opportunity.why_not) or "the rules do not allow it"}
        self.wishes.add(given.deal)
        return {"accepted": given.deal}


def _fitting(listed: Sequence[Judged]) -> Sequence[Judged]:
    """As many of the first as have room in one result."""
    lengths = accumulate(len(_written(_told(each))) + 2 for each in listed)  # with what parts two of them, or encloses all
    return listed[: sum(length <= _RESULT for length in lengths)]


def _told(judged: Judged) -> dict[str, object]:
    deal, price = judged.deal, judged.opportunity.deal.price if judged.opportunity else None
    told = {"id": deal.id, "title": deal.title[:_TITLE], "price": price}
    return told | {"condition": deal.condition, "shop": deal.retailer[:_TITLE]}


def _written(told: object) -> str:
    return json.dumps(told, ensure_ascii=False)


def _saving(judged: Judged) -> float:
    return judged.opportunity.discount if judged.opportunity else 0.0


def _unknown(given: OneDeal) -> object:
    return {"error": f"there is no deal {given.deal}: scan tells which there are"}
