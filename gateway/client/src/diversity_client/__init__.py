"""A client of the image-diversity gateway.

from diversity_client import Client

with Client("http://127.0.0.1:8000") as gateway:
    for result in gateway.divergent(image_id="food/vegetables/corn", n=5).results:
        print(result.image_id, result.divergence)
"""

from diversity_client.answers import Answer, Image, Result, Stats
from diversity_client.asking import Question, SearchOptions
from diversity_client.async_client import AsyncClient
from diversity_client.client import Client
from diversity_client.errors import ClientError, Misused, NotAGateway, Problem, Unreachable
from diversity_client.retrying import Retries

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "AsyncClient",
    "Client",
    "ClientError",
    "Image",
    "Misused",
    "NotAGateway",
    "Problem",
    "Question",
    "Result",
    "Retries",
    "SearchOptions",
    "Stats",
    "Unreachable",
]
