"""The application, made of given parts; importing it loads no ML framework."""

from typing import Any

from fastapi import FastAPI

from diversity_contracts import wire
from diversity_contracts.pairs import PairsQuery
from diversity_view.app import create_view_app
from diversity_view.parts import Parts
from diversity_view.view_routes import view_router
from drml_service import documentation
from drml_service.engine import Engine
from drml_service.routes import router


def create_app(parts: Parts[Engine[Any]]) -> FastAPI:
    """The application over `parts`."""
    examples = documentation.EXAMPLES
    own = view_router(
        batch=documentation.BATCH_EXAMPLE, applied=examples["changes"], served=examples["model"]
    )
    return create_view_app(
        parts,
        title="DRML view",
        description=documentation.DESCRIPTION,
        routers=[router, own],
        body_models=[wire.ViewQuery, wire.DistancesQuery, PairsQuery],
    )
