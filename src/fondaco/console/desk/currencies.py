"""Currencies that the house knows, and the sources that its prices come from."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk.acting import Act, Outcome, act_on, listing, shown
from fondaco.console.desk.fields import choices, number, switch, text
from fondaco.console.desk.showing import (
    USES,
    Board,
    Fact,
    Way,
    as_badge,
    code,
    fits_use,
    in_use,
    on_off,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import Asked, Badge, Choice, Column, OperatorList, held_rows
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, words
from fondaco.kit import clock
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.market import actions, queries, signed
from fondaco.market.states import CurrencyKind, CurrencyUse, SourceKind
from fondaco.market.types import MarketCurrency, MarketSource, NewCurrency, SourceTerms
from fondaco.money import Asset, InvalidAsset
from fondaco.operators.rights import Right

_SCALE_MAX: Final = 18
_AGE_MAX: Final = 10_000_000
_PRICE_PARTS: Final = 3


class CurrencyForm(Asking):
    """Take what of a currency can change."""

    name = text(gettext_lazy("Name"), longest=60)
    uses = forms.MultipleChoiceField(
        label=gettext_lazy("May be used for"),
        required=False,
        choices=choices(CurrencyUse),
        widget=forms.CheckboxSelectMultiple,
    )
    is_enabled = switch(gettext_lazy("In use"))

    @property
    def chosen(self) -> frozenset[CurrencyUse]:
        """Give what it may be used for."""
        return frozenset(CurrencyUse(one) for one in self.cleaned_data["uses"])


class NewCurrencyForm(Asking):
    """Take a currency that the house is to know."""

    code = text(gettext_lazy("Code"), longest=33)
    name = text(gettext_lazy("Name"), longest=60)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=choices(CurrencyKind))
    scale = forms.IntegerField(
        label=gettext_lazy("Decimal places"),
        min_value=0,
        max_value=_SCALE_MAX,
        help_text=gettext_lazy("They can never be changed."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    network = text(gettext_lazy("Network of a token"), longest=20, required=False)
    contract = text(gettext_lazy("Contract of a token"), longest=100, required=False)
    uses = forms.MultipleChoiceField(
        label=gettext_lazy("May be used for"),
        required=False,
        choices=choices(CurrencyUse),
        widget=forms.CheckboxSelectMultiple,
    )

    def to_new(self) -> NewCurrency:
        """Give what is asked.

        :raises InvalidField: the code is none
        """
        given = self.cleaned_data
        try:
            asset = Asset(given["code"].strip().upper(), given["scale"])
        except InvalidAsset as wrong:
            raise InvalidField(f"{str(wrong).capitalize()}.", field="code") from None
        return NewCurrency(
            asset=asset,
            name=given["name"],
            kind=CurrencyKind(given["kind"]),
            network=given["network"].strip(),
            contract=given["contract"].strip(),
            uses=frozenset(CurrencyUse(one) for one in given["uses"]),
        )


class SourceForm(Asking):
    """Take how a source is asked."""

    label = text(gettext_lazy("Name for people"), longest=60, required=False)
    base_url = text(
        gettext_lazy("Address"),
        longest=200,
        required=False,
        help_text=gettext_lazy("Empty: the venue's own."),
    )
    max_age_s = number(gettext_lazy("Prices count for so many seconds"), low=1, high=_AGE_MAX)
    is_enabled = switch(gettext_lazy("In use"))

    def to_terms(self) -> SourceTerms:
        """Give the terms."""
        given = self.cleaned_data
        return SourceTerms(
            label=given["label"],
            base_url=given["base_url"].strip(),
            max_age_s=given["max_age_s"] or 10,
            is_enabled=given["is_enabled"],
        )


class NewSourceForm(SourceForm):
    """Take a source under a name of its own."""

    code = forms.RegexField(
        label=gettext_lazy("Name in formulas"),
        regex=r"^[a-z][a-z0-9_]{1,19}$",
        help_text=gettext_lazy("Small letters, digits and underscores."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=choices(SourceKind))
    field_order = ("code", "kind")


class PricesForm(Asking):
    """Take all prices of a manual source."""

    prices = forms.CharField(
        label=gettext_lazy("Prices"),
        max_length=20_000,
        help_text=gettext_lazy("One line each: symbol, bid and ask, such as EUR/UAH 41.20 41.60."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def to_prices(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Give bid and ask by symbol.

        :raises InvalidField: a line is none
        """
        found = {}
        for line in self.cleaned_data["prices"].splitlines():
            parts = line.split()
            if not parts:
                continue
            bid, ask = (_price(part) for part in (*parts[1:], "", "")[:2])
            if len(parts) != _PRICE_PARTS or bid is None or ask is None:
                told = _("Write symbol, bid and ask: %(line)s") % {"line": line[:60]}
                raise InvalidField(told, field="prices")
            found[parts[0]] = (bid, ask)
        return found


