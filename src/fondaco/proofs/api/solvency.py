"""``/operator/solvency`` and ``/operator/holdings``: whether the house could pay everybody, and why not."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import AwareDatetime, Field

from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.lists import Listing, Paging, neutralised, paged, wants_csv
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Currency, MoneyOut, Strict, Text, WireId
from fondaco.proofs.actions.solvency import record_holding
from fondaco.proofs.queries import solvency as queries
from fondaco.proofs.solvency import HOLDING_PREFIX, Line, Place, Recorded, Solvency

router = Router(auth=staff, tags=["solvency"])

_READ: Final = "ledger:read"
_RECORD: Final = "holdings:record"
_COLUMNS: Final = ("currency", "section", "word", "account", "amount")


class PlaceOut(Strict):
    """Show what is held at one provider, bank or node."""

    place: str = Field(examples=["providers:kraken"])
    book: str = Field(description="What the books say now.")
    held: str = Field(description="The books, mended by the latest statement.")
    stated: str | None = Field(description="What the provider stated; null: nothing is known.")
    stated_at: datetime | None
    source: str | None

    @classmethod
    def of(cls, place: Place) -> Self:
        """Show a place."""
        said = place.statement
        return cls(
            place=place.place,
            book=place.book.to_text(),
            held=place.held.to_text(),
            stated=said.amount.to_text() if said else None,
            stated_at=said.at if said else None,
            source=said.source if said else None,
        )


class SolvencyLineOut(Strict):
    """Explain a part of the gap."""

    word: str = Field(examples=["fees_earned"])
    account: str = Field(examples=["fees:withdrawals"])
    amount: str

    @classmethod
    def of(cls, line: Line) -> Self:
        """Show a line."""
        return cls(word=line.word, account=line.account, amount=line.amount.to_text())


class SolvencyOut(Strict):
    """Set what is owed against what is held, in one currency."""

    currency: str
    liabilities: str = Field(description="What customers own; overdrawn wallets count as nothing.")
    on_hold: str = Field(description="How much of it open holds may still take out.")
    holdings: str
    gap: str = Field(description="Holdings less liabilities; the lines sum to it.")
    unexplained: str = Field(description="Zero while the books are whole.")
    is_covered: bool
    places: list[PlaceOut]
    lines: list[SolvencyLineOut]

    @classmethod
    def of(cls, one: Solvency) -> Self:
        """Show one currency."""
        return cls(
            currency=one.asset.code,
            liabilities=one.liabilities.to_text(),
            on_hold=one.on_hold.to_text(),
            holdings=one.holdings.to_text(),
            gap=one.gap.to_text(),
            unexplained=one.unexplained.to_text(),
            is_covered=one.is_covered,
            places=[PlaceOut.of(place) for place in one.places],
            lines=[SolvencyLineOut.of(line) for line in one.lines],
        )


class SolvenciesOut(Strict):
    """Show all currencies of the house, as they were at one instant."""

    items: list[SolvencyOut]


class HoldingIn(Strict):
    """Take what a provider, bank or node states."""

    place: Annotated[Text, Field(max_length=160, examples=["providers:kraken"])]
    currency: Currency
    amount: Annotated[Text, Field(max_length=61, examples=["1250.00"])]
    at: AwareDatetime = Field(description="The instant that the statement is about.")
    source: Annotated[Text, Field(min_length=1, max_length=200, examples=["statement 2026-11"])]


class HoldingOut(Strict):
    """Show a statement."""

    id: Annotated[UUID, WireId(HOLDING_PREFIX)]
    place: str
    amount: MoneyOut
    at: datetime
    source: str
    recorded_by: str
    recorded_at: datetime

    @classmethod
    def of(cls, one: Recorded) -> Self:
        """Show a statement."""
        return cls(
            id=one.id,
            place=one.place,
            amount=MoneyOut.of(one.amount),
            at=one.at,
            source=one.source,
            recorded_by=one.recorded_by,
            recorded_at=one.recorded_at,
        )


@router.get("/solvency")
def show_solvency(request: HttpRequest) -> SolvenciesOut | HttpResponse:
    """Set what is owed to customers against what is held, now; as ``text/csv`` one row for each line."""
    require(principal(request), _READ)
    found = queries.read_solvency()
    if wants_csv(request):
        return _as_csv(found)
    return SolvenciesOut(items=[SolvencyOut.of(one) for one in found])


@router.get("/holdings")
def list_holdings(request: HttpRequest, paging: Query[Paging]) -> Listing[HoldingOut]:
    """List what providers, banks and nodes stated, the last recorded first."""
    require(principal(request), _READ)
    return paged(
        paging,
        lambda after, limit: queries.list_holdings(after=after, limit=limit),
        HoldingOut.of,
    )


@router.post("/holdings", status=201)
@idempotent("proofs.record_holding")
def post_holding(request: HttpRequest, body: HoldingIn) -> HoldingOut:
    """Record what a provider, bank or node states that it holds for the house."""
    by = require(principal(request), _RECORD).actor
    recorded = record_holding(
        place=body.place,
        currency=body.currency,
        amount=body.amount,
        at=body.at,
        source=body.source,
        by=by,
    )
    return HoldingOut.of(recorded)


def _as_csv(found: Sequence[Solvency]) -> HttpResponse:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for one in found:
        writer.writerows([neutralised(cell) for cell in row] for row in _rows(one))
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = "attachment"
    return answer


def _rows(one: Solvency) -> Iterator[tuple[str, ...]]:
    code = one.asset.code
    yield code, "liabilities", "", "wallets", one.liabilities.to_text()
    for place in one.places:
        yield code, "holdings", "", place.place, place.held.to_text()
    yield code, "gap", "", "", one.gap.to_text()
    for line in one.lines:
        yield code, "explained", line.word, line.account, line.amount.to_text()
