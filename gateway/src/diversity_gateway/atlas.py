"""The catalogue's map, as the view draws it that has one."""

from typing import Protocol, TypeVar

from diversity_contracts.places import Place, Places, unpack_points
from diversity_contracts.problems import NotReady, UnknownId
from diversity_gateway.views import ViewQuery, ViewUnavailable

Reply = TypeVar("Reply")
RETRY_S = 2


class Drawing(Protocol):
    """What draws it. Calls raise ViewUnavailable, and UnknownId where there is no map."""

    async def places(self) -> bytes:
        """Every indexed picture's place: a `Places`, as it came."""

    async def place(self, query: ViewQuery) -> Place:
        """Where a picture lies."""


class Atlas:
    """The map for callers. Its errors are theirs to read."""

    def __init__(self, drawing: Drawing | None) -> None:
        """`drawing` is None where no view draws one."""
        self._drawing = drawing

    async def places(self) -> bytes:
        """Every indexed picture's place: a `Places` as JSON. Raises UnknownId, NotReady."""
        drawing = self._known()
        try:
            return await drawing.places()
        except ViewUnavailable as error:
            raise _away(error) from error

    async def place(self, picture: bytes) -> Place:
        """Where a picture lies. Raises UnknownId, NotReady, NotAPicture, TooLarge."""
        drawing = self._known()
        try:
            return await drawing.place(ViewQuery(picture))
        except ViewUnavailable as error:
            raise _away(error) from error

    def _known(self) -> Drawing:
        if self._drawing is None:
            raise UnknownId("No view draws a map of the catalogue.")
        return self._drawing


def checked(raw: bytes) -> bytes:
    """`raw` if it is a map. Raises ValueError."""
    drawn = Places.model_validate_json(raw)
    unpack_points(drawn.points, len(drawn.image_ids))
    return raw


def _away(error: ViewUnavailable) -> NotReady:
    return NotReady(
        f"The map is not to be had at the moment: the view is {error.reason}.", retry_after_s=RETRY_S
    )
