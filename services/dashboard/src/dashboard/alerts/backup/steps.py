"""Several changes as one: where one fails, those before it are taken back, in the opposite order. Knows no service."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from common.errors import PricingAgentError, UnavailableError


@dataclass(frozen=True)
class Step:
    """A change and what takes it back, given what it answered. `name`: of what."""

    name: str
    do: Callable[[], Awaitable[object]]
    undo: Callable[[object], Awaitable[object]]


async def all_or_none(steps: Sequence[Step]) -> None:
    """Do them. The error of the one that failed, after the others were taken back; it says what could not be."""
    done: list[tuple[Step, object]] = []
    for step in steps:
        try:
            done.append((step, await step.do()))
        except PricingAgentError as exc:
            stuck = [name for earlier, answer in reversed(done) if (name := await _taken_back(earlier, answer))]
            raise UnavailableError(f"{step.name}: {exc}{_told(stuck)}") from exc


async def _taken_back(step: Step, answer: object) -> str:
    """Nothing, or the name of what stays changed."""
    try:
        await step.undo(answer)
    except PricingAgentError:
        return step.name
    return ""


def _told(stuck: Sequence[str]) -> str:
    return f" What could not be taken back: {', '.join(stuck)}" if stuck else ""
