"""How business goes: totals of each day in one currency."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from fondaco.console.asking import customer_of
from fondaco.console.charts import Chart, Draw, Series, Tone
from fondaco.console.pages import Answer, Page, page
from fondaco.identity.types import ALL_RIGHTS
from fondaco.kit import clock
from fondaco.kit.access import Principal, Role
from fondaco.money import Asset, Money
from fondaco.reports.charges import ChargeFilter, DayOfCharges, list_charges, sum_charges
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.queries.accounts import list_customer_accounts
from fondaco.wallets.queries.assets import get_asset

DAYS: Final = 30
DAYS_MAX: Final = 366
RECENT: Final = 6


class PeriodForm(forms.Form):
    """Take a time and a currency."""

    since = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("Until"), widget=forms.DateInput(attrs={"type": "date"})
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))

    def __init__(self, given: Any, assets: Sequence[Asset], today: date) -> None:
        """Offer currencies; what is not given is the last month in the first one."""
        usual = {
            "since": (today - timedelta(days=DAYS - 1)).isoformat(),
            "until": today.isoformat(),
            "currency": assets[0].code,
        }
        super().__init__(usual | {name: given[name] for name in usual if given.get(name)})
        codes = [one.code for one in assets]
        self.fields["currency"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        """See that the days make a time that is not too long.

        :raises ValidationError: they do not
        """
        given: dict[str, Any] = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", gettext("Choose a day that is not before the first."))
        elif since and until and (until - since).days >= DAYS_MAX:
            self.add_error("since", gettext("Choose a year at most."))
        return given


@page(Role.COMPANY, right="wallets:read")
def overview(request: HttpRequest, visitor: Principal) -> Answer:
    """Show what was charged and given back, by day."""
    customer_id = customer_of(visitor)
    zone = timezone.get_current_timezone()
    today = clock.now().astimezone(zone).date()
    places = list_customer_accounts(customer_id=customer_id)
    assets = _assets(sorted({place.currency for place in places.values()}))
    form = PeriodForm(request.GET, assets, today)
    shown: dict[str, Any] = {
        "title": gettext("Business"),
        "form": form,
        "may_make_keys": visitor.can(ALL_RIGHTS),
    }
    if form.is_valid():
        given = form.cleaned_data
        asset = next(one for one in assets if one.code == given["currency"])
        days = sum_charges(
            places=places,
            asset=asset,
            since_on=given["since"],
            until_on=given["until"],
            time_zone=zone,
        )
        shown |= {
            "totals": total_of(days, asset),
            "chart": chart_of(days, asset),
        }
    recent = list_charges(
        customer_id=customer_id, narrow=ChargeFilter(), places=places, limit=RECENT
    )
    return Page("merchant/overview.html", {**shown, "charges": recent.items})


def total_of(days: Sequence[DayOfCharges], asset: Asset) -> DayOfCharges:
    """Sum all days."""
    return DayOfCharges(
        on=days[-1].on,
        charged=Money(sum(one.charged.minor for one in days), asset),
        refunded=Money(sum(one.refunded.minor for one in days), asset),
        fees=Money(sum(one.fees.minor for one in days), asset),
        count=sum(one.count for one in days),
    )


def chart_of(days: Sequence[DayOfCharges], asset: Asset) -> Chart:
    """Draw charges above the line, refunds below it, and what is left."""
    return Chart(
        name="days",
        title=gettext("Each day"),
        across=gettext("Day"),
        places=[one.on for one in days],
        unit=asset.code,
        series=[
            Series(
                label=gettext("Charges"),
                values=[one.charged for one in days],
                draw=Draw.BARS,
                tone=Tone.ACCENT,
            ),
            Series(
                label=gettext("Refunds"),
                values=[one.refunded for one in days],
                draw=Draw.BARS,
                tone=Tone.BAD,
                is_below=True,
            ),
            Series(
                label=gettext("Net"),
                values=[one.net for one in days],
                draw=Draw.LINE,
                tone=Tone.GOOD,
            ),
        ],
    )


def _assets(codes: Sequence[str]) -> Sequence[Asset]:
    """Put the currency of the house first, where it is held; give it alone where nothing is."""
    usual = default_asset()
    return [usual, *(get_asset(code=code) for code in codes if code != usual.code)]
