"""What a wallet held at both ends of a period and every move between: on the page, on paper, as a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as tell, gettext_lazy as said

from fondaco.console.asking import customer_of
from fondaco.console.money.fields import (
    CUSTOMERS,
    PER_PAGE,
    asset_named,
    date_field,
    day_begins,
    day_ends,
    wallet_in_path,
)
from fondaco.console.money.operations import ExportLine, described
from fondaco.console.money.wallets import older_url
from fondaco.console.pages import Answer, Page, page
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.django.api.lists import stream_pages
from fondaco.kit.paging import LIMIT_MAX
from fondaco.money import Asset, Money
from fondaco.reports.formats import Format, as_file
from fondaco.reports.papers import draw, wallet_paper
from fondaco.reports.wallets import get_wallet_statement
from fondaco.wallets.queries.history import list_transactions
from fondaco.wallets.types import Operation, OperationFilter, Wallet

_ZONE: Final = ZoneInfo("UTC")


class PeriodForm(forms.Form):
    """Choose currency and period; days are of UTC, both included."""

    currency = forms.ChoiceField(label=said("Currency"), required=False)
    since = date_field(label=said("From"))
    until = date_field(label=said("Until"))

    def __init__(self, *args: Any, codes: Sequence[str], **kwargs: Any) -> None:
        """Offer the currencies that the wallet has held."""
        super().__init__(*args, **kwargs)
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, code) for code in codes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Hold which part of which wallet is told."""

    wallet: Wallet
    asset: Asset
    since: datetime | None
    until: datetime
    now: datetime

    @property
    def narrow(self) -> OperationFilter:
        """Give the filter of its lines."""
        return OperationFilter(currency=self.asset.code, since=self.since, until=self.until)


@page(*CUSTOMERS, right="wallets:read")
def statement(request: HttpRequest, visitor: Principal, reference: str) -> Answer:
    """Show a statement, a page at a time."""
    asked, form = _asked(request, visitor, reference)
    opening, closing = _ends(asked)
    found = list_transactions(
        wallet_ids=[asked.wallet.id],
        customer_id=asked.wallet.customer_id,
        narrow=asked.narrow,
        after=request.GET.get("after"),
        limit=PER_PAGE,
    )
    query = request.GET.copy()
    query.pop("after", None)
    shown = {
        "title": tell("Statement"),
        "wallet": asked.wallet,
        "asset": asked.asset,
        "opening": opening,
        "closing": closing,
        "form": form,
        "operations": described(found.items),
        "older": older_url(request, found.next),
        "newest": f"{request.path}?{query.urlencode()}" if request.GET.get("after") else "",
        "query": query.urlencode(),
    }
    return Page("money/statement.html", shown)


@page(*CUSTOMERS, right="wallets:read")
def statement_file(
    request: HttpRequest, visitor: Principal, reference: str, form: str
) -> HttpResponse:
    """Give a statement as PDF, CSV or JSON, whole."""
    asked, _ = _asked(request, visitor, reference)
    name = f"statement-{asked.asset.code}-{_day(asked.since)}-{_day(asked.until)}"
    if form == Format.PDF:
        paper = wallet_paper(
            wallet=asked.wallet,
            asset=asked.asset,
            since=asked.since,
            until=asked.until,
            zone=_ZONE,
            now=asked.now,
        )
        return as_file(draw(paper), Format.PDF, name=name)
    if form == Format.CSV:
        lines = ([ExportLine.of(one) for one in items] for items in _pages(asked))
        response = stream_pages(lines, ExportLine)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response  # type: ignore[return-value]  # a stream is sent like any other answer
    return _json(asked, name)


def _json(asked: Asked, name: str) -> HttpResponse:
    opening, closing = _ends(asked)
    lines = [ExportLine.of(one).model_dump(mode="json") for items in _pages(asked) for one in items]
    told = {
        "wallet": asked.wallet.wire_id,
        "currency": asked.asset.code,
        "from": asked.since and asked.since.isoformat(),
        "to": asked.until.isoformat(),
        "opening": opening.to_text(),
        "closing": closing.to_text(),
        "lines": lines,
    }
    response = JsonResponse(told)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response


def _ends(asked: Asked) -> tuple[Money, Money]:
    """Give what the wallet held at both ends; from the beginning until now that needs no look back."""
    if asked.since is None and asked.until == asked.now:
        held = [one.total for one in asked.wallet.balances if one.total.asset == asked.asset]
        return Money.zero(asked.asset), sum(held, Money.zero(asked.asset))
    ends = get_wallet_statement(
        wallet_id=asked.wallet.id, asset=asked.asset, since=asked.since, until=asked.until
    )
    return ends.opening, ends.closing


def _asked(request: HttpRequest, visitor: Principal, reference: str) -> tuple[Asked, PeriodForm]:
    wallet = wallet_in_path(reference, customer_id=customer_of(visitor))
    codes = [one.total.asset.code for one in wallet.balances]
    form = PeriodForm(request.GET or None, codes=codes)
    form.is_valid()
    given: dict[str, Any] = getattr(form, "cleaned_data", {})
    now = clock.now()
    asked = Asked(
        wallet=wallet,
        asset=asset_named(given.get("currency") or (codes[0] if codes else "")),
        since=day_begins(given.get("since")),
        until=min(day_ends(given.get("until")) or now, now),
        now=now,
    )
    return asked, form


def _pages(asked: Asked) -> Iterator[Sequence[Operation]]:
    after: str | None = None
    while True:
        found = list_transactions(
            wallet_ids=[asked.wallet.id],
            customer_id=asked.wallet.customer_id,
            narrow=asked.narrow,
            after=after,
            limit=LIMIT_MAX,
        )
        yield found.items
        after = found.next
        if after is None:
            return


def _day(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d") if at else "beginning"
