"""The judge of each pricer: read when that is loaded, or asked for where there was none then. Knows no HTTP."""

from weakref import WeakKeyDictionary

from common.artifact import read_artifact
from common.models.model_store import META, artifact_folder
from common.pricing_api.pricer import Pricer
from ensemble.judge.model import COMMAND, FILE, FORMAT_VERSION, load_judge
from ensemble.judge.service import Judge

NAME = "judge"


class Judges:
    """`asks`: whom judges ask for prices, whichever pricer is in use. A judge is kept for as long as its pricer lives."""

    def __init__(self, asks: Pricer) -> None:
        self._asks = asks
        self._read: WeakKeyDictionary[Pricer, Judge] = WeakKeyDictionary()

    def of(self, pricer: Pricer) -> Judge:
        """The judge that was there when this pricer was loaded. ArtifactError where there is none, or one that is damaged."""
        known = self._read.get(pricer)
        if known is None:
            artifact = read_artifact(artifact_folder(NAME), format_version=FORMAT_VERSION, command=COMMAND)
            known = Judge(self._asks, load_judge(artifact.path(FILE)), artifact.version)
            self._read[pricer] = known
        return known


def has_judge() -> bool:
    """Whether there is any: prices are told without one, too."""
    return (artifact_folder(NAME) / META).is_file()
