"""Currencies, pairs and sources of tests: each call makes new ones, since tests share a database."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from fondaco.kit.access import Actor, ActorKind
from fondaco.market import actions
from fondaco.market.states import CurrencyKind, CurrencyUse, PriceMode, SourceKind
from fondaco.market.types import (
    Guards,
    MarketPair,
    MarketSource,
    NewCurrency,
    PairTerms,
    SourceTerms,
)
from fondaco.money import Asset

USD: Final = Asset("USD", 2)
BY: Final = Actor(ActorKind.SYSTEM, "tests")


def new_currency(scale: int = 8, kind: CurrencyKind = CurrencyKind.CRYPTO) -> Asset:
    """Let the house know a coin that no other test uses."""
    asset = Asset("T" + uuid4().hex[:11].upper(), scale)
    actions.add_currency(
        new=NewCurrency(asset=asset, name="Test coin", kind=kind, uses=frozenset(CurrencyUse)),
        by=BY,
    )
    return asset


def new_pair(
    get: Asset | None = None, spend: Asset = USD, static: str = "20.00", **more: Any
) -> MarketPair:
    """Let a coin be traded at a price that stands, unless ``more`` says how else it gets its price."""
    base = get or new_currency()
    return actions.add_pair(base=base.code, quote=spend.code, terms=terms(static, **more), by=BY)


def terms(static: str = "20.00", **more: Any) -> PairTerms:
    """Give terms of a static price; a formula or sources make another mode of it."""
    guards = Guards(**{name: more.pop(name) for name in list(more) if name.endswith("_bps_max")})
    mode = PriceMode.STATIC
    if more.get("formula"):
        mode = PriceMode.FORMULA
    if more.get("sources"):
        mode = PriceMode.SOURCES
    price = Decimal(static) if mode is PriceMode.STATIC else None
    return PairTerms(mode=mode, static_price=price, guards=guards, **more)


def set_static(pair: MarketPair, price: str) -> None:
    """Give a pair another price."""
    actions.change_pair(name=pair.name, terms=terms(price), is_enabled=True, by=BY)


def new_source(
    kind: SourceKind = SourceKind.MANUAL,
    *,
    prices: Mapping[str, str | tuple[str, str]] | None = None,
    **more: Any,
) -> MarketSource:
    """Make a source, with prices of this moment where some are given (one, or bid and ask)."""
    code = "s" + uuid4().hex[:11]
    made = actions.add_source(
        code=code, kind=kind, terms=SourceTerms(**{"max_age_s": 60, **more}), by=BY
    )
    if prices:
        enter(code, prices)
    return made


def enter(code: str, prices: Mapping[str, str | tuple[str, str]]) -> None:
    """Type prices into a manual source."""
    pairs = {
        symbol: (told, told) if isinstance(told, str) else told for symbol, told in prices.items()
    }
    numbers = {symbol: (Decimal(bid), Decimal(ask)) for symbol, (bid, ask) in pairs.items()}
    actions.enter_prices(code=code, prices=numbers, by=BY)
