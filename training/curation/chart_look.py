"""How a curation's charts look: sizes, colours that everybody can tell apart, numbers with thousands separators."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SQUARE = (8.0, 5.4)  # inches
DPI = 144
INK, SOFT, GRID = "#1c2230", "#5a6275", "#e3e7ee"
BEFORE, AFTER, MARK = "#b9c3d3", "#0b6e99", "#b4480a"  # told apart by lightness alone as well
# Paul Tol's "muted" scheme: distinct for all common kinds of colour blindness. The last is for the rest of the categories.
WEDGES = ("#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255", "#aa4499", "#b9c3d3")
LOOK: dict[Any, Any] = {
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "legend.frameon": False,
    "text.parse_math": False,  # "$" in a label is money
}


def new_figure(size: tuple[float, float]) -> "Figure":
    """A figure without a window."""
    from matplotlib.figure import Figure

    return Figure(figsize=size, dpi=DPI, layout="constrained")


def thousands(axis: "Axes", which: str = "y") -> None:
    """Whole numbers with separators along the axis `which`."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    chosen = axis.yaxis if which == "y" else axis.xaxis
    chosen.set_major_locator(MaxNLocator(6, integer=True))
    chosen.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
