"""What one held, day by day, as a chart."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as tell, gettext_lazy as said

from fondaco.console.asking import customer_of
from fondaco.console.charts import Chart, Draw, Series
from fondaco.console.money.fields import CUSTOMERS, asset_named
from fondaco.console.pages import Answer, Page, page
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.reports.balances import DayOfBalance, list_daily_balances
from fondaco.wallets.queries.wallets import list_balances

_TIMES: Final = ((30, said("30 days")), (90, said("90 days")), (365, said("a year")))


class TimeForm(forms.Form):
    """Take a currency, and how far to look back."""

    currency = forms.ChoiceField(label=said("Currency"))
    days = forms.TypedChoiceField(label=said("Time"), choices=_TIMES, coerce=int)

    def __init__(self, given: Any, codes: Sequence[str]) -> None:
        """Offer what was ever held; what is not given is the first of it, for a month."""
        usual = {"currency": codes[0] if codes else "", "days": "30"}
        super().__init__(usual | {name: given[name] for name in usual if given.get(name)})
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, code) for code in codes]


@page(*CUSTOMERS, right="wallets:read")
def balances(request: HttpRequest, visitor: Principal) -> Answer:
    """Draw what all of one's wallets held of one currency at the end of each day."""
    customer_id = customer_of(visitor)
    held = list_balances(customer_id=customer_id)
    form = TimeForm(request.GET, [one.total.asset.code for one in held])
    shown: dict[str, Any] = {"title": tell("Day by day"), "form": form, "codes": held}
    if form.is_valid():
        zone = timezone.get_current_timezone()
        assert isinstance(zone, ZoneInfo)
        today = clock.now().astimezone(zone).date()
        days = list_daily_balances(
            customer_id=customer_id,
            asset=asset_named(form.cleaned_data["currency"]),
            since_on=today - timedelta(days=form.cleaned_data["days"] - 1),
            until_on=today,
            time_zone=zone,
        )
        if any(one.held.minor for one in days):
            shown |= {"chart": _chart(days), "held": days[-1].held}
    return Page("money/balances.html", shown)


def _chart(days: Sequence[DayOfBalance]) -> Chart:
    code = days[-1].held.asset.code
    return Chart(
        name="balances",
        title=tell("At the end of each day"),
        across=tell("Day"),
        places=[one.on for one in days],
        unit=code,
        series=[Series(label=code, values=[one.held for one in days], draw=Draw.AREA)],
    )
