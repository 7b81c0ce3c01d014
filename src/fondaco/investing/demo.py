"""The assets of a demo tenant: real prices of years ago, and customers who followed advice on them.

Everything goes through the importers and actions that a house and its customers use. The first system had a
customer with five assets, one with seven, and one with none.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from fondaco.identity.demo import check_play_money
from fondaco.instruments.actions.instruments import declare_instrument, import_prices
from fondaco.instruments.demo_data import (
    BENCHMARK,
    DemoDataMissing,
    Feed,
    read_rates,
    read_shares,
)
from fondaco.instruments.queries.prices import find_quoted
from fondaco.instruments.types import DayPrice
from fondaco.investing.actions.orders import invest
from fondaco.investing.actions.portfolios import change_settings, set_advisor_ref
from fondaco.investing.queries.portfolio import get_portfolio
from fondaco.investing.queries.settings import get_settings
from fondaco.investing.types import QuoteAsk, Target
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.money import Money
from fondaco.quant.allocation import PARTS
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.queries.wallets import find_first_wallet_id

YEARS: Final = 4
"""So much of the packaged history is taken in: advice looks back on three years."""
ADVISOR_REFS: Final = {
    "johnwick": "user-0000000000000001",
    "lyraking": "user-0000000000000501",
    "alexray": "user-0000000000000999",
}
_HELD: Final[Mapping[str, tuple[str, Sequence[str]]]] = {
    "johnwick": ("120.00", ("XNAS.AAPL", "XNAS.MSFT", "XNYS.KO", "XNYS.JNJ", "XNYS.XOM")),
    "lyraking": (
        "210.00",
        (
            "BATS.USMV",
            "BATS.QUAL",
            "XNYS.PG",
            "XNAS.PEP",
            "XNYS.WMT",
            "XNYS.UNH",
            "XNYS.HD",
        ),
    ),
}
"""What they put in, spread evenly; Alex Ray holds nothing yet."""


def seed_assets(*, customers: Mapping[str, UUID], by: Actor) -> bool:
    """Take prices in and have the demo's customers invest; tells whether there are packages with prices.

    What is there is left alone; the last prices are told again as today's, so that they never grow old.

    :raises DemoRefused: the tenant is a live one
    """
    check_play_money()
    try:
        feeds = _feeds()
    except DemoDataMissing:
        return False
    for feed in feeds:
        _take_in(feed, by=by)
    for name, reference in ADVISOR_REFS.items():
        if get_settings(customer_id=customers[name]).advisor_ref != reference:
            set_advisor_ref(customer_id=customers[name], advisor_ref=reference, by=by)
    for name, (total, symbols) in _HELD.items():
        _invest(customers[name], total, symbols, by=by)
    return True


def _feeds() -> Sequence[Feed]:
    today = clock.today()
    return [read_shares(until=today, years=YEARS), read_rates(until=today, years=YEARS)]


def _take_in(feed: Feed, *, by: Actor) -> None:
    symbols = [one.asset.code for one in feed.instruments]
    known = find_quoted(symbols=symbols, at=clock.now())
    if len(known) < len(symbols):
        for instrument in feed.instruments:
            declare_instrument(ask=instrument, by=by)
        import_prices(prices=feed.prices, source=feed.source, by=by)
        return
    old = [one for one in known.values() if one.day < clock.today() - timedelta(days=1)]
    again = [DayPrice(symbol=one.symbol, day=clock.today(), close=one.close) for one in old]
    if again:
        import_prices(prices=again, source=feed.source, by=by)


def _invest(customer_id: UUID, total: str, symbols: Sequence[str], *, by: Actor) -> None:
    if get_portfolio(customer_id=customer_id, at=clock.now()).positions:
        return
    wallet_id = find_first_wallet_id(customer_id=customer_id)
    if wallet_id is None:
        raise AssertionError("every customer of the demo has a wallet by now")
    change_settings(customer_id=customer_id, benchmark=BENCHMARK, by=by)
    part = PARTS // len(symbols)
    ask = QuoteAsk(
        wallet_id=wallet_id,
        targets=[Target(symbol=symbol, parts=part) for symbol in symbols],
        total=Money.parse(total, default_asset()),
    )
    invest(customer_id=customer_id, ask=ask, by=by)
