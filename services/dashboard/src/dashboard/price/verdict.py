"""Whether a price that somebody asks is a good one, in two words. Knows no service."""

from common.judging import Judgement

GOOD, FAIR, DEAR = "good price", "fair price", "too dear"


def verdict_of(offered: float, judged: Judgement) -> str:
    """Below the 80 % interval of its worth, nine times of ten a thing is worth more than is asked."""
    return GOOD if offered < judged.low else DEAR if offered > judged.high else FAIR
