"""What one holds, what it is worth and why, and all that happened in it."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext

from fondaco.console.asking import customer_of
from fondaco.console.charts import Chart, Draw, Series, Tone
from fondaco.console.invest.places import CUSTOMERS, SEE
from fondaco.console.pages import Answer, Page, page
from fondaco.investing.queries.activities import list_activities
from fondaco.investing.queries.performance import Performance, get_performance
from fondaco.investing.states import ActivityKind
from fondaco.investing.types import OpenLot
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.paging import Cursor

PER_PAGE: Final = 25


@page(*CUSTOMERS, right=SEE)
def portfolio(request: HttpRequest, visitor: Principal) -> Answer:
    """Show the portfolio with its value day by day, positions, lots, gains and returns."""
    found = get_performance(customer_id=customer_of(visitor), at=clock.now())
    shown: dict[str, Any] = {
        "title": gettext("Portfolio"),
        "done": request.GET.get("done", ""),
        "told": found,
    }
    if found is not None:
        shown |= {
            "sums": found.portfolio.reconciliation,
            "positions": found.portfolio.positions,
            "lots": lots_by_asset(found.portfolio.lots),
            "chart": chart_of(found),
        }
    return Page("invest/portfolio.html", shown)


@page(*CUSTOMERS, right=SEE)
def activities(request: HttpRequest, visitor: Principal) -> Answer:
    """List purchases, sales, dividends, splits and fees, newest first."""
    kind, after = request.GET.get("kind", ""), request.GET.get("after")
    found = list_activities(
        customer_id=customer_of(visitor),
        kind=ActivityKind(kind) if kind in set(ActivityKind.values) else None,
        after=Cursor.decode(after) if after else None,
        limit=PER_PAGE,
    )
    query = request.GET.copy()
    if found.next:
        query["after"] = str(found.next)
    shown = {
        "title": gettext("What happened"),
        "activities": found.items,
        "kind": kind,
        "kinds": [
            (ActivityKind.BUY.value, gettext("Purchases")),
            (ActivityKind.SELL.value, gettext("Sales")),
            (ActivityKind.DIVIDEND.value, gettext("Dividends")),
            (ActivityKind.FEE.value, gettext("Fees")),
        ],
        "older": f"{request.path}?{query.urlencode()}" if found.next else "",
    }
    return Page("invest/activities.html", shown)


def lots_by_asset(lots: Sequence[OpenLot]) -> Sequence[tuple[str, Sequence[OpenLot]]]:
    """Put the lots of one asset together."""
    ordered = sorted(lots, key=attrgetter("symbol", "bought_at"))
    return [(symbol, list(some)) for symbol, some in groupby(ordered, attrgetter("symbol"))]


def chart_of(told: Performance) -> Chart:
    """Draw what the portfolio was worth at the end of each day."""
    return Chart(
        name="value",
        title=gettext("Value"),
        across=gettext("Day"),
        places=[day for day, _ in told.series],
        unit=told.portfolio.settings.currency.code,
        series=[
            Series(
                label=gettext("Value"),
                values=[value for _, value in told.series],
                draw=Draw.AREA,
                tone=Tone.ACCENT,
            )
        ],
    )