def _uses(one: MarketCurrency) -> str:
    return ", ".join(words(use) for use in sorted(one.uses)) or _("nothing yet")


def _freshness(one: MarketSource) -> Badge:
    if not one.is_enabled:
        return Badge(_("off"))
    if one.at is None:
        return Badge(_("no prices"), "bad")
    age_s: Any = (clock.now() - one.at).total_seconds()
    return Badge(_("fresh"), "good") if age_s <= one.max_age_s else Badge(_("stale"), "warn")


def _is_chosen(asked: Asked, kind: str, *, is_on: bool) -> bool:
    return asked.get("kind") in {None, kind} and fits_use(asked, is_on=is_on)


CURRENCIES: Final = OperatorList[MarketCurrency](
    name="currencies",
    title=gettext_lazy("Currencies"),
    fetch=held_rows(
        lambda asked: [
            one
            for one in queries.list_currencies()
            if _is_chosen(asked, one.kind, is_on=one.is_enabled)
        ],
        text=lambda one: f"{one.code} {one.name} {one.network}",
    ),
    columns=(
        Column(
            "code",
            gettext_lazy("Code"),
            lambda one: one.code,
            link=lambda one: reverse("console:desk-currency", args=(one.code,)),
        ),
        Column("name", gettext_lazy("Name"), lambda one: one.name),
        Column(
            "kind", gettext_lazy("Kind"), lambda one: f"{words(one.kind)} {one.network}".strip()
        ),
        Column("uses", gettext_lazy("For"), _uses),
        Column("state", gettext_lazy("State"), lambda one: in_use(is_on=one.is_enabled)),
    ),
    choices=(
        Choice("kind", gettext_lazy("Kind"), choices(CurrencyKind)),
        Choice("use", gettext_lazy("State"), USES),
    ),
    searched=gettext_lazy("Code, name or network"),
    is_dated=False,
    empty=gettext_lazy("The house knows no currency. Add the first one."),
)
SOURCES: Final = OperatorList[MarketSource](
    name="price-sources",
    title=gettext_lazy("Sources of prices"),
    fetch=held_rows(
        lambda asked: [
            one
            for one in queries.list_sources()
            if _is_chosen(asked, one.kind, is_on=one.is_enabled)
        ],
        at=lambda one: one.at,
        text=lambda one: f"{one.code} {one.label}",
    ),
    columns=(
        Column(
            "name",
            gettext_lazy("Name"),
            lambda one: one.label or one.code,
            link=lambda one: reverse("console:desk-source", args=(one.code,)),
        ),
        Column("kind", gettext_lazy("Kind"), lambda one: words(one.kind)),
        Column("state", gettext_lazy("State"), _freshness),
        Column("latest", gettext_lazy("Latest prices"), lambda one: one.at),
        Column("error", gettext_lazy("Error"), lambda one: one.error),
    ),
    choices=(
        Choice("kind", gettext_lazy("Kind"), choices(SourceKind)),
        Choice("use", gettext_lazy("State"), USES),
    ),
    searched=gettext_lazy("Name"),
    empty=gettext_lazy("No source of prices yet. Add the first one."),
)


@page(*STAFF, right=Right.MARKET_READ, methods="GET HEAD POST")
def currencies(request: HttpRequest, visitor: Principal) -> Answer:
    """List currencies, and add one."""

    def add(form: NewCurrencyForm) -> Outcome:
        made = actions.add_currency(new=form.to_new(), by=visitor.actor)
        return Outcome(reverse("console:desk-currency", args=(made.code,)), "saved")

    act = Act(
        name="add",
        title=_("Add a currency"),
        button=_("Add it"),
        do=add,
        right=Right.MARKET_MANAGE,
        form=NewCurrencyForm,
        template="console/desk/_grid.html",
    )
    return listing(request, visitor, CURRENCIES, [act], back=_back())


