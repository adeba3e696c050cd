"""What is known of the models: those that are there, their last evaluation, how the prices that they meet have moved."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.errors import NotFoundError
from dashboard.models.delivered import Delivered, delivered
from dashboard.models.evaluation import Evaluation, evaluations, scatter
from dashboard.models.in_use import InUse, models_in_use
from dashboard.models.schemas import CategoryLevels, PriceLevels
from dashboard.peers import Part, Peers

_COLOURS = ("accent", "deal", "demo", "good", "bad", "ink")  # of the lines of a plot; as many categories are drawn


@dataclass(frozen=True)
class Models:
    """The use case, over the folders of the map and of the evaluations, which lie among the other artifacts, and the scanner."""

    map: Path
    evaluated: Path
    peers: Peers

    async def delivered(self) -> list[Delivered]:
        """Every model that belongs here."""
        return await asyncio.to_thread(delivered, self.map.parent)

    async def in_use(self) -> InUse:
        """Those that answer now, candidates beside them, and drift."""
        return await models_in_use(self.peers)

    async def evaluations(self) -> list[Evaluation]:
        """The last one of each file of rows."""
        return await asyncio.to_thread(evaluations, self.evaluated)

    async def scatter(self, name: str, pricer: str) -> dict[str, Any]:
        """Estimate over truth, as a figure."""
        return await asyncio.to_thread(scatter, self.evaluated, name, pricer)

    async def levels(self) -> Part[PriceLevels]:
        """Price levels by category and week, of the deals that were seen."""
        return await self.peers.part(self.peers.one("scanner", "/price-levels", PriceLevels))

    async def level_figure(self) -> dict[str, Any]:
        """The same as a figure: a line for each of the first categories."""
        found = await self.peers.one("scanner", "/price-levels", PriceLevels)
        if not found.items:
            raise NotFoundError("too few deals were seen")
        lines = [_line(each, colour) for each, colour in zip(found.items, _COLOURS, strict=False)]
        return {"data": lines, "layout": {"yaxis": {"title": {"text": "Index, first week 100"}}}}


def _line(levels: CategoryLevels, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": levels.category,
        "x": [each.week for each in levels.weeks],
        "y": [each.index for each in levels.weeks],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [each.high - each.index for each in levels.weeks],
            "arrayminus": [each.index - each.low for each in levels.weeks],
            "thickness": 1,
            "width": 0,
        },
        "hovertemplate": "%{fullData.name}<br>week of %{x|%b %-d}: %{y:.1f}<extra></extra>",
        "meta": colour,
    }
