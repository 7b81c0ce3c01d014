"""Shows rows of the tables as the frozen types that cross the border."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from fondaco.market import models
from fondaco.market.states import CurrencyKind, CurrencyUse, PriceMode, SourceKind
from fondaco.market.types import (
    Guards,
    MarketCurrency,
    MarketPair,
    MarketSource,
    PairTerms,
    Quote,
    QuoteId,
    Used,
)
from fondaco.money import Asset, Money


def show_currency(row: models.Currency) -> MarketCurrency:
    """Show a currency."""
    return MarketCurrency(
        code=row.code,
        name=row.name,
        kind=CurrencyKind(row.kind),
        network=row.network,
        contract=row.contract,
        asset=Asset(row.code, row.scale),
        uses=frozenset(CurrencyUse(one) for one in row.uses),
        is_enabled=row.is_enabled,
        version=row.version,
    )


def show_source(row: models.Source, reading: models.Reading | None = None) -> MarketSource:
    """Show a source, with how fresh it is."""
    return MarketSource(
        code=row.code,
        kind=SourceKind(row.kind),
        label=row.label,
        base_url=row.base_url,
        is_enabled=row.is_enabled,
        max_age_s=row.max_age_s,
        version=row.version,
        at=reading.at if reading else None,
        error=reading.error if reading else "",
    )


def show_terms(row: models.Pair) -> PairTerms:
    """Show how a pair gets its price."""
    return PairTerms(
        mode=PriceMode(row.mode),
        static_price=None if row.static_price is None else plain(row.static_price),
        formula=row.formula,
        sources=tuple(row.sources),
        symbol=row.symbol,
        markup_bps=row.markup_bps,
        guards=Guards(
            deviation_bps_max=row.deviation_bps_max,
            jump_bps_max=row.jump_bps_max,
        ),
        quote_lifetime_s=row.quote_lifetime_s,
    )


def show_pair(row: models.Pair) -> MarketPair:
    """Show a pair in the direction in which it is stored; the row comes with both currencies."""
    base, quote = row.base, row.quote
    return MarketPair(
        name=row.name,
        get=Asset(base.code, base.scale),
        spend=Asset(quote.code, quote.scale),
        base=Asset(base.code, base.scale),
        quote=Asset(quote.code, quote.scale),
        terms=show_terms(row),
        is_enabled=row.is_enabled and base.is_enabled and quote.is_enabled,
        suspended_reason=row.suspended_reason,
        suspended_at=row.suspended_at,
        version=row.version,
    )


def turned(pair: MarketPair) -> MarketPair:
    """Show the other direction."""
    return replace(pair, name=f"{pair.spend.code}_{pair.get.code}", get=pair.spend, spend=pair.get)


def show_quote(row: models.Quote) -> Quote:
    """Show a quote."""
    spend = Asset.parse(row.spend_asset)
    net, fee = Money(int(row.net_minor), spend), Money(int(row.fee_minor), spend)
    return Quote(
        id=QuoteId(row.id),
        customer_id=row.customer_id,
        pair=row.pair,
        to_get=Money(int(row.get_minor), Asset.parse(row.get_asset)),
        to_spend=net + fee,
        net=net,
        fee=fee,
        price=plain(row.price),
        base_price=plain(row.base_price),
        sources=tuple(_used(one) for one in row.sources),
        made_at=row.made_at,
        expires_at=row.expires_at,
        taken_at=row.taken_at,
    )


def write_used(used: Used) -> dict[str, str]:
    """Write what a price was made of as JSON."""
    return {
        "source": used.source,
        "symbol": used.symbol,
        "price": format(used.price, "f"),
        "at": used.at.isoformat(),
    }


def plain(price: Decimal) -> Decimal:
    """Give a price without the zeros that the column adds, and without an exponent."""
    short = price.normalize()
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else short


def price_text(price: Decimal) -> str:
    """Write a price as plain digits, without needless zeros."""
    return f"{plain(price):f}"


def _used(told: dict[str, str]) -> Used:
    return Used(
        told["source"], told["symbol"], Decimal(told["price"]), datetime.fromisoformat(told["at"])
    )
