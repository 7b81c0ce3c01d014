"""Pairs: how they get their prices, stopping them, and what a formula would give."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk.acting import Act, Acted, Outcome, act_on, listing, shown
from fondaco.console.desk.fields import WhyForm, amount, choices, number, switch, text
from fondaco.console.desk.proposing import propose
from fondaco.console.desk.showing import (
    Board,
    Fact,
    Shown,
    Table,
    Way,
    badge,
    code,
    columns,
    lines,
    quiet,
    standing,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import Asked, Choice, Column, OperatorList, held_rows
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, words
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.errors import DomainError
from fondaco.market import actions, queries, signed
from fondaco.market.queries.previews import Preview, preview
from fondaco.market.rows import price_text
from fondaco.market.states import PriceMode
from fondaco.market.types import Guards, MarketPair, PairTerms, Rate
from fondaco.operators.rights import Right
from fondaco.signing import queries as signing

_BPS_MAX: Final = 10_000
_DAY_S: Final = 86_400


class TermsForm(Asking):
    """Take how a pair gets its price."""

    mode = forms.ChoiceField(label=gettext_lazy("Price from"), choices=choices(PriceMode))
    static_price = amount(
        gettext_lazy("Fixed price"), help_text=gettext_lazy("Quote currency for one of the base.")
    )
    formula = text(
        gettext_lazy("Formula"),
        longest=500,
        required=False,
        help_text=gettext_lazy("Try it first: the preview shows every step."),
    )
    sources = text(
        gettext_lazy("Sources"),
        longest=220,
        required=False,
        help_text=gettext_lazy("Their names with commas between; the median counts."),
    )
    symbol = text(
        gettext_lazy("Symbol at the sources"),
        longest=41,
        required=False,
        help_text=gettext_lazy("Empty: BASE/QUOTE."),
    )
    markup_bps = number(
        gettext_lazy("Markup in hundredths of a per cent"), low=-_BPS_MAX, high=_BPS_MAX
    )
    deviation_bps_max = number(
        gettext_lazy("Bound: two sources apart at most"), low=1, high=_BPS_MAX * 10
    )
    jump_bps_max = number(
        gettext_lazy("Bound: from one price to the next at most"), low=1, high=_BPS_MAX * 10
    )
    quote_lifetime_s = number(gettext_lazy("A quote lasts so many seconds"), low=1, high=_DAY_S)
    is_enabled = switch(gettext_lazy("Customers may use it"))

    def to_terms(self) -> PairTerms:
        """Give the terms; bounds that are left empty are as shipped."""
        given, usual = self.cleaned_data, PairTerms(mode=PriceMode.STATIC)
        return PairTerms(
            mode=PriceMode(given["mode"]),
            static_price=given["static_price"],
            formula=given["formula"].strip(),
            sources=tuple(one.strip() for one in given["sources"].split(",") if one.strip()),
            symbol=given["symbol"].strip(),
            markup_bps=given["markup_bps"] or 0,
            guards=Guards(
                deviation_bps_max=given["deviation_bps_max"] or usual.guards.deviation_bps_max,
                jump_bps_max=given["jump_bps_max"] or usual.guards.jump_bps_max,
            ),
            quote_lifetime_s=given["quote_lifetime_s"] or usual.quote_lifetime_s,
        )


class NewPairForm(TermsForm):
    """Take two currencies that are to be traded for each other."""

    base = text(gettext_lazy("Base currency"), longest=33)
    quote = text(gettext_lazy("Quote currency"), longest=33)
    field_order = ("base", "quote")


class FormulaForm(forms.Form):
    """Take a formula, and for which pair it would be."""

    formula = text(gettext_lazy("Formula"), longest=500)
    base = text(gettext_lazy("Base currency"), longest=33)
    quote = text(gettext_lazy("Quote currency"), longest=33)


@dataclass(frozen=True, slots=True)
class PairRow:
    """Show a pair with what it costs now."""

    pair: MarketPair
    rate: Rate | None


def _read_pairs(asked: Asked) -> list[PairRow]:
    rates = {one.pair: one for one in queries.list_rates()}
    stored = [one for one in queries.list_pairs() if one.buys_base]
    rows = [PairRow(one, rates.get(one.name)) for one in stored]
    return [
        row
        for row in rows
        if asked.get("mode") in {None, row.pair.terms.mode}
        and asked.get("state") in {None, _state(row.pair, row.rate)[0]}
    ]


PAIRS: Final = OperatorList[PairRow](
    name="pairs",
    title=gettext_lazy("Pairs and prices"),
    fetch=held_rows(
        _read_pairs,
        at=lambda row: row.rate.at if row.rate else None,
        text=lambda row: row.pair.base_name,
    ),
    columns=(
        Column(
            "pair",
            gettext_lazy("Pair"),
            lambda row: row.pair.base_name.replace("_", " / "),
            link=lambda row: reverse("console:desk-pair", args=(row.pair.base_name,)),
        ),
        Column("mode", gettext_lazy("Price from"), lambda row: words(row.pair.terms.mode)),
        Column("sources", gettext_lazy("Sources"), lambda row: ", ".join(row.pair.terms.sources)),
        Column("state", gettext_lazy("State"), lambda row: standing(*_state(row.pair, row.rate))),
        Column("at", gettext_lazy("As of"), lambda row: row.rate.at if row.rate else None),
        Column(
            "price",
            gettext_lazy("Price"),
            lambda row: price_text(row.rate.base_price) if row.rate else None,
            is_number=True,
        ),
    ),
    choices=(
        Choice("mode", gettext_lazy("Price from"), choices(PriceMode)),
        Choice(
            "state",
            gettext_lazy("State"),
            [
                ("on", gettext_lazy("goes")),
                ("down", gettext_lazy("no price")),
                ("suspended", gettext_lazy("suspended")),
                ("off", gettext_lazy("off")),
            ],
        ),
    ),
    searched=gettext_lazy("Currency"),
    empty=gettext_lazy("No pair yet. Add two currencies, then the pair of them."),
)


@page(*STAFF, right=Right.MARKET_READ, methods="GET HEAD POST")
def pairs(request: HttpRequest, visitor: Principal) -> Answer:
    """List pairs with their prices and how they get them."""
    ways = [
        Way(reverse("console:desk-currencies"), _("Currencies")),
        Way(reverse("console:desk-sources"), _("Sources")),
        Way(reverse("console:desk-formula"), _("Try a formula")),
    ]
    if visitor.can(Right.MARKET_MANAGE):
        ways.append(Way(reverse("console:desk-pair-new"), _("Add a pair"), is_plain=False))
    lead = _("What customers exchange, and what it costs at this moment.")
    return listing(request, visitor, PAIRS, lead=lead, ways=ways)


@page(*STAFF, right=Right.MARKET_MANAGE, methods="GET HEAD POST")
def new_pair(request: HttpRequest, visitor: Principal) -> Answer:
    """Let two currencies be traded for each other."""

    def add(form: NewPairForm) -> Outcome:
        signed.check_alone(by=visitor.actor)
        given = form.cleaned_data
        made = actions.add_pair(
            base=given["base"].strip().upper(),
            quote=given["quote"].strip().upper(),
            terms=form.to_terms(),
            is_enabled=given["is_enabled"],
            by=visitor.actor,
        )
        return Outcome(reverse("console:desk-pair", args=(made.base_name,)), "saved")

    act = Act(
        name="add",
        title=_("The pair"),
        button=_("Add it"),
        do=add,
        right=Right.MARKET_MANAGE,
        form=NewPairForm,
        is_open=True,
        template="console/desk/_grid.html",
    )
    acted = act_on(request, visitor, [act])
    if acted.answer is not None:
        return acted.answer
    return shown(request, Board(title=_("Add a pair"), back=_back()), acted)


@page(*STAFF, right=Right.MARKET_READ, methods="GET HEAD POST")
def pair(request: HttpRequest, visitor: Principal, name: str) -> Answer:
    """Show a pair, stop it or let it go, and say or propose how it gets its price."""
    found = queries.get_pair(name=name)
    acted = act_on(request, visitor, _acts(request, visitor, found))
    if acted.answer is not None:
        return acted.answer
    board = Board(
        title=found.base_name.replace("_", " / "),
        back=_back(),
        note=found.suspended_reason if found.is_suspended else "",
        facts=_facts(found),
        tables=_sides(found),
    )
    return shown(request, board, acted)


@page(*STAFF, right=Right.MARKET_READ)
def formula(request: HttpRequest, _visitor: Principal) -> Answer:
    """Show what a formula would give now, with every step; changes nothing."""
    form = FormulaForm(request.GET or None)
    tables: list[Table] = []
    if request.GET and form.is_valid():
        given = form.cleaned_data
        try:
            ask, bid = preview(
                formula=given["formula"],
                base=given["base"].strip().upper(),
                quote=given["quote"].strip().upper(),
            )
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.detail)
        else:
            tables = [_steps("ask", _("The house sells at"), ask)]
            tables.append(_steps("bid", _("The house buys at"), bid))
    board = Board(
        title=_("Try a formula"),
        lead=_("It is computed with the prices of this moment. Nothing is changed."),
        back=_back(),
        filters=form,
        tables=tables,
    )
    status = 422 if form.is_bound and form.errors else 200
    return shown(request, board, Acted(None, [], status))


def _acts(request: HttpRequest, visitor: Principal, found: MarketPair) -> list[Act]:
    is_direct = signing.is_direct(owner=None, action=signed.PRICING, amount=None)

    def suspend(form: WhyForm) -> Outcome:
        reason = form.cleaned_data["reason"]
        actions.suspend_pair(name=found.name, reason=reason, by=visitor.actor)
        return Outcome(request.path, "suspended")

    def resume(form: WhyForm) -> Outcome:
        reason = form.cleaned_data["reason"]
        actions.resume_pair(name=found.name, reason=reason, by=visitor.actor)
        return Outcome(request.path, "resumed")

    def change(form: TermsForm) -> Outcome:
        given, terms = form.cleaned_data, form.to_terms()
        if is_direct:
            actions.change_pair(
                name=found.name,
                terms=terms,
                is_enabled=given["is_enabled"],
                version=found.version,
                by=visitor.actor,
            )
            return Outcome(request.path, "saved")
        written = signed.PricingTerms.of(
            found, terms, is_enabled=given["is_enabled"], version=found.version
        )
        return propose(visitor, kind=signed.PRICING, terms=written, back=request.path)

    stopping = Act(
        name="resume" if found.is_suspended else "suspend",
        title=_("Let it go again") if found.is_suspended else _("Stop it"),
        button=_("Resume") if found.is_suspended else _("Suspend"),
        lead=_("Its next price is taken as it is, however far it jumps.")
        if found.is_suspended
        else _("Nobody exchanges in it, in either direction, until somebody resumes it."),
        do=resume if found.is_suspended else suspend,
        right=Right.MARKET_MANAGE,
        form=WhyForm,
        tone="" if found.is_suspended else "danger",
        is_open=found.is_suspended,
    )
    changing = Act(
        name="change",
        title=_("How it gets its price"),
        button=_("Save") if is_direct else _("Propose"),
        do=change,
        right=Right.MARKET_MANAGE,
        form=TermsForm,
        initial=_initial(found),
        template="console/desk/_grid.html",
    )
    return [stopping, changing]


def _initial(found: MarketPair) -> dict[str, Any]:
    terms = found.terms
    return {
        "mode": terms.mode,
        "static_price": None if terms.static_price is None else price_text(terms.static_price),
        "formula": terms.formula,
        "sources": ", ".join(terms.sources),
        "symbol": terms.symbol,
        "markup_bps": terms.markup_bps,
        "deviation_bps_max": terms.guards.deviation_bps_max,
        "jump_bps_max": terms.guards.jump_bps_max,
        "quote_lifetime_s": terms.quote_lifetime_s,
        "is_enabled": found.is_enabled,
    }


def _state(found: MarketPair, rate: Rate | None) -> tuple[str, str]:
    if found.is_suspended:
        return "suspended", _("suspended")
    if not found.is_enabled:
        return "off", _("off")
    return ("on", _("goes")) if rate else ("down", _("no price"))


def _facts(found: MarketPair) -> list[Fact]:
    terms, rate = found.terms, _rate(found)
    state, label = _state(found, rate)
    facts = [
        Fact(_("State"), badge(state, label=label)),
        Fact(_("Price from"), words(terms.mode)),
        Fact(_("Markup"), _bps(terms.markup_bps)),
        Fact(_("Two sources apart at most"), _bps(terms.guards.deviation_bps_max)),
        Fact(_("One price to the next at most"), _bps(terms.guards.jump_bps_max)),
        Fact(_("A quote lasts"), _("%(seconds)s seconds") % {"seconds": terms.quote_lifetime_s}),
        Fact(_("Version"), str(found.version)),
    ]
    if terms.formula:
        facts.insert(2, Fact(_("Formula"), code(terms.formula)))
    if terms.sources:
        facts.insert(2, Fact(_("Sources"), ", ".join(terms.sources)))
    if found.suspended_at is not None:
        facts.insert(1, Fact(_("Stopped"), instant(found.suspended_at)))
    return facts


def _rate(found: MarketPair) -> Rate | None:
    try:
        return queries.get_rate(pair=found.name)
    except DomainError:
        return None


def _sides(found: MarketPair) -> list[Table]:
    """Show what the house sells and buys at."""
    rows: list[list[Shown]] = []
    other = f"{found.spend.code}_{found.get.code}"
    for name, label in ((found.name, _("Customers buy at")), (other, _("Customers sell at"))):
        try:
            rate = queries.get_rate(pair=name)
        except DomainError as refusal:
            rows.append([label, quiet(refusal.detail), "", "—"])
            continue
        used = lines([f"{one.source} {one.symbol}" for one in rate.sources]) or "—"
        rows.append([label, used, instant(rate.at), price_text(rate.base_price)])
    return [
        Table(
            name="prices",
            title=_("Prices now"),
            columns=columns(_("Side"), _("Made of"), _("As of"), _("Price"), amounts=(_("Price"),)),
            rows=rows,
            empty="",
        )
    ]


def _steps(name: str, title: str, side: Preview) -> Table:
    rows: list[list[Shown]] = [[code(step.text), price_text(step.value)] for step in side.steps]
    if side.value is not None:
        rows.append([_("The price"), price_text(side.value)])
    return Table(
        name=name,
        title=title,
        lead=side.error,
        columns=columns(_("Part"), _("Comes to"), amounts=(_("Comes to"),)),
        rows=rows,
        empty=side.error or _("It has no steps."),
    )


def _bps(value: int) -> str:
    return f"{Decimal(value) / 100:f} %"


def _back() -> Way:
    return Way(reverse("console:desk-pairs"), _("Pairs and prices"))
