"""What can be bought and compared with, and how its price went."""

from datetime import date
from typing import Final

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from fondaco.console.charts import Chart, Draw, Series, Tone
from fondaco.console.invest.places import CUSTOMERS, SEE
from fondaco.console.pages import Answer, Page, page
from fondaco.instruments.queries.instruments import list_instruments
from fondaco.instruments.queries.prices import find_quoted, get_statistics
from fondaco.instruments.states import InstrumentKind
from fondaco.instruments.types import Statistics
from fondaco.kit import clock
from fondaco.kit.access import Principal

PER_PAGE: Final = 40
HISTORY_DAYS: Final = 365
_KINDS: Final = (
    ("", gettext_lazy("All")),
    (InstrumentKind.SHARE.value, pgettext_lazy("kind of asset", "Shares")),
    (InstrumentKind.FUND.value, gettext_lazy("Funds")),
    (InstrumentKind.CRYPTO.value, gettext_lazy("Coins")),
    (InstrumentKind.INDEX.value, gettext_lazy("Indices")),
)


class KindForm(forms.Form):
    """Choose a kind."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=_KINDS, required=False)


@page(*CUSTOMERS, right=SEE)
def assets(request: HttpRequest, _visitor: Principal) -> Answer:
    """List what there is by symbol, with the latest prices."""
    form = KindForm(request.GET or None)
    kind = form.cleaned_data["kind"] if form.is_valid() else ""
    found = list_instruments(
        kind=InstrumentKind(kind) if kind else None,
        after=request.GET.get("after"),
        limit=PER_PAGE,
    )
    quoted = find_quoted(symbols=[one.symbol for one in found.items], at=clock.now())
    query = request.GET.copy()
    if found.next:
        query["after"] = str(found.next)
    shown = {
        "title": gettext("Assets"),
        "form": form,
        "assets": [(one, quoted.get(one.symbol)) for one in found.items],
        "older": f"{request.path}?{query.urlencode()}" if found.next else "",
    }
    return Page("invest/assets.html", shown)


@page(*CUSTOMERS, right=SEE)
def asset(_request: HttpRequest, _visitor: Principal, symbol: str) -> Answer:
    """Show one asset with its price of a year."""
    told = get_statistics(symbol=symbol, days=HISTORY_DAYS, at=clock.now())
    shown = {"title": told.instrument.name, "told": told, "chart": chart_of(told)}
    return Page("invest/asset.html", shown)


def chart_of(told: Statistics) -> Chart:
    """Draw closing prices."""
    days: list[date] = [bar.day for bar in told.history]
    return Chart(
        name="price",
        title=gettext("Price"),
        across=gettext("Day"),
        places=days,
        unit=told.instrument.currency.code,
        series=[
            Series(
                label=gettext("Closing price"),
                values=[bar.close for bar in told.history],
                draw=Draw.AREA,
                tone=Tone.ACCENT,
            )
        ],
    )
