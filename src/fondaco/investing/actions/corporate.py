"""What companies do to their shares: dividends and splits, for everybody who holds them at this house.

Each holder is served in a transaction of his own, once: whoever was served before is left alone, so a run
that was interrupted is simply begun again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from fondaco.audit import actions as audit
from fondaco.instruments.actions.instruments import import_prices
from fondaco.instruments.errors import NotTradable
from fondaco.instruments.queries.instruments import get_instrument
from fondaco.instruments.queries.prices import get_rates, list_bars
from fondaco.instruments.states import TRADABLE
from fondaco.instruments.types import Bar, DayPrice, Instrument, Source
from fondaco.investing import models
from fondaco.investing.actions.portfolios import lock_portfolio, paper_account
from fondaco.investing.errors import AlreadyDeclared
from fondaco.investing.events import DividendPaid, SharesSplit
from fondaco.investing.lots import after_split
from fondaco.investing.states import ActivityKind
from fondaco.investing.types import ACTIVITY, TransferKind
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.ids import encode, uuid7
from fondaco.ledger import actions as ledger, queries as books
from fondaco.ledger.types import AccountId, Transfer, TransferId
from fondaco.money import Asset, Money, Rounding
from fondaco.wallets.queries.accounts import list_accounts
from fondaco.wallets.types import CUSTOMER, WalletId

_PLACES = Decimal(10) ** -10
_HISTORY = timedelta(days=366 * 50)


@dataclass(frozen=True, slots=True)
class Served:
    """Count whom a dividend or split reached."""

    holders: int
    """Served now."""
    left: int
    """Not yet: their wallet takes no money, or holds another currency."""


def pay_dividend(*, symbol: str, day: date, per_share: Decimal, by: Actor) -> Served:
    """Pay everybody who holds a share now, in the currency of his portfolio at the day's reference rate.

    Asked again with the same amount it serves those who are left.

    :raises NotFound: there is no such instrument
    :raises NotTradable: nobody can hold it
    :raises AlreadyDeclared: another dividend of this day is known
    :raises RateMissing: a portfolio's currency has no reference rate
    """
    instrument = _held(symbol)
    declared = _declare(instrument, ActivityKind.DIVIDEND, day, {"per_share": per_share}, by=by)
    return _serve(declared, instrument, by=by)


def split_shares(*, symbol: str, day: date, numerator: int, denominator: int, by: Actor) -> Served:
    """Give everybody so many new shares for so many old ones, and tell all earlier prices in new shares.

    :raises NotFound: there is no such instrument
    :raises NotTradable: nobody can hold it
    :raises AlreadyDeclared: another split of this day is known
    """
    instrument = _held(symbol)
    ratio = {"numerator": numerator, "denominator": denominator}
    with transaction.atomic():
        is_new = not _declared(instrument, ActivityKind.SPLIT, day).exists()
        declared = _declare(instrument, ActivityKind.SPLIT, day, ratio, by=by)
        if is_new:
            _restate(instrument, day, Fraction(denominator, numerator), by=by)
    return _serve(declared, instrument, by=by)


def _held(symbol: str) -> Instrument:
    instrument = get_instrument(symbol=symbol)
    if instrument.kind not in TRADABLE:
        raise NotTradable
    return instrument


def _declared(
    instrument: Instrument, kind: ActivityKind, day: date
) -> QuerySet[models.CorporateAction]:
    return models.CorporateAction.objects.filter(
        instrument_id=instrument.id, kind=kind.value, day=day
    )


def _declare(
    instrument: Instrument,
    kind: ActivityKind,
    day: date,
    told: dict[str, Decimal] | dict[str, int],
    *,
    by: Actor,
) -> models.CorporateAction:
    with transaction.atomic():
        row, is_new = models.CorporateAction.objects.get_or_create(
            instrument_id=instrument.id,
            kind=kind.value,
            day=day,
            defaults={**told, "created_at": clock.now()},
        )
        if any(getattr(row, name) != value for name, value in told.items()):
            raise AlreadyDeclared(field="day")
        if is_new:
            audit.record(
                by=by,
                action=f"investing.{kind.value}.declare",
                subject=instrument.symbol,
                detail={name: str(value) for name, value in told.items()},
            )
    return row


def _serve(action: models.CorporateAction, instrument: Instrument, *, by: Actor) -> Served:
    holders = left = 0
    for holding in _waiting(action, instrument):
        try:
            with transaction.atomic():
                lock_portfolio(holding.customer_id)
                done = (
                    _pay(action, holding, instrument, by=by)
                    if action.kind == ActivityKind.DIVIDEND
                    else _split(action, holding, instrument, by=by)
                )
                if done is False:
                    transaction.set_rollback(True)
        except IntegrityError:  # somebody else has served him meanwhile
            continue
        holders += done is True
        left += done is False
    return Served(holders, left)


def _waiting(action: models.CorporateAction, instrument: Instrument) -> Iterator[models.Holding]:
    served = models.Activity.objects.filter(action=action).values("customer_id")
    rows = models.Holding.objects.filter(instrument_id=instrument.id)
    yield from rows.exclude(customer_id__in=served).order_by("customer_id")


def _pay(
    action: models.CorporateAction, holding: models.Holding, instrument: Instrument, *, by: Actor
) -> bool | None:
    """Pay one holder; none where he holds nothing, false where his wallet takes nothing."""
    portfolio = models.Portfolio.objects.get(customer_id=holding.customer_id)
    shares = _shares(holding, instrument)
    currency = Asset.parse(portfolio.currency)
    rate = get_rates(currencies=[instrument.currency.code], to=currency.code, at=clock.now())[
        instrument.currency.code
    ]
    per_share = Decimal(action.per_share or 0)
    amount = shares.convert(per_share * rate, currency, rounding=Rounding.DOWN)
    if not amount.is_positive:
        return None
    wallet = _wallet(portfolio, currency)
    if wallet is None:
        return False
    order = _transfer(
        paper_account(currency, by=by), wallet, amount, TransferKind.DIVIDEND, action.id
    )
    (outcome,) = ledger.post([order], by=by)
    if not outcome.is_done:
        return False
    row = models.Activity.objects.create(
        customer_id=holding.customer_id,
        kind=ActivityKind.DIVIDEND,
        instrument_id=instrument.id,
        quantity=shares.minor,
        price=per_share,
        rate=rate,
        cash_minor=amount.minor,
        currency=str(currency),
        action=action,
        at=clock.now(),
    )
    told = DividendPaid(
        activity=encode(ACTIVITY, row.id),
        customer=encode(CUSTOMER, holding.customer_id),
        symbol=instrument.symbol,
        amount=amount,
    )
    events.publish(told, by=by)
    return True


def _split(
    action: models.CorporateAction, holding: models.Holding, instrument: Instrument, *, by: Actor
) -> bool | None:
    """Split one holder's shares; none where he holds nothing."""
    before = _shares(holding, instrument)
    if not before.is_positive:
        return None
    numerator, denominator = action.numerator or 1, action.denominator or 1
    after = Money(after_split(before.minor, numerator, denominator), instrument.asset)
    house, own = paper_account(instrument.asset, by=by), AccountId(holding.account_id)
    if after != before:
        ends = (house, own) if after > before else (own, house)
        difference = Money(abs(after.minor - before.minor), instrument.asset)
        transfer = _transfer(*ends, difference, TransferKind.SPLIT, action.id)
        (outcome,) = ledger.post([transfer], by=by)
        if not outcome.is_done:
            return False
    row = models.Activity.objects.create(
        customer_id=holding.customer_id,
        kind=ActivityKind.SPLIT,
        instrument_id=instrument.id,
        quantity=after.minor,
        currency=models.Portfolio.objects.get(customer_id=holding.customer_id).currency,
        numerator=numerator,
        denominator=denominator,
        action=action,
        at=clock.now(),
    )
    told = SharesSplit(
        activity=encode(ACTIVITY, row.id),
        customer=encode(CUSTOMER, holding.customer_id),
        symbol=instrument.symbol,
        ratio=f"{numerator}:{denominator}",
        shares=after,
    )
    events.publish(told, by=by)
    return True


