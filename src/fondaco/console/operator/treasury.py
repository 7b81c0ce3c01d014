"""What the exchange's desk did and holds: orders at venues, positions, and what the house gained."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as said, gettext_lazy as _

from fondaco.console.desk.acting import listing
from fondaco.console.desk.showing import Way
from fondaco.console.lists import (
    Asked,
    Choice,
    Column,
    OperatorList,
    Total,
    held_rows,
    page_by_cursor,
    totals_by_reading,
)
from fondaco.console.lists.described import read_all
from fondaco.console.operator.entrance import staff_page
from fondaco.console.operator.naming import batch_url
from fondaco.console.operator.tones import badge_of
from fondaco.console.pages import Answer
from fondaco.console.templatetags.console import plain, words
from fondaco.exchange.queries import covers, positions
from fondaco.exchange.states import CoverState
from fondaco.exchange.types import Covering, Gain
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.paging import Page as Rows
from fondaco.money import Asset, Money
from fondaco.operators.rights import Right

_USUAL: Final = timedelta(days=29)
"""Gains are those of the last thirty days, unless days are asked for."""


def _fetch(asked: Asked, after: str | None, limit: int) -> Rows[Covering]:
    state = asked.get("state")
    return covers.list_coverings(
        state=CoverState(state) if state else None,
        period=(asked.since, asked.until),
        after=page_by_cursor(after),
        limit=limit,
    )


COVERINGS: Final = OperatorList[Covering](
    name="covering-orders",
    title=_("Orders at venues"),
    fetch=_fetch,
    columns=(
        Column("made", _("Made"), lambda one: one.created_at),
        Column(
            "symbol", _("Pair"), lambda one: one.symbol, link=lambda one: batch_url(one.batch_id)
        ),
        Column("venue", _("Venue"), lambda one: one.venue),
        Column("side", _("Side"), lambda one: said(words(one.side))),
        Column("amount", _("Quantity"), lambda one: plain(one.amount), is_number=True),
        Column("price", _("Price"), lambda one: plain(one.price), is_number=True),
        Column("looks", _("Looked up"), lambda one: str(one.looks), is_number=True),
        Column("state", _("State"), lambda one: badge_of(one.state)),
        Column("ended", _("Ended"), lambda one: one.ended_at),
    ),
    choices=(Choice("state", _("State"), [(one.value, words(one.value)) for one in CoverState]),),
    empty=_("The house has ordered nothing at a venue yet. It does when a batch is closed."),
)
_POSITIONS: Final = held_rows(
    lambda _asked: positions.list_positions(), text=lambda one: one.asset.code
)
POSITIONS: Final = OperatorList[Money](
    name="positions",
    title=_("Positions"),
    fetch=_POSITIONS,
    columns=(
        Column("currency", _("Currency"), lambda one: one.asset.code),
        Column("amount", _("The house holds"), lambda one: one, is_money=True),
    ),
    totals=totals_by_reading(_POSITIONS, lambda one: one, _("The house holds")),
    searched=_("Currency"),
    is_dated=False,
    empty=_("The house holds no position: nothing was bought back or covered yet."),
)


def _read_gains(asked: Asked) -> Sequence[Gain]:
    last = (asked.until - timedelta(days=1)).date() if asked.until else clock.today()
    first = asked.since.date() if asked.since else max(last, date.min + _USUAL) - _USUAL
    return covers.list_gains(since=first.isoformat(), until=last.isoformat())


def _gained(asked: Asked) -> Sequence[Total]:
    found: dict[Asset, tuple[int, Money, Money]] = {}
    for one in read_all(GAINS.fetch, asked):
        zero = Money.zero(one.profit.asset)
        count, profit, fees = found.get(one.profit.asset, (0, zero, zero))
        found[one.profit.asset] = (count + 1, profit + one.profit, fees + one.fees)
    ordered = sorted(found.values(), key=lambda one: one[1].asset.code)
    return [
        Total(count, [(_("Gained"), profit), (_("Venues' fees"), fees)])
        for count, profit, fees in ordered
    ]


GAINS: Final = OperatorList[Gain](
    name="gains",
    title=_("Gains of covering"),
    fetch=held_rows(_read_gains, text=lambda one: one.profit.asset.code),
    totals=_gained,
    columns=(
        Column("day", _("Day (UTC)"), lambda one: one.day),
        Column("orders", _("Orders"), lambda one: str(one.orders), is_number=True),
        Column("unknown", _("Not valued"), lambda one: str(one.unknown), is_number=True),
        Column("fees", _("Venues' fees"), lambda one: one.fees, is_money=True),
        Column("amount", _("Gained"), lambda one: one.profit, is_money=True),
    ),
    searched=_("Currency"),
    empty=_("Nothing was covered in these days. Without days, the last thirty are shown."),
)


@staff_page(right=Right.EXCHANGE_READ, methods="GET HEAD POST")
def coverings(request: HttpRequest, visitor: Principal) -> Answer:
    """List the house's orders at venues, newest first."""
    lead = said(
        "Each covers a batch of customers' orders. What is unclear is looked up at the venue."
    )
    return listing(request, visitor, COVERINGS, lead=lead, back=_back())


@staff_page(right=Right.EXCHANGE_READ, methods="GET HEAD POST")
def holdings(request: HttpRequest, visitor: Principal) -> Answer:
    """List what the house holds for itself of each currency."""
    lead = said("What the house bought back or covered too much of, and has not sold yet.")
    return listing(request, visitor, POSITIONS, lead=lead, back=_back())


@staff_page(right=Right.EXCHANGE_READ, methods="GET HEAD POST")
def gains(request: HttpRequest, visitor: Principal) -> Answer:
    """List what the house gained by covering, day by day."""
    lead = said(
        "Between what customers paid and what the venues took; the last thirty days, unless told."
    )
    return listing(request, visitor, GAINS, lead=lead, back=_back())


def _back() -> Way:
    return Way(reverse("console:operator-batches"), said("Batches"))
