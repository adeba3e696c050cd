"""Sees to it that there is a way back: versions in use are kept side by side, and what was in use before is written down.

Where that fails there is no way back, and nothing else is lost.
"""

from collections.abc import Sequence

import structlog
from anyio import to_thread

from common.errors import PricingAgentError
from common.models.generation import Generation
from common.models.model_store import Choice, ModelStore
from common.models.standing import Standing


async def keep(store: ModelStore, standings: Sequence[Standing]) -> None:
    """Each version, under its own name."""
    for each in standings:
        try:
            await to_thread.run_sync(store.keep, each.name, each.folder)
        except (OSError, PricingAgentError) as exc:
            structlog.get_logger().info("version_not_kept", part=each.name, why=str(exc))


async def remember(store: ModelStore, former: Generation, now: Generation) -> None:
    """Of an artifact that was made anew in its place, the version before; one that was chosen has that written down already."""
    for name, before in former.standings.items():
        after, choice = now.standings.get(name), store.choice(name)
        if after is None or choice.version is not None or before.version in (after.version, choice.former):
            continue
        try:
            await to_thread.run_sync(store.choose, name, Choice(None, before.version))
        except OSError as exc:
            structlog.get_logger().info("former_version_not_noted", part=name, why=str(exc))
