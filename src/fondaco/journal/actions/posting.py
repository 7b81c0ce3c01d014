"""Post what somebody asks for over the API: up to 8,000 transfers between accounts that he names by code.

What may be touched is told by ``ledger.actions.rights``.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.journal.events import BatchPosted
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.errors import InvalidField
from fondaco.kit.ids import encode, uuid7
from fondaco.ledger.actions import declare_kind, post
from fondaco.ledger.actions.rights import Basis, check_adjustment, check_right
from fondaco.ledger.queries import get_accounts
from fondaco.ledger.queries.codes import find_accounts, find_hold_sides
from fondaco.ledger.queries.transfers import find_hold
from fondaco.ledger.types import (
    NO_METADATA,
    TRANSFER_PREFIX,
    Account,
    AccountId,
    Outcome,
    Step,
    Transfer,
    TransferId,
)
from fondaco.money import Asset, InvalidAmount, Money

CUSTOM: Final = declare_kind("ledger.custom")
"""A transfer between accounts of a bare ledger."""
ADJUST: Final = declare_kind("ledger.adjust")
"""A transfer that an operator posts by hand."""
TRANSFERS_MAX: Final = 8_000
HOLD_MAX: Final = timedelta(days=3_650)

_UNKNOWN: Final = Asset("UNKNOWN", 18)
"""Stands for the asset of accounts that nobody knows; the transfer is refused all the same."""
_NOBODY: Final = AccountId(-1)
"""Stands for an account that nobody knows. What ends a hold names the accounts that were looked at for the
right, so that another hold which comes to be meanwhile under its id is none of its business."""
_ENDS: Final = (Step.CAPTURE, Step.VOID)


class Ask(NamedTuple):
    """Ask for one transfer; the accounts are named by code, empty where the hold tells them."""

    id: UUID | None
    debit: str
    credit: str
    amount: str
    """Major units as plain digits; empty: all of the hold."""
    step: Step = Step.POST
    hold_id: UUID | None = None
    linked: bool = False
    expires_at: datetime | None = None
    reference: UUID | None = None
    memo: str = ""
    metadata: Mapping[str, Any] = NO_METADATA


def post_many(
    *, asks: Sequence[Ask], basis: Basis, by: Actor, within: str = "transfers.{}."
) -> list[Outcome]:
    """Post transfers in their order, each with a result of its own; linked ones succeed or fail together.

    Refusals by the books are returned and kept. ``within`` names the place of a transfer in what was sent.

    :raises InvalidField: a transfer is not complete, or an amount has more places than its asset
    :raises Forbidden: an account outside ``custom:`` is touched without the right
    :raises SignatureRequired: more is adjusted than one person may adjust alone
    """
    batch = _Batch(asks, basis, within)
    transfers = batch.transfers()
    check_adjustment(amounts=batch.adjusted(), basis=basis)
    with transaction.atomic():
        outcomes = post(transfers, by=by)
        _tell(transfers, outcomes, basis, by)
    return outcomes


class _Batch:
    """Turn what is asked for into transfers, and refuse by index and field what cannot be one."""

    def __init__(self, asks: Sequence[Ask], basis: Basis, within: str) -> None:
        self._asks = asks
        self._basis = basis
        self._within = within
        self._adjusted: Counter[Asset] = Counter()
        codes = {code for ask in asks for code in (ask.debit, ask.credit) if code}
        holds = {ask.hold_id for ask in asks if ask.hold_id is not None}
        self._accounts = dict(find_accounts(codes=codes))
        self._holds = self._find_holds(holds) if holds else {}

    def _find_holds(self, ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
        """Give the codes of both accounts of holds: of those in the books, and of those in this call."""
        sides = find_hold_sides(hold_ids=ids)
        held = get_accounts({one for pair in sides.values() for one in pair})
        self._accounts.update((account.code, account) for account in held.values())
        made = {ask.id: (ask.debit, ask.credit) for ask in self._asks if ask.id and not ask.hold_id}
        found = {
            id_: (held[debit].code, held[credit].code) for id_, (debit, credit) in sides.items()
        }
        return made | found

    def transfers(self) -> list[Transfer]:
        """Give the transfers."""
        now = clock.now()
        made = [self._transfer(number, ask, now) for number, ask in enumerate(self._asks)]
        if made and made[-1].linked:
            last = len(made) - 1
            raise InvalidField(
                "The last transfer has none to be linked to.", field=self._field(last, "linked")
            )
        return made

    def adjusted(self) -> list[Money]:
        """Sum by asset what the transfers move or hold outside ``custom:``."""
        return [Money(total, asset) for asset, total in self._adjusted.items() if total]

    def _field(self, number: int, name: str) -> str:
        return f"{self._within.format(number)}{name}"

    def _transfer(self, number: int, ask: Ask, now: datetime) -> Transfer:
        wrong = _fault(ask, now)
        if wrong is not None:
            raise InvalidField(wrong[1], field=self._field(number, wrong[0]))
        codes = self._codes(ask)
        debit, credit = (self._accounts.get(code) for code in codes)
        is_custom = check_right(
            codes=[code for code in codes if code],
            basis=self._basis,
            field=self._field(number, "hold" if ask.hold_id else "debit"),
        )
        metadata, amount = ask.metadata, self._amount(number, ask, debit or credit)
        if not is_custom:
            metadata = {**metadata, **self._basis.grounds}
            self._count(ask, amount, debit or credit)
        return Transfer(
            id=TransferId(ask.id or uuid7()),
            debit=debit.id if debit else _NOBODY,
            credit=credit.id if credit else _NOBODY,
            amount=amount,
            kind=CUSTOM if is_custom else ADJUST,
            step=ask.step,
            hold_id=TransferId(ask.hold_id) if ask.hold_id else None,
            linked=ask.linked,
            expires_at=ask.expires_at,
            reference=ask.reference,
            memo=ask.memo,
            metadata=metadata,
        )

    def _count(self, ask: Ask, amount: int, account: Account | None) -> None:
        """Count what an adjustment moves; a capture that names no amount moves all of its hold."""
        if account is None or ask.step is Step.VOID:
            return
        if not amount and ask.hold_id is not None:
            hold = find_hold(hold_id=TransferId(ask.hold_id))
            amount = 0 if hold is None else hold.amount
        self._adjusted[account.asset] += amount

    def _codes(self, ask: Ask) -> tuple[str, str]:
        """Give the codes that a transfer touches; none for a hold that nobody knows."""
        if ask.hold_id is None:
            return ask.debit, ask.credit
        return self._holds.get(ask.hold_id, ("", ""))

    def _amount(self, number: int, ask: Ask, account: Account | None) -> int:
        if not ask.amount:
            return 0
        try:
            return Money.parse(ask.amount, account.asset if account else _UNKNOWN).minor
        except InvalidAmount as error:
            sentence = str(error)
            raise InvalidField(
                f"{sentence[:1].upper()}{sentence[1:]}.", field=self._field(number, "amount")
            ) from None


def _fault(ask: Ask, now: datetime) -> tuple[str, str] | None:
    """Name the field that does not fit the step, and say why."""
    if ask.step in _ENDS:
        return _first(
            (not ask.hold_id, "hold", "What ends a hold names it."),
            (bool(ask.debit), "debit", "The hold tells the accounts."),
            (bool(ask.credit), "credit", "The hold tells the accounts."),
            (
                ask.step is Step.VOID and bool(ask.amount),
                "amount",
                "A void releases all of the hold.",
            ),
            (ask.expires_at is not None, "expires_at", "Only a hold runs out."),
        )
    return _first(
        (not ask.debit, "debit", "Name the account that is debited."),
        (not ask.credit, "credit", "Name the account that is credited."),
        (not ask.amount, "amount", "Say how much."),
        (ask.hold_id is not None, "hold", "Only a capture or a void names a hold."),
        (
            ask.expires_at is not None and ask.step is not Step.HOLD,
            "expires_at",
            "Only a hold runs out.",
        ),
        (
            ask.expires_at is not None and not now < ask.expires_at < now + HOLD_MAX,
            "expires_at",
            "A hold runs out in the future, within ten years.",
        ),
    )


def _first(*checks: tuple[bool, str, str]) -> tuple[str, str] | None:
    return next(((field, why) for is_wrong, field, why in checks if is_wrong), None)


def _tell(
    transfers: Sequence[Transfer], outcomes: Sequence[Outcome], basis: Basis, by: Actor
) -> None:
    """Write one audit entry and one event for the whole call."""
    if not transfers:
        return
    first = encode(TRANSFER_PREFIX, transfers[0].id)
    done = sum(outcome.is_done for outcome in outcomes)
    counts = {"transfers": len(transfers), "refused": len(transfers) - done}
    audit.record(
        by=by, action="journal.transfers.post", subject=first, detail={**counts, **basis.grounds}
    )
    events.publish(
        BatchPosted(
            first=first,
            last=encode(TRANSFER_PREFIX, transfers[-1].id),
            transfers=counts["transfers"],
            refused=counts["refused"],
        ),
        by=by,
    )
