"""The market of a demo tenant: coins at the sandbox's venues, currencies at the central bank's rates.

``ABAN`` costs 20.00 dollars whatever happens. Where no sandbox runs, the house sells ABAN of its own, and
nothing is bought at venues. The rates are those that a package carries, told as today's.
"""

import base64
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Final

from fondaco.connections import actions as connections
from fondaco.connections.queries import list_active
from fondaco.connections.states import Environment, Family
from fondaco.exchange.actions.desks import DeskTerms, set_desk
from fondaco.exchange.queries import desks
from fondaco.exchange.states import Cover
from fondaco.identity.demo import check_play_money
from fondaco.instruments.demo_data import DemoDataMissing, packaged_rates
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.options import options
from fondaco.market import actions as market
from fondaco.market.errors import CurrencyDiffers, PairExists, SourceExists
from fondaco.market.states import CurrencyKind, CurrencyUse, PriceMode, SourceKind
from fondaco.market.types import NewCurrency, PairTerms, SourceTerms
from fondaco.money import Asset
from fondaco.vendors.ecb import latest_rates

ABAN: Final = Asset("ABAN", 8)
ABAN_PAIR: Final = "ABAN_USD"
ABAN_PRICE: Final = Decimal("20.00")
ECB: Final = "ecb"
SECRETS: Final[Mapping[str, str]] = {
    "binance": "sandbox-secret-of-binance",
    "kraken": base64.b64encode(b"sandbox-secret-of-kraken").decode(),
    "htx": "sandbox-secret-of-htx",
}
"""The sandbox's venues, the one with priority first; what opens them is published on purpose."""

_PACKAGED_AGE_S: Final = 400 * 86_400
"""Nobody brings the demo a newer file, so what the package carries is used as long as a source may be."""
_VENUE_AGE_S: Final = 10
_SOLD_AT_VENUES: Final = ("BTC", "ETH")
_HRYVNIA: Final = Decimal("41.50")
"""Dollars are sold at this price for hryvnias: the bank does not tell one."""


def seed_market(*, by: Actor) -> None:
    """Let the demo's currencies be priced, bought and exchanged; completes what is missing.

    :raises DemoRefused: the tenant is a live one
    """
    check_play_money()
    _add_aban(by)
    _add_reference_rates(by)
    _add_pair("USD", "UAH", PairTerms(mode=PriceMode.STATIC, static_price=_HRYVNIA), by)
    has_sandbox = options().environment == "development"
    if has_sandbox:
        _add_venues(by)
    if all(row.pair != ABAN_PAIR for row in desks.list_desks()):
        cover = Cover.IMMEDIATE if has_sandbox else Cover.OFF
        set_desk(pair=ABAN_PAIR, terms=DeskTerms(cover=cover), by=by)


def _add_aban(by: Actor) -> None:
    uses = frozenset(CurrencyUse) - {CurrencyUse.INVOICE}
    new = NewCurrency(asset=ABAN, name="Aban", kind=CurrencyKind.CRYPTO, uses=uses)
    with suppress(CurrencyDiffers):  # it is there since the last time
        market.add_currency(new=new, by=by)
    _add_pair(ABAN.code, "USD", PairTerms(mode=PriceMode.STATIC, static_price=ABAN_PRICE), by)


def _add_reference_rates(by: Actor) -> None:
    try:
        _, rates = latest_rates(packaged_rates())
    except DemoDataMissing:
        return
    _add_source(
        ECB, SourceKind.ECB, SourceTerms(max_age_s=_PACKAGED_AGE_S, label="ECB, packaged"), by
    )
    market.take_reference_rates(code=ECB, rates=rates, at=clock.now(), by=by)
    told = PairTerms(mode=PriceMode.SOURCES, sources=(ECB,))
    for code in ("USD", "RUB"):
        if code in rates:
            _add_pair("EUR", code, told, by)


def _add_venues(by: Actor) -> None:
    chosen = options()
    sandbox = chosen.sandbox_url or f"http://127.0.0.1:{chosen.sandbox_port}"
    opened = {one.kind for one in list_active(family=Family.EXCHANGE)}
    for number, (kind, secret) in enumerate(SECRETS.items()):
        url = f"{sandbox}/{kind}"
        terms = SourceTerms(max_age_s=_VENUE_AGE_S, label="sandbox", base_url=url)
        _add_source(kind, SourceKind(kind), terms, by)
        if kind not in opened:
            connections.seed(
                family=Family.EXCHANGE,
                kind=kind,
                label=kind,
                environment=Environment.SANDBOX,
                credentials={"key": "sandbox-key", "secret": secret},
                settings={"base_url": url},
                priority=10 * (number + 1),
                by=by,
            )
    for coin in _SOLD_AT_VENUES:
        for quote in ("USD", "EUR"):
            sources = ("kraken",)  # the only one of the three where these are traded
            _add_pair(coin, quote, PairTerms(mode=PriceMode.SOURCES, sources=sources), by)
        _add_pair(coin, "USDT", PairTerms(mode=PriceMode.SOURCES, sources=tuple(SECRETS)), by)
        in_hryvnias = f'rate("{coin}_USD") * rate("USD_UAH")'
        _add_pair(coin, "UAH", PairTerms(mode=PriceMode.FORMULA, formula=in_hryvnias), by)


def _add_source(code: str, kind: SourceKind, terms: SourceTerms, by: Actor) -> None:
    with suppress(SourceExists):  # an operator may have changed it since
        market.add_source(code=code, kind=kind, terms=terms, by=by)


def _add_pair(base: str, quote: str, terms: PairTerms, by: Actor) -> None:
    with suppress(PairExists):  # an operator may have changed it since
        market.add_pair(base=base, quote=quote, terms=terms, by=by)
