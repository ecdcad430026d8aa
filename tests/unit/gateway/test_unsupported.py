"""A view that says it does not answer one kind of question: no other question suffers."""

import httpx
import pytest

from diversity_contracts.problems import NotSupported
from diversity_gateway.clients import ViewClient
from diversity_gateway.dialects import DRML
from diversity_gateway.views import ViewQuery, ViewUnavailable
from tests.fakes.over_httpx import OverHttpx


@pytest.mark.parametrize(("status", "suspect"), [(501, False), (500, True)])
async def test_only_a_failure_makes_a_view_suspect(status: int, suspect: bool) -> None:
    document = NotSupported("At most 9 pairs.").document("r").model_dump(exclude_none=True)

    def reply(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=document)

    client = ViewClient("http://view", DRML, exchange=OverHttpx(httpx.MockTransport(reply)))
    with pytest.raises(ViewUnavailable, match="At most 9 pairs"):
        await client.ends(ViewQuery(image_id="a"), "divergent", 5)
    assert client.is_suspect is suspect
    await client.aclose()
