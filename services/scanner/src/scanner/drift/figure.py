"""The figures of drift, each with the bound past which a person should hear of it. Pure.

Real deals differ from what the models were trained on from the first day: measured, an index of 0.5 and 4 % unknown are usual for
them. The bounds stand where something has changed, not where textbooks put them for one and the same population.
"""

from dataclasses import dataclass

PSI, UNKNOWN, DEGRADED, COVERAGE = "psi", "unknown_share", "degraded_share", "interval_coverage"
MOST = {PSI: 1.0, UNKNOWN: 0.25, DEGRADED: 0.5}
LEAST_COVERAGE = 0.65  # below which the upper end of the share's own interval must lie
_TOLD = {
    PSI: ("What is priced is unlike what the models learned from", "The index of estimates against training is {value:.2f}."),
    UNKNOWN: ("Little is known of what is priced", "Of {percent} of the products nothing near is known: their prices are guesses."),
    DEGRADED: ("Prices are told without a pricer", "{percent} of the answers lack a part: see which on the page of the system."),
    COVERAGE: (
        "Prices are less sure than is said",
        "Only {percent} of the prices that were found out lay in their 80 % interval.",
    ),
}
_ADVICE = "The page of models tells more; docs/models.md says what to do."


@dataclass(frozen=True)
class Figure:
    """`value`: None where it is not known; `n`: prices that it rests on; `bound`: where it should be seen to."""

    name: str
    value: float | None
    n: int
    bound: float
    is_beyond: bool = False


def at_most(name: str, value: float | None, n: int) -> Figure:
    """One that should not be above its bound."""
    bound = MOST[name]
    return Figure(name, value, n, bound, value is not None and value > bound)


def coverage_figure(share: float | None, n: int, high: float | None) -> Figure:
    """That of intervals, which chance alone makes low where there are few."""
    return Figure(COVERAGE, share, n, LEAST_COVERAGE, high is not None and high < LEAST_COVERAGE)


def shown(figure: Figure) -> float | None:
    """What rules on its gauge should see of `coverage_figure`: no share below the bound that chance alone may have put there."""
    is_chance = figure.value is not None and figure.value < figure.bound and not figure.is_beyond
    return None if is_chance else figure.value


def words_of(figure: Figure) -> tuple[str, str]:
    """(title, text) of a notice."""
    title, text = _TOLD[figure.name]
    value = figure.value or 0.0
    return title, f"{text.format(value=value, percent=f'{value:.0%}')} It has been so for hours. {_ADVICE}"
