"""Batches whose items are validated one by one, so that a bad item costs nobody else anything."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from common.pricing import ItemError
from common.problem import field_errors, problem

Asked = TypeVar("Asked", bound=BaseModel)
Answered = TypeVar("Answered")


async def answer_items(
    items: Sequence[dict[str, object]],
    model: type[Asked],
    answer: Callable[[Sequence[Asked]], Awaitable[Sequence[Answered | ItemError]]],
) -> list[Answered | ItemError]:
    """One result for each item: what `answer` says of those that are valid, an error that names the fields for the others."""
    parsed = [_parsed(item, model) for item in items]
    valid = [item for item in parsed if not isinstance(item, ItemError)]
    answers = iter(await answer(valid) if valid else [])
    return [item if isinstance(item, ItemError) else next(answers) for item in parsed]


def _parsed(item: dict[str, object], model: type[Asked]) -> Asked | ItemError:
    try:
        return model.model_validate(item)
    except ValidationError as exc:
        fields = field_errors(exc.errors(include_input=False, include_url=False))
        return ItemError(error=problem(422, "; ".join(f"{each.field}: {each.message}" for each in fields), fields))
