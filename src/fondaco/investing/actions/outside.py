"""Take a broker's list of activities in: to look at beside what is held here, and never to trade."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.instruments.queries.instruments import find_instruments
from fondaco.instruments.queries.prices import list_rate_history
from fondaco.instruments.types import Imported, Instrument
from fondaco.investing import models
from fondaco.investing.actions.portfolios import lock_portfolio, open_portfolio
from fondaco.investing.errors import ActivitiesUnreadable
from fondaco.investing.events import ActivitiesImported
from fondaco.investing.lots import BadHistory, after_split
from fondaco.investing.outside import NEEDED, mapping_of, read_activities, rules_of
from fondaco.investing.queries.activities import read_story
from fondaco.investing.queries.settings import get_settings
from fondaco.investing.states import ActivityKind
from fondaco.investing.types import BrokerMapping, NewActivity
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.kit.ids import encode
from fondaco.money import AmountError, Asset, InvalidAmount, Money, Rounding
from fondaco.wallets.types import CUSTOMER

BACK: Final = timedelta(days=14)
NOON: Final = time(12, tzinfo=UTC)


def save_mapping(*, customer_id: UUID, name: str, mapping: BrokerMapping, by: Actor) -> None:
    """Keep a mapping under a name; one of the same name is replaced.

    :raises InvalidField: it does not say where day and kind are
    """
    if not set(mapping.columns) >= NEEDED:
        raise InvalidField("A mapping names the columns of date and kind.", field="columns")
    with transaction.atomic():
        models.ImportMapping.objects.update_or_create(
            customer_id=customer_id,
            name=name,
            defaults={"rules": rules_of(mapping), "updated_at": clock.now()},
        )
        audit.record(
            by=by,
            action="investing.mapping.save",
            subject=encode(CUSTOMER, customer_id),
            detail={"name": name},
        )


def import_activities(
    *, customer_id: UUID, account: str, mapping_name: str, text: str, by: Actor
) -> Imported:
    """Take a broker's list in, all or none; lines that were taken before are left out.

    :raises NotFound: the customer has saved no mapping of this name
    :raises ActivitiesUnreadable: a line cannot be read, or more is sold than was bought
    :raises UnknownInstrument: a line names an asset that is not known here
    :raises RateMissing: an asset's currency has no reference rate
    """
    saved = models.ImportMapping.objects.filter(customer_id=customer_id, name=mapping_name).first()
    if saved is None:
        raise NotFound("You have saved no mapping of this name.")
    lines = sorted(
        read_activities(text, mapping_of(saved.rules)), key=lambda one: (one.on, one.line)
    )
    with transaction.atomic():
        lock_portfolio(customer_id)
        settings = get_settings(customer_id=customer_id)
        open_portfolio(customer_id=customer_id, currency=settings.currency)
        outside, _ = models.OutsideAccount.objects.get_or_create(
            customer_id=customer_id, name=account, defaults={"created_at": clock.now()}
        )
        known = {
            bytes(one or b"")
            for one in models.Activity.objects.filter(
                outside=outside, digest__isnull=False
            ).values_list("digest", flat=True)
        }
        news = [one for one in lines if one.digest not in known]
        rows = _rows(news, outside, settings.currency)
        models.Activity.objects.bulk_create(rows)
        _check_history(customer_id)
        if news:
            _tell(customer_id, account, len(news), by=by)
    return Imported(written=len(news), known=len(lines) - len(news))


def _rows(
    lines: Sequence[NewActivity], outside: models.OutsideAccount, currency: Asset
) -> list[models.Activity]:
    named = find_instruments(symbols={one.symbol for one in lines if one.symbol}, field="csv")
    rates = _Rates(lines, named.values(), currency)
    held = _held_before(outside)
    rows: list[models.Activity] = []
    for line in lines:
        try:
            rows += _rows_of(line, outside, named.get(line.symbol), rates, held)
        except (AmountError, BadHistory) as wrong:
            raise ActivitiesUnreadable(
                f"Line {line.line}: {wrong}.", field=f"line {line.line}"
            ) from None
    return rows


class _Rates:
    """Give what an instrument's currency cost in the portfolio's on a day, by the latest rate until then."""

    def __init__(
        self, lines: Iterable[NewActivity], instruments: Iterable[Instrument], currency: Asset
    ) -> None:
        self.currency = currency
        codes = {one.currency.code for one in instruments}
        since = min((one.on for one in lines), default=clock.today()) - BACK
        told = list_rate_history(currencies=codes, to=currency.code, since=since, at=clock.now())
        self._told = {code: sorted(rates.items()) for code, rates in told.items()}

    def get(self, instrument: Instrument | None, on: date) -> Decimal:
        if instrument is None or instrument.currency.code not in self._told:
            return Decimal(1)
        told = self._told[instrument.currency.code]
        place = bisect_right([day for day, _ in told], on)
        if not place:
            raise InvalidAmount("there is no reference rate of that day")
        return told[place - 1][1]


def _rows_of(
    line: NewActivity,
    outside: models.OutsideAccount,
    instrument: Instrument | None,
    rates: _Rates,
    held: dict[UUID, int],
) -> list[models.Activity]:
    """Give the activity of a line, and one more where a fee was taken with it."""
    rate = rates.get(instrument, line.on)
    row = models.Activity(
        customer_id=outside.customer_id,
        outside=outside,
        kind=line.kind,
        instrument_id=instrument.id if instrument else None,
        rate=rate,
        currency=str(rates.currency),
        at=datetime.combine(line.on, NOON) + timedelta(microseconds=line.line * 2),
        digest=line.digest,
    )
    if instrument is not None and line.kind is not ActivityKind.FEE:
        _count_shares(row, line, instrument, rates.currency, held)
    if line.kind in {ActivityKind.DIVIDEND, ActivityKind.FEE}:
        row.cash_minor = _money(line.amount * rate, rates.currency)
    if not line.fee:
        return [row]
    fee = models.Activity(
        customer_id=outside.customer_id,
        outside=outside,
        kind=ActivityKind.FEE,
        instrument_id=row.instrument_id,
        rate=rate,
        currency=row.currency,
        cash_minor=_money(line.fee * rate, rates.currency),
        at=row.at + timedelta(microseconds=1),
    )
    return [row, fee]


def _count_shares(
    row: models.Activity,
    line: NewActivity,
    instrument: Instrument,
    currency: Asset,
    held: dict[UUID, int],
) -> None:
    before = held[instrument.id]
    if line.kind is ActivityKind.SPLIT:
        row.numerator, row.denominator = line.numerator, line.denominator
        held[instrument.id] = after_split(before, line.numerator, line.denominator)
        row.quantity = Decimal(held[instrument.id])
        return
    shares = Money.parse(format(line.quantity, "f"), instrument.asset)
    row.quantity = Decimal(shares.minor)
    if line.kind is ActivityKind.DIVIDEND:
        return
    up = Rounding.UP if line.kind is ActivityKind.BUY else Rounding.DOWN
    row.price = line.price
    row.cash_minor = Decimal(shares.convert(line.price * row.rate, currency, rounding=up).minor)
    held[instrument.id] = before + (
        shares.minor if line.kind is ActivityKind.BUY else -shares.minor
    )
    if held[instrument.id] < 0:
        raise BadHistory("more is sold than is held")


def _money(amount: Decimal, currency: Asset) -> Decimal:
    """Give minor units of a positive amount, a half rounded up."""
    return Decimal(round(amount.scaleb(currency.scale)))


def _held_before(outside: models.OutsideAccount) -> dict[UUID, int]:
    story = read_story(customer_id=outside.customer_id)
    found: dict[UUID, int] = defaultdict(int)
    for (instrument_id, place), book in story.books.items():
        if place == outside.name:
            found[instrument_id] = book.quantity
    return found


def _check_history(customer_id: UUID) -> None:
    """See that what is there now can have happened.

    :raises ActivitiesUnreadable: more is sold than was bought before
    """
    try:
        read_story(customer_id=customer_id)
    except BadHistory as wrong:
        raise ActivitiesUnreadable(f"{wrong}.".capitalize(), field="csv") from None


def _tell(customer_id: UUID, account: str, written: int, *, by: Actor) -> None:
    customer = encode(CUSTOMER, customer_id)
    audit.record(
        by=by,
        action="investing.activities.import",
        subject=customer,
        detail={"account": account, "written": written},
    )
    events.publish(ActivitiesImported(customer=customer, account=account, written=written), by=by)
