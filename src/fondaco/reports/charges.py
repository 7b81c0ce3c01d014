"""Charges as a merchant looks back on them: a list, what followed one of them, and totals by day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fondaco.journal.queries.sums import sum_by_day
from fondaco.kit.ids import encode
from fondaco.kit.paging import Page
from fondaco.ledger import queries as ledger
from fondaco.ledger.queries.transfers import find_fates
from fondaco.ledger.queries.usage import find_usage
from fondaco.ledger.types import (
    AccountId,
    Entry,
    EntryFilter,
    HoldState,
    Step,
    TransferId,
)
from fondaco.money import Asset, Money
from fondaco.wallets.queries.accounts import AccountPlace, list_customer_accounts
from fondaco.wallets.queries.assets import get_asset
from fondaco.wallets.queries.charges import Taking
from fondaco.wallets.refusals import refusal_for
from fondaco.wallets.types import TRANSFER, ChargeState, TransferKind

Places = Mapping[AccountId, AccountPlace]

_BEGINNINGS: Final = (Step.POST, Step.HOLD)
_STEPS_MAX: Final = 200
"""So many things that followed one charge are shown."""
_FATES: Final[Mapping[HoldState, ChargeState]] = {
    HoldState.OPEN: ChargeState.AUTHORISED,
    HoldState.CAPTURED: ChargeState.CAPTURED,
    HoldState.VOIDED: ChargeState.VOIDED,
    HoldState.EXPIRED: ChargeState.EXPIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeFilter:
    """Narrow a list of charges; an absent member narrows nothing."""

    currency: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    succeeded: bool | None = None
    text: str = ""
    """Part of the summary, in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLine:
    """Show a charge, or an attempt at one, as it stands now."""

    id: TransferId
    at: datetime
    amount: Money
    """What was charged or held, or was to be."""
    state: ChargeState | None
    """None: it was refused."""
    refusal: str
    """The code of the refusal; empty: it was none."""
    taken: Money
    refunded: Money
    summary: str

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API shows it."""
        return encode(TRANSFER, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeStep:
    """Show one thing that happened to a charge, or that was refused."""

    id: TransferId
    at: datetime
    what: str
    """``charge``, ``hold``, ``capture``, ``void`` or ``refund``."""
    amount: Money
    refusal: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfCharges:
    """Sum one day of a merchant in one currency."""

    on: date
    charged: Money
    refunded: Money
    fees: Money
    count: int
    """Charges and captures."""

    @property
    def net(self) -> Money:
        """Give what is left."""
        return self.charged - self.refunded - self.fees


def list_charges(
    *,
    customer_id: UUID,
    narrow: ChargeFilter,
    places: Places | None = None,
    after: str | None = None,
    limit: int,
) -> Page[ChargeLine]:
    """Give a page of the charges that a merchant made or tried, newest first.

    ``places`` are all accounts of the customer, where the caller has them already.

    A page may be shorter than its limit though there are more: what others charged him is left out of it.

    :raises InvalidCursor: ``after`` is not what a page gave
    """
    places = places or list_customer_accounts(customer_id=customer_id)
    mine = _accounts(places, narrow.currency)
    if not mine:
        return Page([])
    chosen = EntryFilter(
        kinds=[TransferKind.CHARGE],
        steps=_BEGINNINGS,
        since=narrow.since,
        until=narrow.until,
        succeeded=narrow.succeeded,
        text=narrow.text,
    )
    found = ledger.list_entries(account_ids=mine, chosen=chosen, after=after, limit=limit)
    incoming = [entry for entry in found.items if not entry.is_debit]
    return Page(_lines(incoming, places), found.next)


def list_charge_steps(taking: Taking) -> Sequence[ChargeStep]:
    """Give what happened to a charge, the oldest first: itself, capture, void, refunds, refused attempts."""
    found = ledger.list_entries(
        account_ids=[taking.payee_account],
        chosen=EntryFilter(kinds=[TransferKind.CHARGE, TransferKind.REFUND], reference=taking.id),
        limit=_STEPS_MAX,
    )
    beginning = ChargeStep(
        id=taking.id,
        at=taking.at,
        what="hold" if taking.is_hold else "charge",
        amount=taking.amount,
        refusal="",
        summary=taking.summary,
    )
    followed = [_step(entry, taking.amount.asset) for entry in found.items]
    return [beginning, *sorted(followed, key=lambda one: one.at)]


def get_refunded(taking: Taking) -> Money:
    """Give how much of a charge was given back so far."""
    told = _refunds([taking.id])
    return Money(told.get(taking.id, 0), taking.amount.asset)


def sum_charges(
    *, places: Places, asset: Asset, since_on: date, until_on: date, time_zone: ZoneInfo
) -> Sequence[DayOfCharges]:
    """Sum what a merchant charged and gave back on each day, both days included; days of nothing, too.

    ``places`` are all accounts of the merchant.

    :raises HistoryDetached: moves of the period are in the archive
    """
    since = datetime.combine(since_on, time(), time_zone)
    until = datetime.combine(until_on + timedelta(days=1), time(), time_zone)
    accounts = _accounts(places, asset.code)
    sums: dict[date, dict[tuple[str, bool], tuple[int, int]]] = defaultdict(dict)
    for one in sum_by_day(account_ids=accounts, since=since, until=until, time_zone=time_zone.key):
        sums[one.on][one.kind, one.is_debit] = (one.amount, one.count)
    days = (until_on - since_on).days + 1
    return [_day(since_on + timedelta(days=n), sums, asset) for n in range(days)]


def _day(
    on: date, sums: Mapping[date, Mapping[tuple[str, bool], tuple[int, int]]], asset: Asset
) -> DayOfCharges:
    told = sums.get(on, {})
    charged, count = told.get((TransferKind.CHARGE, False), (0, 0))
    return DayOfCharges(
        on=on,
        charged=Money(charged, asset),
        refunded=Money(told.get((TransferKind.REFUND, True), (0, 0))[0], asset),
        fees=Money(told.get((TransferKind.FEE, True), (0, 0))[0], asset),
        count=count,
    )


def _accounts(places: Places, currency: str | None) -> list[AccountId]:
    return [
        number for number, place in places.items() if currency is None or place.currency == currency
    ]


def _lines(entries: Sequence[Entry], places: Places) -> list[ChargeLine]:
    codes = {places[one.account_id].currency for one in entries}
    assets = {code: get_asset(code=code) for code in codes}
    held = [one.transfer_id for one in entries if one.is_done and one.step is Step.HOLD]
    fates = find_fates(hold_ids=held) if held else {}
    refunds = _refunds([one.transfer_id for one in entries if one.is_done])
    return [
        _line(one, assets[places[one.account_id].currency], fates, refunds.get(one.transfer_id, 0))
        for one in entries
    ]


def _line(
    entry: Entry,
    asset: Asset,
    fates: Mapping[TransferId, tuple[HoldState, int]],
    refunded: int,
) -> ChargeLine:
    state, taken = None, 0
    if entry.is_done and entry.step is Step.POST:
        state, taken = ChargeState.POSTED, entry.amount
    elif entry.is_done:
        fate, taken = fates[entry.transfer_id]
        state = _FATES[fate]
    return ChargeLine(
        id=entry.transfer_id,
        at=entry.at,
        amount=Money(entry.amount, asset),
        state=state,
        refusal=_refusal(entry),
        taken=Money(taken, asset),
        refunded=Money(refunded, asset),
        summary=entry.memo,
    )


def _step(entry: Entry, asset: Asset) -> ChargeStep:
    return ChargeStep(
        id=entry.transfer_id,
        at=entry.at,
        what="refund" if entry.kind == TransferKind.REFUND else entry.step.value,
        amount=Money(entry.amount, asset),
        refusal=_refusal(entry),
        summary=entry.memo,
    )


def _refusal(entry: Entry) -> str:
    if entry.is_done:
        return ""
    return refusal_for(entry.result, kind=entry.kind, metadata=entry.metadata).code


def _refunds(charges: Sequence[TransferId]) -> Mapping[TransferId, int]:
    """Give what the ledger counted as given back, by charge; one query."""
    keys = {(f"refund:{encode(TRANSFER, one)}", "ever"): one for one in charges}
    if not keys:
        return {}
    return {keys[key]: amount for key, (amount, _) in find_usage(keys=keys.keys()).items()}
