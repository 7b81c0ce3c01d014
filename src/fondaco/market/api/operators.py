"""``/operator/market``: what operators set up: currencies, sources, pairs, formulas."""

from typing import Final

from django.http import HttpRequest

from fondaco.kit.access import Actor, require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Currency
from fondaco.kit.errors import SignatureRequired
from fondaco.ledger.actions import AssetDiffers
from fondaco.market import actions, queries, signed
from fondaco.market.api.settings import (
    Code,
    CurrencyChangeIn,
    FormulaIn,
    FormulaPreviewOut,
    FormulaSideOut,
    NewCurrencyIn,
    NewPairIn,
    NewSourceIn,
    PairChangeIn,
    PairSettingsListOut,
    PairSettingsOut,
    PricesIn,
    SourceChangeIn,
    SourceOut,
    SourcesOut,
    StopIn,
)
from fondaco.market.api.shapes import MarketCurrencyOut, PairName
from fondaco.market.errors import (
    CurrencyDiffers,
    FormulaRefused,
    PairExists,
    PairNotFound,
    SourceExists,
)
from fondaco.market.queries.previews import preview
from fondaco.market.versions import Outdated
from fondaco.operators.rights import Right
from fondaco.signing import actions as signing
from fondaco.signing.errors import EffectRefused, NoBand, RequestOpen, SignersMissing
from fondaco.signing.shapes import SignRequestOut, person_of

router = Router(auth=staff, tags=["market"])

PROPOSING: Final = (NoBand, SignersMissing, RequestOpen, EffectRefused)
TERMS: Final = (FormulaRefused, PairNotFound)


@router.get("/sources")
def list_sources(request: HttpRequest) -> SourcesOut:
    """List sources with how fresh they are."""
    _reader(request)
    return SourcesOut(items=[SourceOut.of(one) for one in queries.list_sources()])


@router.get("/pairs")
def list_pair_settings(request: HttpRequest) -> PairSettingsListOut:
    """List pairs with how they get their prices."""
    _reader(request)
    stored = [one for one in queries.list_pairs() if one.buys_base]
    return PairSettingsListOut(items=[PairSettingsOut.of(one) for one in stored])


@router.post("/formulas/preview", errors=(FormulaRefused,))
def preview_formula(request: HttpRequest, body: FormulaIn) -> FormulaPreviewOut:
    """Show what a formula would give now, with every step; changes nothing."""
    _reader(request)
    ask, bid = preview(formula=body.formula, base=body.base, quote=body.quote)
    return FormulaPreviewOut(ask=FormulaSideOut.of(ask), bid=FormulaSideOut.of(bid))


@router.post("/currencies", status=201, errors=(CurrencyDiffers, AssetDiffers))
def add_currency(request: HttpRequest, body: NewCurrencyIn) -> MarketCurrencyOut:
    """Let the house know a currency."""
    return MarketCurrencyOut.of(actions.add_currency(new=body.to_new(), by=_manager(request)))


@router.put("/currencies/{code}", errors=(Outdated,))
def change_currency(
    request: HttpRequest, code: Currency, body: CurrencyChangeIn
) -> MarketCurrencyOut:
    """Say what a currency is called and what it is for."""
    changed = actions.change_currency(
        code=code,
        name=body.name,
        uses=body.uses,
        is_enabled=body.is_enabled,
        version=body.version,
        by=_manager(request),
    )
    return MarketCurrencyOut.of(changed)


@router.post("/sources", status=201, errors=(SourceExists,))
def add_source(request: HttpRequest, body: NewSourceIn) -> SourceOut:
    """Let pairs and formulas use a source."""
    by = _manager(request)
    return SourceOut.of(
        actions.add_source(code=body.code, kind=body.kind, terms=body.to_terms(), by=by)
    )


@router.put("/sources/{code}", errors=(Outdated,))
def change_source(request: HttpRequest, code: Code, body: SourceChangeIn) -> SourceOut:
    """Say how a source is asked."""
    by = _manager(request)
    return SourceOut.of(
        actions.change_source(code=code, terms=body.to_terms(), version=body.version, by=by)
    )


@router.put("/sources/{code}/prices", errors=(SignatureRequired,))
def enter_prices(request: HttpRequest, code: Code, body: PricesIn) -> SourceOut:
    """Put prices in place of all that a manual source had."""
    by = _manager(request)
    signed.check_alone(by=by)
    prices = {symbol: (one.bid, one.ask) for symbol, one in body.prices.items()}
    return SourceOut.of(actions.enter_prices(code=code, prices=prices, by=by))


@router.post("/pairs", status=201, errors=(*TERMS, PairExists, SignatureRequired))
def add_pair(request: HttpRequest, body: NewPairIn) -> PairSettingsOut:
    """Let two currencies be traded for each other, in both directions."""
    by = _manager(request)
    signed.check_alone(by=by)
    made = actions.add_pair(
        base=body.base,
        quote=body.quote,
        terms=body.to_terms(),
        is_enabled=body.is_enabled,
        by=by,
    )
    return PairSettingsOut.of(made)


@router.put("/pairs/{name}", errors=(*TERMS, Outdated, SignatureRequired))
def change_pair(request: HttpRequest, name: PairName, body: PairChangeIn) -> PairSettingsOut:
    """Say how a pair gets its price from now on."""
    by = _manager(request)
    signed.check_alone(by=by)
    changed = actions.change_pair(
        name=name,
        terms=body.to_terms(),
        is_enabled=body.is_enabled,
        version=body.version,
        by=by,
    )
    return PairSettingsOut.of(changed)


@router.post("/pairs/{name}/proposals", status=201, errors=(*TERMS, *PROPOSING))
@idempotent("market.propose_pair")
def propose_pair(request: HttpRequest, name: PairName, body: PairChangeIn) -> SignRequestOut:
    """Propose how a pair gets its price; it holds with the last signature that the house's policy wants."""
    who = require(principal(request), Right.MARKET_MANAGE)
    terms = signed.PricingTerms.of(
        queries.get_pair(name=name),
        body.to_terms(),
        is_enabled=body.is_enabled,
        version=body.version,
    )
    return SignRequestOut.of(
        signing.propose(kind=signed.PRICING, terms=terms, maker=person_of(who))
    )


@router.post("/pairs/{name}/suspend", errors=(PairNotFound,))
def suspend_pair(request: HttpRequest, name: PairName, body: StopIn) -> PairSettingsOut:
    """Stop a pair in both directions."""
    by = _manager(request)
    return PairSettingsOut.of(actions.suspend_pair(name=name, reason=body.reason, by=by))


@router.post("/pairs/{name}/resume", errors=(PairNotFound,))
def resume_pair(request: HttpRequest, name: PairName, body: StopIn) -> PairSettingsOut:
    """Let a stopped pair go again; its next price is taken as it is."""
    by = _manager(request)
    return PairSettingsOut.of(actions.resume_pair(name=name, reason=body.reason, by=by))


def _reader(request: HttpRequest) -> None:
    require(principal(request), Right.MARKET_READ)


def _manager(request: HttpRequest) -> Actor:
    return require(principal(request), Right.MARKET_MANAGE).actor
