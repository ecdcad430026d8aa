"""A search's parameters read at first hand, against the framework's own reading of them."""

from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Query
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import QueryParams

from diversity_gateway.parameters import SearchParameters
from diversity_gateway.problem_handlers import field_problems
from diversity_gateway.routes.direct import read_parameters

QUERIES = [
    "",
    "n=7&views=drml&raw=true&diversity=0.5",
    "n=7&n=9",
    "n=0",
    "n=&views=",
    "n=1e9&n=NaN",
    "diversity=nan&near_duplicates=none",
    "exclude=a&exclude=b%2Fc&exclude=",
    "exclude=a",
    "cursor=x&strict=yes&include_blank=1",
    "colour=red&colour=blue&size=3",
    "candidates_limit=9&colour=red",
    "%00=1&n=%20%203",
    "views=" + "x" * 101,
]


@pytest.mark.parametrize("text", QUERIES)
async def test_as_the_framework_reads_them(text: str) -> None:
    app = FastAPI()

    @app.get("/")
    async def echo(parameters: Annotated[SearchParameters, Query()]) -> dict[str, object]:
        return parameters.model_dump() | {"set": sorted(parameters.model_fields_set)}

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
        reply = await client.get(f"/?{text}")
    if reply.status_code == 200:
        found = read_parameters(QueryParams(text))
        assert found.model_dump() | {"set": sorted(found.model_fields_set)} == reply.json()
        return
    with pytest.raises(RequestValidationError) as refused:
        read_parameters(QueryParams(text))
    assert field_problems(refused.value.errors()) == field_problems(reply.json()["detail"])
