"""Requests for signatures as rows of lists: of all kinds, or of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from fondaco.console.desk import names
from fondaco.console.lists import Asked, page_by_cursor
from fondaco.identity.types import user_wire
from fondaco.kit.paging import Page as Rows
from fondaco.money import Money
from fondaco.signing import queries
from fondaco.signing.states import RequestState
from fondaco.signing.types import Request


@dataclass(frozen=True, slots=True)
class RequestRow:
    """Show a request with the name of who proposed it."""

    request: Request
    maker: str


def rows_of(found: Sequence[Request]) -> list[RequestRow]:
    """Name who proposed each."""
    known = names.staff_names()
    return [RequestRow(one, names.known_as(user_wire(one.maker_id), known)) for one in found]


def fetch_requests(
    asked: Asked, after: str | None, limit: int, *, action: str | None = None
) -> Rows[RequestRow]:
    """Give a page of what the house's people sign and signed, newest first.

    :raises InvalidCursor: ``after`` is none
    """
    found = queries.list_requests(
        owner=None,
        action=action,
        state=_state(asked),
        since=asked.since,
        until=asked.until,
        after=page_by_cursor(after),
        limit=limit,
    )
    return Rows(rows_of(found.items), found.next)


def sum_requests(asked: Asked, *, action: str | None = None) -> list[tuple[int, Money]]:
    """Give how many of them are about amounts of each currency, and what these come to."""
    return queries.sum_requests(
        owner=None,
        action=action,
        state=_state(asked),
        since=asked.since,
        until=asked.until,
    )


def _state(asked: Asked) -> RequestState | None:
    state = asked.get("state")
    return RequestState(state) if state else None
