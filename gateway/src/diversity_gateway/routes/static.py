"""The page's files. A copy may be kept, but is asked about each time: a new release shows at once."""

from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles


class Revalidated(StaticFiles):
    """Static files with `Cache-Control: no-cache`; their ETag makes an unchanged one a 304."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """As inherited, with the header."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response
