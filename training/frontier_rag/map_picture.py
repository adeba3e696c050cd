"""The map as a picture: both layouts side by side as a PNG, for pages without a script. Needs matplotlib and Pillow."""

import io
from pathlib import Path
from typing import Any

from training.frontier_rag.map_figure import Points, traces

SIZE = (11.6, 6.0)  # inches, at PIXELS each
PIXELS = 100


def draw(flat: Points, space: Points, path: Path) -> None:
    """Both maps side by side as a PNG of few colours."""
    from matplotlib.figure import Figure
    from PIL import Image

    page = Figure(SIZE, PIXELS)
    left: Any = page.add_axes((0.01, 0.1, 0.48, 0.84))
    right: Any = page.add_axes((0.51, 0.1, 0.48, 0.84), projection="3d")
    right.set_box_aspect(None, zoom=1.45)
    for chart, points, title in ((left, flat, "Two dimensions"), (right, space, "Three dimensions")):
        for trace in traces(points):
            places = [trace[axis] for axis in "xyz" if axis in trace]
            chart.scatter(*places, s=4, color=trace["marker"]["color"], linewidths=0, label=trace["name"])
        chart.set_title(title, fontsize=10)
        chart.set_axis_off()
    left.set_aspect("equal")
    page.legend(*left.get_legend_handles_labels(), loc="lower center", ncols=7, fontsize=7, markerscale=2.5, frameon=False)
    drawn = io.BytesIO()
    page.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, "png", optimize=True)
