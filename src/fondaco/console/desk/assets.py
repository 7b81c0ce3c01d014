"""Shares, funds and coins that customers hold: declaring them, their prices, dividends and splits."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk.acting import Act, Outcome, act_on, listing, shown
from fondaco.console.desk.fields import choices, long_text, number, switch, text
from fondaco.console.desk.showing import (
    Board,
    Fact,
    Way,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import Asked, Choice, Column, OperatorList
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import words
from fondaco.instruments.actions.instruments import declare_instrument, import_prices
from fondaco.instruments.prices import read_csv
from fondaco.instruments.queries.instruments import get_instrument, list_instruments
from fondaco.instruments.queries.prices import find_quoted
from fondaco.instruments.states import TRADABLE, InstrumentKind
from fondaco.instruments.types import SHARE_SCALE, Instrument, NewInstrument, Quoted, Source
from fondaco.investing.actions.corporate import Served, pay_dividend, split_shares
from fondaco.kit import clock
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.errors import InvalidField
from fondaco.kit.paging import Page as Rows
from fondaco.ledger.queries import find_asset
from fondaco.money import Asset, InvalidAsset
from fondaco.operators.rights import Right

_CSV_MAX: Final = 1_000_000
_SCALE_MAX: Final = 18
_SHARES_MAX: Final = 1_000_000
_USUAL_SCALE: Final = 2


class AssetForm(Asking):
    """Take what is to be priced."""

    symbol = text(gettext_lazy("Symbol"), longest=33)
    long_name = text(gettext_lazy("Name"), longest=200)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=choices(InstrumentKind))
    currency = text(gettext_lazy("Priced in"), longest=33)
    exchange = text(gettext_lazy("Stock exchange"), longest=80, required=False)
    timezone = text(gettext_lazy("Time zone of the exchange"), longest=64, required=False)
    scale = number(gettext_lazy("Decimal places of a share"), low=0, high=_SCALE_MAX)
    whole_only = switch(gettext_lazy("Only whole shares are traded"))
    provider = forms.ChoiceField(
        label=gettext_lazy("Price during the day from"),
        required=False,
        choices=[("", gettext_lazy("Nobody")), ("kraken", "Kraken")],
    )
    provider_symbol = text(gettext_lazy("Its symbol there"), longest=40, required=False)

    def to_ask(self) -> NewInstrument:
        """Give what is asked.

        :raises InvalidField: the symbol or the currency is none
        """
        given = self.cleaned_data
        code = given["currency"].strip().upper()
        try:
            currency = find_asset(code=code) or Asset(code, _USUAL_SCALE)
        except InvalidAsset as wrong:
            raise InvalidField(f"{str(wrong).capitalize()}.", field="currency") from None
        scale = SHARE_SCALE if given["scale"] is None else given["scale"]
        try:
            asset = Asset(given["symbol"].strip().upper(), scale)
        except InvalidAsset as wrong:
            raise InvalidField(f"{str(wrong).capitalize()}.", field="symbol") from None
        return NewInstrument(
            asset=asset,
            name=given["long_name"],
            kind=InstrumentKind(given["kind"]),
            currency=currency,
            exchange=given["exchange"],
            time_zone=given["timezone"].strip() or "UTC",
            whole_only=given["whole_only"],
            provider=given["provider"],
            provider_symbol=given["provider_symbol"].strip(),
        )


class PricesForm(Asking):
    """Take daily prices as CSV, with where they come from."""

    source = text(gettext_lazy("Source"), longest=60)
    title = text(gettext_lazy("What it is called"), longest=200)
    licence = text(gettext_lazy("Licence"), longest=300, required=False)
    csv = long_text(gettext_lazy("Prices: symbol,day,close"), longest=_CSV_MAX, rows=8)


class DividendForm(Asking):
    """Take what a company pays for each share."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    per_share = forms.DecimalField(
        label=gettext_lazy("For each share, in the share's own currency"),
        min_value=Decimal(0),
        max_digits=30,
        decimal_places=10,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )


