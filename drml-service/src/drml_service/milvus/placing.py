"""An artifact's vectors placed in Milvus: the parts of an engine that searches there."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from diversity_contracts.problems import NotReady
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
    address: Address,
    token: str,
    name: str,
    state: StateFolder,
    *,
    digest: str,
    dimension: int,
    reference: Float32 | None,
) -> Placed:
    """The index of a generation, of vectors (dimension,), an empty one where there was none.

    Args:
        token: the server's, or "".
        name: the generation's.
        digest: what its vectors are bound to.
        state: told that the index lies elsewhere; what it drops goes from there too.
        reference: the artifact's sample (m, dimension), if it has one.

    Raises NotReady, which passes, when the server does not answer.
    """
    server = Server(address.uri, token)
    collection = address.collection(name, digest)
    for other in server.collections():
        if other != collection and address.is_own(other, [name]):
            server.drop(other)
    store = MilvusStore(server.open(collection, dimension + 1), dimension, reference)
    state.index_elsewhere(name, partial(keep, address, token))
    return Placed(store, Holding(store.empty, _follow, Sight, store.standing), MilvusSearcher())


def keep(address: Address, token: str, names: Collection[str]) -> None:
    """Remove this deployment's collections of every other generation; where that fails, the next time."""
    try:
        server = Server(address.uri, token)
        for one in server.collections():
            if address.is_own(one) and not address.is_own(one, names):
                log.info("removing the collection of another generation", extra={"collection": one})
                server.drop(one)
        server.close()
    except NotReady as error:
        log.warning("old collections are not removed yet", extra={"reason": str(error)})


def _follow(
    table: MilvusTable, upserts: Mapping[str, Indexed[Float32]], deletes: Sequence[str]
) -> MilvusTable:
    return table.changed({image_id: indexed.content for image_id, indexed in upserts.items()}, deletes)
