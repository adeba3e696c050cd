"""Opens the collection that the settings name and follows its alias; the bundled products are loaded where nobody indexed others.

Knows nothing of pricing.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from anyio import to_thread

from common.artifact import is_same_content
from common.errors import ArtifactError
from common.models.model_store import artifact_folder
from frontier_rag.embedder import Embedder
from frontier_rag.products import Entries
from frontier_rag.settings import Settings
from frontier_rag.store import bundled_products as bundle
from frontier_rag.store.aliases import ALIAS, AliasRecord, Place, fill, is_bundled, sweep, switch
from frontier_rag.store.catalogue import Catalogue, load_vectors, load_words, read_catalogue
from frontier_rag.store.chroma_places import place_of
from frontier_rag.store.followed_alias import FollowedAlias, open_followed
from frontier_rag.store.word_search import HandsOutNames, Segment, WordSearch

BUNDLE_GRACE = 3600.0  # seconds that former bundled products are kept: a service of the former version may still run


async def open_store(settings: Settings, embedder: Embedder) -> FollowedAlias:
    """The collection in use. UnavailableError while it is not there; ArtifactError when it cannot be used as it is."""
    place = await place_of(settings.chroma_url or str(settings.chroma_folder), settings.store_timeout)
    alias = settings.collection or ALIAS
    if alias == ALIAS:
        await load_bundled(place, await place.alias(alias), embedder)
    return await open_followed(place, alias, embedder.version, words=index_words)


async def load_bundled(place: Place, record: AliasRecord | None, embedder: Embedder) -> None:
    """Bundled and demo products as a collection that the alias names, unless it names one that somebody indexed."""
    if record and not is_bundled(record.collection):
        return
    bundled = await to_thread.run_sync(bundle.load_bundle, artifact_folder("frontier-rag"))
    if not is_same_content(bundled.embedder, embedder.version):
        made = f"the bundled vectors were made with embedder {bundled.embedder}, this is {embedder.version}"
        raise ArtifactError(f"{made}; make them with: {bundle.COMMAND}")
    catalogue = await to_thread.run_sync(read_catalogue)
    name = f"{ALIAS}-{bundled.version}-{catalogue.digest}"
    store = await place.open(name, embedder.version)
    if store:
        await store.aclose()
    else:
        entries = await to_thread.run_sync(_entries, bundled, catalogue, embedder)
        await fill(place, name, entries, embedder.version)
    if record is None or record.collection != name:
        await switch(place, ALIAS, name, BUNDLE_GRACE)
    await sweep(place, ALIAS)


def _entries(bundled: bundle.Bundle, catalogue: Catalogue, embedder: Embedder) -> Entries:
    return bundle.with_catalogue(bundled, catalogue, _catalogue_vectors(catalogue, embedder))


def _catalogue_vectors(catalogue: Catalogue, embedder: Embedder) -> npt.NDArray[np.float32]:
    """Those that come with the service, else made now: some 40 seconds."""
    made = load_vectors(_catalogue_folder(), catalogue, embedder.version)
    return made if made is not None else embedder.embed(catalogue.texts)


async def index_words(name: str, words: WordSearch, store: HandsOutNames) -> None:
    """The ready index of the catalogue for the bundled products, of which nothing else has a name; else read the collection."""
    if is_bundled(name):
        words.segments.append(await to_thread.run_sync(_catalogue_words))
    else:
        await words.build(store)


def _catalogue_words() -> Segment:
    catalogue = read_catalogue()
    return Segment.over(load_words(_catalogue_folder(), catalogue), catalogue.ids)


def _catalogue_folder() -> Path:
    return artifact_folder("frontier-rag/catalogue")