@page(*STAFF, right=Right.MARKET_READ, methods="GET HEAD POST")
def currency(request: HttpRequest, visitor: Principal, name: str) -> Answer:
    """Show a currency, and say what it is for."""
    found = queries.get_currency(code=name)

    def change(form: CurrencyForm) -> Outcome:
        actions.change_currency(
            code=found.code,
            name=form.cleaned_data["name"],
            uses=form.chosen,
            is_enabled=form.cleaned_data["is_enabled"],
            version=found.version,
            by=visitor.actor,
        )
        return Outcome(request.path, "saved")

    act = Act(
        name="change",
        title=_("What it is for"),
        button=_("Save"),
        do=change,
        right=Right.MARKET_MANAGE,
        form=CurrencyForm,
        initial={
            "name": found.name,
            "uses": sorted(found.uses),
            "is_enabled": found.is_enabled,
        },
        is_open=True,
    )
    acted = act_on(request, visitor, [act])
    if acted.answer is not None:
        return acted.answer
    facts = [
        Fact(_("State"), on_off(is_on=found.is_enabled)),
        Fact(_("Kind"), words(found.kind)),
        Fact(_("Decimal places"), str(found.asset.scale)),
        Fact(_("For"), _uses(found)),
        Fact(_("Version"), str(found.version)),
    ]
    if found.network:
        facts.append(Fact(_("Network"), found.network))
    if found.contract:
        facts.append(Fact(_("Contract"), code(found.contract)))
    title = f"{found.name} ({found.code})"
    back = Way(reverse("console:desk-currencies"), _("Currencies"))
    return shown(request, Board(title=title, back=back, facts=facts), acted)


@page(*STAFF, right=Right.MARKET_READ, methods="GET HEAD POST")
def sources(request: HttpRequest, visitor: Principal) -> Answer:
    """List sources with how fresh they are, and add one."""

    def add(form: NewSourceForm) -> Outcome:
        given = form.cleaned_data
        made = actions.add_source(
            code=given["code"],
            kind=SourceKind(given["kind"]),
            terms=form.to_terms(),
            by=visitor.actor,
        )
        return Outcome(reverse("console:desk-source", args=(made.code,)), "saved")

    act = Act(
        name="add",
        title=_("Add a source"),
        button=_("Add it"),
        do=add,
        right=Right.MARKET_MANAGE,
        form=NewSourceForm,
        initial={"is_enabled": True, "max_age_s": 10},
        template="console/desk/_grid.html",
    )
    return listing(request, visitor, SOURCES, [act], back=_back())


@page(*STAFF, right=Right.MARKET_READ, methods="GET HEAD POST")
def source(request: HttpRequest, visitor: Principal, name: str) -> Answer:
    """Show a source, say how it is asked, and enter prices where it is a manual one."""
    found = next((one for one in queries.list_sources() if one.code == name), None)
    if found is None:
        raise NotFound
    acted = act_on(request, visitor, _source_acts(request, visitor, found))
    if acted.answer is not None:
        return acted.answer
    facts = [
        Fact(_("State"), as_badge(_freshness(found))),
        Fact(_("Kind"), words(found.kind)),
        Fact(_("Address"), found.base_url or _("the venue's own")),
        Fact(_("Prices count for"), _("%(seconds)s seconds") % {"seconds": found.max_age_s}),
        Fact(_("Latest prices"), instant(found.at) if found.at else _("none yet")),
        Fact(_("Error"), found.error or "—"),
        Fact(_("Version"), str(found.version)),
    ]
    back = Way(reverse("console:desk-sources"), _("Sources of prices"))
    board = Board(title=found.label or found.code, back=back, facts=facts)
    return shown(request, board, acted)


def _source_acts(request: HttpRequest, visitor: Principal, found: MarketSource) -> list[Act]:
    def change(form: SourceForm) -> Outcome:
        actions.change_source(
            code=found.code, terms=form.to_terms(), version=found.version, by=visitor.actor
        )
        return Outcome(request.path, "saved")

    def enter(form: PricesForm) -> Outcome:
        signed.check_alone(by=visitor.actor)
        actions.enter_prices(code=found.code, prices=form.to_prices(), by=visitor.actor)
        return Outcome(request.path, "saved")

    acts = [
        Act(
            name="change",
            title=_("How it is asked"),
            button=_("Save"),
            do=change,
            right=Right.MARKET_MANAGE,
            form=SourceForm,
            initial={
                "label": found.label,
                "base_url": found.base_url,
                "max_age_s": found.max_age_s,
                "is_enabled": found.is_enabled,
            },
            template="console/desk/_grid.html",
        )
    ]
    if found.kind == SourceKind.MANUAL:
        enter_act = Act(
            name="enter",
            title=_("Enter prices"),
            button=_("Put these prices in place of all"),
            do=enter,
            right=Right.MARKET_MANAGE,
            form=PricesForm,
            is_open=True,
        )
        acts.insert(0, enter_act)
    return acts


def _price(text_given: str) -> Decimal | None:
    try:
        return Decimal(text_given)
    except InvalidOperation:
        return None


def _back() -> Way:
    return Way(reverse("console:desk-pairs"), _("Pairs and prices"))
