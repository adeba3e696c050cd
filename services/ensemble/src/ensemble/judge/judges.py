"""The judge of each pricer: read when it is first asked for, and again for a pricer that took another's place. Knows no HTTP."""

from collections import deque

from common.artifact import read_artifact
from common.models.model_store import META, artifact_folder
from common.pricing_api.pricer import Pricer
from ensemble.judge.model import COMMAND, FILE, FORMAT_VERSION, load_judge
from ensemble.judge.service import Judge

NAME = "judge"
_KEPT = 3  # pricers: the one in use, the one before, and one that is being tried


class Judges:
    """`asks`: whom judges ask for prices, whichever pricer is in use."""

    def __init__(self, asks: Pricer) -> None:
        self._asks = asks
        self._read: deque[tuple[Pricer, Judge]] = deque(maxlen=_KEPT)

    def of(self, pricer: Pricer) -> Judge:
        """The judge that was there when this pricer was loaded. ArtifactError where there is none, or one that is damaged."""
        known = next((judge for other, judge in self._read if other is pricer), None)
        if known is None:
            artifact = read_artifact(artifact_folder(NAME), format_version=FORMAT_VERSION, command=COMMAND)
            known = Judge(self._asks, load_judge(artifact.path(FILE)), artifact.version)
            self._read.append((pricer, known))
        return known


def has_judge() -> bool:
    """Whether there is any: prices are told without one, too."""
    return (artifact_folder(NAME) / META).is_file()
