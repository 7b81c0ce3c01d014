"""Put a venue's trades into the books, each once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fondaco.exchange import models
from fondaco.exchange.actions import accounts, entries
from fondaco.exchange.events import CoverFilled
from fondaco.exchange.types import BATCH, COVERING, Covering, TransferKind
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.ids import encode
from fondaco.ledger import actions as ledger, queries
from fondaco.money import Asset, Money, Rounding, divide
from fondaco.vendors.venues import Side, VenueOrder, VenueTrade


class Mismatch(Exception):
    """Say that a venue tells of an order in two ways that do not agree; nothing is booked."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Hold what a covering order came to, as the venue told it twice."""

    trades: Sequence[VenueTrade]
    amount: Decimal
    cost: Decimal
    fees: dict[str, Decimal]


def totals_of(covering: Covering, *, order: VenueOrder, trades: Sequence[VenueTrade]) -> Totals:
    """Sum trades up, and hold them against the order and against what was asked for.

    :raises Mismatch: trades are missing or too many, or are not those of what was sent
    """
    if order.symbol != covering.symbol or order.side.value != covering.side:
        raise Mismatch("the venue's order is about something else")
    amount = sum((one.amount for one in trades), Decimal(0))
    cost = sum((one.cost for one in trades), Decimal(0))
    if amount != order.filled:
        raise Mismatch(f"the trades sum to {amount}, the order says {order.filled}")
    if not 0 < amount <= covering.amount:
        raise Mismatch(f"{amount} was filled of {covering.amount}")
    if any(not (one.price > 0 and one.amount > 0 and one.cost > 0) for one in trades):
        raise Mismatch("a trade is of nothing, or for nothing")
    buys = covering.side == Side.BUY.value
    if any((one.price > covering.price) is buys and one.price != covering.price for one in trades):
        raise Mismatch("a trade is worse than the worst price that was sent")
    if len({one.venue_id for one in trades}) != len(trades):
        raise Mismatch("one trade is told twice")
    fees: dict[str, Decimal] = {}
    for one in trades:
        if one.fee:
            fees[one.fee_currency] = fees.get(one.fee_currency, Decimal(0)) + one.fee
    return Totals(trades, amount, cost, fees)


def book(row: models.CoveringOrder, *, totals: Totals, by: Actor) -> None:
    """Write trades and their transfers for a locked covering order, in the caller's transaction.

    What the books cannot count is the house's loss: what it pays is rounded up, what it gets down.
    """
    models.Fill.objects.bulk_create(_fill(row, one) for one in totals.trades)
    base, quote = Asset.parse(row.batch.base), Asset.parse(row.batch.quote)
    buys = row.side == Side.BUY.value
    got = _minor(totals.amount, base, Rounding.DOWN if buys else Rounding.UP)
    paid = _minor(totals.cost, quote, Rounding.UP if buys else Rounding.DOWN)
    given, taken = ((quote, paid), (base, got)) if buys else ((base, got), (quote, paid))
    legs = [
        _leg(TransferKind.COVER_PAY, row.venue, *given, is_out=True, by=by),
        _leg(TransferKind.COVER_GET, row.venue, *taken, is_out=False, by=by),
    ]
    moves = [entries.swap(reference=row.id, legs=legs)]
    moves += [entries.swap(reference=row.id, legs=[leg]) for leg in _fee_legs(row, totals, by=by)]
    outcomes = ledger.post([move for group in moves for move in group], by=by)
    refused = entries.first_refusal(outcomes)
    if refused is not None:
        raise AssertionError(f"accounts without floor refuse nothing: {refused.reason.value}")
    row.base_minor, row.cost_minor = (got, paid) if buys else (-got, -paid)
    events.publish(
        CoverFilled(
            cover=encode(COVERING, row.id),
            batch=encode(BATCH, row.batch_id),
            venue=row.venue,
            symbol=row.symbol,
            base=Money(int(row.base_minor), base),
            cost=Money(int(row.cost_minor), quote),
        ),
        by=by,
    )


def _fee_legs(row: models.CoveringOrder, totals: Totals, *, by: Actor) -> Iterator[entries.Leg]:
    """Give the venue's fees in currencies that the books know; others stay with the trades alone."""
    for code, fee in sorted(totals.fees.items()):
        asset = queries.find_asset(code=code)
        if asset is not None:
            minor = _minor(fee, asset, Rounding.UP)
            yield _leg(TransferKind.VENUE_FEE, row.venue, asset, minor, is_out=True, by=by)


def _leg(
    kind: TransferKind, venue: str, asset: Asset, minor: int, *, is_out: bool, by: Actor
) -> entries.Leg:
    there, trading = accounts.venue(asset, label=venue, by=by), accounts.trading(asset, by=by)
    debit, credit = (trading, there) if is_out else (there, trading)
    return entries.Leg(kind, debit, credit, minor)


def _minor(value: Decimal, asset: Asset, rounding: Rounding) -> int:
    numerator, denominator = value.as_integer_ratio()
    return divide(numerator * asset.unit, denominator, rounding=rounding)


def _fill(row: models.CoveringOrder, trade: VenueTrade) -> models.Fill:
    return models.Fill(
        cover=row,
        account_id=row.account_id,
        trade_id=trade.venue_id[:80],
        amount=trade.amount,
        price=trade.price,
        cost=trade.cost,
        fee=trade.fee,
        fee_currency=trade.fee_currency[:34],
        at=trade.at,
    )