class SplitForm(Asking):
    """Take so many new shares for so many old ones."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    new = forms.IntegerField(
        label=gettext_lazy("So many new shares"), min_value=1, max_value=_SHARES_MAX
    )
    old = forms.IntegerField(
        label=gettext_lazy("for so many old ones"), min_value=1, max_value=_SHARES_MAX
    )


@dataclass(frozen=True, slots=True)
class AssetRow:
    """Show what is priced with its latest price."""

    instrument: Instrument
    quoted: Quoted | None


def _fetch(asked: Asked, after: str | None, limit: int) -> Rows[AssetRow]:
    kind = asked.get("kind")
    found = list_instruments(
        kind=InstrumentKind(kind) if kind else None, after=after or None, limit=limit
    )
    quoted = find_quoted(symbols=[one.asset.code for one in found.items], at=clock.now())
    return Rows([AssetRow(one, quoted.get(one.asset.code)) for one in found.items], found.next)


ASSETS: Final = OperatorList[AssetRow](
    name="assets",
    title=gettext_lazy("Shares and funds"),
    fetch=_fetch,
    columns=(
        Column(
            "name",
            gettext_lazy("Name"),
            lambda row: row.instrument.name,
            link=lambda row: reverse("console:desk-asset", args=(row.instrument.asset.code,)),
        ),
        Column("symbol", gettext_lazy("Symbol"), lambda row: row.instrument.asset.code),
        Column("kind", gettext_lazy("Kind"), lambda row: words(row.instrument.kind)),
        Column("day", gettext_lazy("Day"), lambda row: row.quoted.day if row.quoted else None),
        Column(
            "price",
            gettext_lazy("Latest price"),
            lambda row: f"{row.quoted.close:f}" if row.quoted else None,
            is_number=True,
        ),
        Column("currency", gettext_lazy("Priced in"), lambda row: row.instrument.currency.code),
    ),
    choices=(Choice("kind", gettext_lazy("Kind"), choices(InstrumentKind)),),
    is_dated=False,
    empty=gettext_lazy("Nothing is priced yet. Declare something, then take its prices in."),
)


@page(*STAFF, right=Right.INVESTING_MANAGE, methods="GET HEAD POST")
def assets(request: HttpRequest, visitor: Principal) -> Answer:
    """List what the house prices, declare more, and take prices in."""
    lead = _("What customers can hold in a portfolio, and what it is worth.")
    return listing(request, visitor, ASSETS, _acts(request, visitor), lead=lead)


@page(*STAFF, right=Right.INVESTING_MANAGE, methods="GET HEAD POST")
def asset(request: HttpRequest, visitor: Principal, symbol: str) -> Answer:
    """Show one, pay its dividend and split it."""
    found = get_instrument(symbol=symbol)
    acted = act_on(request, visitor, _corporate(request, visitor, found))
    if acted.answer is not None:
        return acted.answer
    quoted: Any = find_quoted(symbols=[found.asset.code], at=clock.now()).get(found.asset.code)
    facts = [
        Fact(_("Symbol"), found.asset.code),
        Fact(_("Kind"), words(found.kind)),
        Fact(_("Priced in"), found.currency.code),
        Fact(_("Stock exchange"), found.exchange or "—"),
        Fact(_("Time zone"), found.time_zone),
        Fact(_("Decimal places of a share"), str(found.asset.scale)),
        Fact(_("Latest price"), f"{quoted.close:f}" if quoted else _("none yet")),
        Fact(_("Of"), str(quoted.day) if quoted else "—"),
    ]
    back = Way(reverse("console:desk-assets"), _("Shares and funds"))
    return shown(request, Board(title=found.name, back=back, facts=facts), acted)


def _acts(request: HttpRequest, visitor: Principal) -> list[Act]:
    def declare(form: AssetForm) -> Outcome:
        made = declare_instrument(ask=form.to_ask(), by=visitor.actor)
        return Outcome(reverse("console:desk-asset", args=(made.asset.code,)), "saved")

    def take_in(form: PricesForm) -> Outcome:
        given = form.cleaned_data
        import_prices(
            prices=list(read_csv(given["csv"].splitlines())),
            source=Source(name=given["source"], title=given["title"], licence=given["licence"]),
            by=visitor.actor,
        )
        return Outcome(request.path, "saved")

    return [
        Act(
            name="declare",
            title=_("Declare something"),
            button=_("Declare"),
            do=declare,
            right=Right.INVESTING_MANAGE,
            form=AssetForm,
            template="console/desk/_grid.html",
        ),
        Act(
            name="prices",
            title=_("Take daily prices in"),
            button=_("Take in"),
            lead=_("All or none. A price that differs from a known one corrects it from now on."),
            do=take_in,
            right=Right.INVESTING_MANAGE,
            form=PricesForm,
        ),
    ]


def _corporate(request: HttpRequest, visitor: Principal, found: Instrument) -> list[Act]:
    if found.kind not in TRADABLE:
        return []

    def pay(form: DividendForm) -> Outcome:
        given = form.cleaned_data
        served = pay_dividend(
            symbol=found.asset.code,
            day=given["day"],
            per_share=given["per_share"],
            by=visitor.actor,
        )
        return _served(request, served)

    def split(form: SplitForm) -> Outcome:
        given = form.cleaned_data
        served = split_shares(
            symbol=found.asset.code,
            day=given["day"],
            numerator=given["new"],
            denominator=given["old"],
            by=visitor.actor,
        )
        return _served(request, served)

    return [
        Act(
            name="dividend",
            title=_("Pay a dividend"),
            button=_("Pay everybody"),
            lead=_("Everybody who holds a share at this moment is paid."),
            do=pay,
            right=Right.INVESTING_MANAGE,
            form=DividendForm,
        ),
        Act(
            name="split",
            title=_("Split the shares"),
            button=_("Split"),
            lead=_("Everybody gets so many new shares for so many old ones."),
            do=split,
            right=Right.INVESTING_MANAGE,
            form=SplitForm,
        ),
    ]


def _served(request: HttpRequest, served: Served) -> Outcome:
    return Outcome(request.path, "some-left" if served.left else "paid")