def _restate(instrument: Instrument, day: date, factor: Fraction, *, by: Actor) -> None:
    """Tell the prices of before a split in shares of after it; what was known then stays known as of then."""
    bars = list_bars(
        instrument_ids=[instrument.id],
        since=day - _HISTORY,
        until=day - timedelta(days=1),
        at=clock.now(),
    )[instrument.id]
    source = Source(
        name="split", title="Told by another source, and restated for a split of the shares"
    )
    prices = [_restated(bar, instrument.symbol, factor) for bar in bars]
    import_prices(prices=prices, source=source, by=by)


def _restated(bar: Bar, symbol: str, factor: Fraction) -> DayPrice:
    def told(price: Decimal | None) -> Decimal | None:
        return None if price is None else _times(price, factor)

    return DayPrice(
        symbol=symbol,
        day=bar.day,
        close=_times(bar.close, factor),
        open=told(bar.open),
        high=told(bar.high),
        low=told(bar.low),
        volume=None if bar.volume is None else int(bar.volume / factor),
    )


def _times(price: Decimal, factor: Fraction) -> Decimal:
    found = (price * factor.numerator / factor.denominator).quantize(_PLACES)
    return max(found, _PLACES)


def _shares(holding: models.Holding, instrument: Instrument) -> Money:
    account = AccountId(holding.account_id)
    return Money(books.get_accounts([account])[account].available.minor, instrument.asset)


def _wallet(portfolio: models.Portfolio, currency: Asset) -> AccountId | None:
    if portfolio.wallet_id is None:
        return None
    return list_accounts(wallet_id=WalletId(portfolio.wallet_id)).get(currency.code)


def _transfer(
    debit: AccountId, credit: AccountId, amount: Money, kind: str, reference: UUID
) -> Transfer:
    return Transfer(
        id=TransferId(uuid7()),
        debit=debit,
        credit=credit,
        amount=amount.minor,
        kind=kind,
        reference=reference,
        memo=kind.partition(".")[2],
    )
