"""All charges that a merchant made or tried, to look through and to take away as a file."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, Final, Self
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from pydantic import BaseModel

from fondaco.console.asking import customer_of
from fondaco.console.pages import Answer, Page, page
from fondaco.kit.access import Principal, Role
from fondaco.kit.django.api.lists import stream_pages
from fondaco.kit.paging import LIMIT_MAX
from fondaco.reports.charges import ChargeFilter, ChargeLine, list_charges

PER_PAGE: Final = 25
REFUSED: Final = "refused"
_OUTCOMES: Final = (
    ("", gettext_lazy("All")),
    ("done", gettext_lazy("Successful")),
    (REFUSED, gettext_lazy("Refused")),
)


class ChargesForm(forms.Form):
    """Narrow the list."""

    text = forms.CharField(label=gettext_lazy("Text"), max_length=140, required=False)
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=16, required=False)
    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), choices=_OUTCOMES, required=False)
    since = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def to_filter(self) -> ChargeFilter:
        """Give the filter; what is wrong narrows nothing."""
        self.is_valid()
        given = getattr(self, "cleaned_data", {})
        zone = timezone.get_current_timezone()
        since, until, outcome = (given.get(one) for one in ("since", "until", "outcome"))
        return ChargeFilter(
            text=given.get("text") or "",
            currency=(given.get("currency") or "").upper() or None,
            since=datetime.combine(since, time(), zone) if since else None,
            until=datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
            succeeded=None if not outcome else outcome != REFUSED,
        )


class ChargeRow(BaseModel):
    """Show a charge in a file."""

    id: str
    at: datetime
    state: str
    refusal: str
    amount: str
    taken: str
    refunded: str
    currency: str
    summary: str

    @classmethod
    def of(cls, one: ChargeLine) -> Self:
        """Show a charge."""
        return cls(
            id=one.wire_id,
            at=one.at,
            state=one.state.value if one.state else REFUSED,
            refusal=one.refusal,
            amount=one.amount.to_text(),
            taken=one.taken.to_text(),
            refunded=one.refunded.to_text(),
            currency=one.amount.asset.code,
            summary=one.summary,
        )


@page(Role.COMPANY, right="wallets:read")
def charges(request: HttpRequest, visitor: Principal) -> Answer:
    """List charges, newest first, a page at a time."""
    form = ChargesForm(request.GET or None)
    found = list_charges(
        customer_id=customer_of(visitor),
        narrow=form.to_filter(),
        after=request.GET.get("after"),
        limit=PER_PAGE,
    )
    query = request.GET.copy()
    for name in ("after", "done"):
        query.pop(name, None)
    shown: dict[str, Any] = {
        "title": gettext("Charges"),
        "form": form,
        "charges": found.items,
        "is_narrowed": bool(query),
        "file": f"{reverse('console:merchant-charges-csv')}?{query.urlencode()}",
        "newest": f"{request.path}?{query.urlencode()}" if request.GET.get("after") else "",
        "older": "",
        "done": gettext("The charge is done.") if request.GET.get("done") else "",
    }
    if found.next:
        query["after"] = str(found.next)
        shown["older"] = f"{request.path}?{query.urlencode()}"
    return Page("merchant/charges.html", shown)


@page(Role.COMPANY, right="wallets:read")
def export(request: HttpRequest, visitor: Principal) -> Answer:
    """Give all charges that fit as a table of values, newest first."""
    narrow = ChargesForm(request.GET or None).to_filter()
    response = stream_pages(_pages(customer_of(visitor), narrow), ChargeRow)
    response.headers["Content-Disposition"] = 'attachment; filename="charges.csv"'
    return response


def _pages(customer_id: UUID, narrow: ChargeFilter) -> Iterator[list[BaseModel]]:
    after: str | None = None
    while True:
        found = list_charges(customer_id=customer_id, narrow=narrow, after=after, limit=LIMIT_MAX)
        yield [ChargeRow.of(one) for one in found.items]
        if not found.next:
            return
        after = str(found.next)
