"""An artifact's vectors placed in Milvus: the parts of an engine that searches there."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from diversity_contracts.problems import NotReady
from diversity_view.artifact_choice import Artifact
from diversity_view.records import Indexed
from diversity_view.state_folder import StateFolder
from drml_service.holding import Holding
from drml_service.milvus.address import Address
from drml_service.milvus.client import Server
from drml_service.milvus.searcher import MilvusSearcher
from drml_service.milvus.sight import Sight
from drml_service.milvus.store import MilvusStore
from drml_service.milvus.table import MilvusTable
from drml_service.search import Float32

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Placed:
    """What `Engine` takes under these names."""

    store: MilvusStore
    holding: Holding[MilvusTable]
    searcher: MilvusSearcher


def place(
    address: Address, token: str, artifact: Artifact, dimension: int, reference: Float32 | None
) -> Placed:
    """The index of `artifact`, of vectors (dimension,), an empty one where there was none.

    Args:
        token: the server's, or "".
        reference: the artifact's sample (m, dimension), if it has one.

    Raises NotReady, which passes, when the server does not answer.
    """
    server = Server(address.uri, token)
    name = address.collection(artifact.version, artifact.digest)
    for other in server.collections():
        if other != name and address.is_own(other, [artifact.version]):
            server.drop(other)
    store = MilvusStore(server.open(name, dimension + 1), dimension, reference)
    holding = Holding(store.empty, _follow, Sight, store.standing)
    return Placed(store, holding, MilvusSearcher())


def note(address: Address, token: str, artifact: Artifact, state: StateFolder) -> None:
    """Have `state` know that the artifact has its index in Milvus, and that others' go from there too."""
    state.index_elsewhere(artifact.version, partial(keep, address, token))


def keep(address: Address, token: str, artifacts: Collection[str]) -> None:
    """Remove this deployment's collections of every other artifact; where that fails, the next time."""
    try:
        server = Server(address.uri, token)
        for name in server.collections():
            if address.is_own(name) and not address.is_own(name, artifacts):
                log.info("removing the collection of another artifact", extra={"collection": name})
                server.drop(name)
        server.close()
    except NotReady as error:
        log.warning("old collections are not removed yet", extra={"reason": str(error)})


def _follow(
    table: MilvusTable, upserts: Mapping[str, Indexed[Float32]], deletes: Sequence[str]
) -> MilvusTable:
    return table.changed({image_id: indexed.content for image_id, indexed in upserts.items()}, deletes)
