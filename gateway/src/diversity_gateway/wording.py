"""How a query is put to a view: as bytes, by id, in the view's own form, as a history. Pure."""

from typing import Any

from diversity_gateway.dialects import Said
from diversity_gateway.views import Asked, GenerationChanged, ViewQuery


def picture_of(query: ViewQuery | Asked) -> bytes | None:
    """The bytes to send, where the view knows neither an id nor a form of its own of the query."""
    if isinstance(query, ViewQuery) and query.image_id is None and not query.history:
        return query.picture or b""
    return None


def known(query: ViewQuery | Asked) -> dict[str, Any]:
    """The JSON of a query that has no bytes. Raises GenerationChanged when members are of two generations."""
    if isinstance(query, ViewQuery) and query.history:
        names = {one.query.generation for one in query.history if isinstance(one.query, Asked)} - {None}
        if len(names) > 1:
            raise GenerationChanged("the pictures of the history were taken in by two generations")
        members = [
            {name: text for name, text in known(one.query).items() if name != "artifact"}
            | {"weight": one.weight}
            for one in query.history
        ]
        return {"history": members, "artifact": next(iter(names), None)}
    if isinstance(query, Asked) and query.image_id is None:
        return {"representation": query.representation, "artifact": query.generation}
    return {"image_id": query.image_id}


def next_form(query: ViewQuery | Asked, said: Said) -> Asked | ViewQuery:
    """What to ask with after the first reply: the view's own form of a picture, once it gave one."""
    if isinstance(query, Asked) or query.history:
        return query
    if query.image_id is not None:
        return Asked(query.image_id, None)
    return query if said.representation is None else Asked(None, said.representation, said.stand.generation)
