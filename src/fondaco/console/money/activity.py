"""Everything that happened in all of one's wallets, and the same as a file."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponse
from django.utils.translation import gettext as tell

from fondaco.console.asking import customer_of
from fondaco.console.money.fields import CUSTOMERS, PER_PAGE
from fondaco.console.money.operations import ExportLine, HistoryForm, described
from fondaco.console.money.wallets import older_url
from fondaco.console.pages import Answer, Page, page
from fondaco.kit.access import Principal
from fondaco.kit.django.api.lists import stream_pages
from fondaco.kit.paging import LIMIT_MAX
from fondaco.wallets.queries.history import list_operations
from fondaco.wallets.types import OperationFilter

EXPORT_PAGES_MAX: Final = 500
"""Of `LIMIT_MAX` lines each; who has more narrows by dates."""


@page(*CUSTOMERS, right="wallets:read")
def activity(request: HttpRequest, visitor: Principal) -> Answer:
    """List what happened in all of one's wallets, a page at a time."""
    form = HistoryForm(request.GET or None)
    found = list_operations(
        customer_id=customer_of(visitor),
        narrow=form.to_filter(),
        after=request.GET.get("after"),
        limit=PER_PAGE,
    )
    query = request.GET.copy()
    query.pop("after", None)
    shown = {
        "title": tell("Activity"),
        "narrow": form,
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
        "operations": described(found.items),
        "older": older_url(request, found.next),
        "newest": f"{request.path}?{query.urlencode()}" if request.GET.get("after") else "",
        "query": query.urlencode(),
    }
    return Page("money/activity.html", shown)


@page(*CUSTOMERS, right="wallets:read")
def export(request: HttpRequest, visitor: Principal) -> HttpResponse:
    """Give what the filter leaves as CSV, newest first."""
    narrow = HistoryForm(request.GET or None).to_filter()
    response = stream_pages(_pages(customer_of(visitor), narrow), ExportLine)
    response.headers["Content-Disposition"] = 'attachment; filename="activity.csv"'
    return response  # type: ignore[return-value]  # a stream is sent like any other answer


def _pages(customer_id: UUID, narrow: OperationFilter) -> Iterator[Sequence[ExportLine]]:
    after: str | None = None
    for _ in range(EXPORT_PAGES_MAX):
        found = list_operations(
            customer_id=customer_id, narrow=narrow, after=after, limit=LIMIT_MAX
        )
        yield [ExportLine.of(one) for one in found.items]
        after = found.next
        if after is None:
            return
