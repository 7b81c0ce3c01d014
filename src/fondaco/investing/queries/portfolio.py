"""What a customer holds, what it is worth, and why: a fixed number of queries however many lots there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from fondaco.instruments.queries.prices import find_quoted, get_rates
from fondaco.instruments.types import Instrument, Quoted
from fondaco.investing.lots import Book
from fondaco.investing.queries.activities import Place, Story, read_story
from fondaco.investing.queries.settings import get_settings
from fondaco.investing.types import OpenLot, Portfolio, PortfolioSettings, Position, Reconciliation
from fondaco.money import Asset, Money, Rounding, divide
from fondaco.quant.allocation import PARTS

ZERO: Final = 0


@dataclass(frozen=True, slots=True)
class _Worth:
    """Hold what one place's shares are worth, in minor units of the portfolio's currency."""

    value: int
    effect: int
    """What comes from rates between currencies."""


def get_portfolio(*, customer_id: UUID, at: datetime) -> Portfolio:
    """Give what a customer holds at the latest prices and the day's reference rates."""
    settings = get_settings(customer_id=customer_id)
    story = read_story(customer_id=customer_id)
    return appraise(settings=settings, story=story, at=at)


def appraise(*, settings: PortfolioSettings, story: Story, at: datetime) -> Portfolio:
    """Give what a story comes to; two queries, for prices and for rates."""
    held = {place: book for place, book in story.books.items() if book.quantity}
    instruments = {one: story.instruments[one] for one, _ in held}
    quoted = find_quoted(symbols=[one.symbol for one in instruments.values()], at=at)
    codes = {one.currency.code for one in instruments.values()}
    rates = get_rates(currencies=codes, to=settings.currency.code, at=at)
    worth = {
        place: _appraise(book, instruments[place[0]], quoted, rates, settings.currency)
        for place, book in held.items()
    }
    positions = _positions(held, instruments, quoted, worth, settings.currency)
    return Portfolio(
        settings=settings,
        positions=positions,
        lots=_lots(held, instruments, settings.currency),
        reconciliation=_reconcile(story, worth, settings.currency),
    )


def _appraise(
    book: Book,
    instrument: Instrument,
    quoted: Mapping[str, Quoted],
    rates: Mapping[str, Decimal],
    currency: Asset,
) -> _Worth:
    price, rate = quoted[instrument.symbol].close, rates[instrument.currency.code]
    shares = Money(book.quantity, instrument.asset)
    value = shares.convert(price * rate, currency, rounding=Rounding.DOWN)
    if instrument.currency == currency:
        return _Worth(value.minor, ZERO)
    local = shares.convert(price, instrument.currency, rounding=Rounding.DOWN)
    gained = Money(abs(local.minor - book.local), instrument.currency)
    from_prices = gained.convert(rate, currency, rounding=Rounding.HALF_EVEN).minor
    sign = 1 if local.minor >= book.local else -1
    return _Worth(value.minor, value.minor - book.cost - sign * from_prices)


def _positions(
    held: Mapping[Place, Book],
    instruments: Mapping[UUID, Instrument],
    quoted: Mapping[str, Quoted],
    worth: Mapping[Place, _Worth],
    currency: Asset,
) -> Sequence[Position]:
    whole = sum(one.value for one in worth.values())
    found = [
        Position(
            instrument=instruments[place[0]],
            outside=place[1],
            shares=Money(book.quantity, instruments[place[0]].asset),
            cost=Money(book.cost, currency),
            value=Money(worth[place].value, currency),
            quoted=quoted[instruments[place[0]].symbol],
            parts=divide(worth[place].value * PARTS, whole, rounding=Rounding.HALF_EVEN)
            if whole
            else 0,
        )
        for place, book in held.items()
    ]
    return sorted(found, key=lambda one: (-one.value.minor, one.instrument.symbol, one.outside))


def _lots(
    held: Mapping[Place, Book], instruments: Mapping[UUID, Instrument], currency: Asset
) -> Sequence[OpenLot]:
    return [
        OpenLot(
            id=lot.id,
            symbol=instruments[instrument_id].symbol,
            outside=outside,
            shares=Money(lot.quantity, instruments[instrument_id].asset),
            cost=Money(lot.cost, currency),
            bought_at=lot.at,
        )
        for (instrument_id, outside), book in held.items()
        for lot in book.lots
    ]


def _reconcile(story: Story, worth: Mapping[Place, _Worth], currency: Asset) -> Reconciliation:
    books, fees = story.books.values(), story.fees
    bought, sold = sum(one.bought for one in books), sum(one.sold for one in books)
    income = sum(one.income for one in books)
    value = sum(one.value for one in worth.values())
    return Reconciliation(
        paid_in=Money(bought + fees, currency),
        paid_out=Money(sold + income, currency),
        realised=Money(sum(one.realised for one in books), currency),
        unrealised=Money(value - sum(one.cost for one in books), currency),
        currency_effect=Money(sum(one.effect for one in worth.values()), currency),
        income=Money(income, currency),
        fees=Money(fees, currency),
        value=Money(value, currency),
    )
