"""Open, rename, freeze, block and close wallets."""

from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, lifecycle
from fondaco.kit.ids import encode
from fondaco.kit.lifecycle import IllegalMove
from fondaco.kit.options import options
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import AccountId
from fondaco.wallets.actions.currencies import default_asset, open_account
from fondaco.wallets.actions.locks import lock_holder, lock_wallet
from fondaco.wallets.events import (
    WalletBlocked,
    WalletClosed,
    WalletEvent,
    WalletFrozen,
    WalletOpened,
    WalletRenamed,
    WalletUnblocked,
    WalletUnfrozen,
)
from fondaco.wallets.models import Wallet as Row, WalletHolder, WalletStep
from fondaco.wallets.queries.accounts import list_accounts
from fondaco.wallets.queries.wallets import get_wallet
from fondaco.wallets.refusals import WalletLimitReached, WalletNotEmpty
from fondaco.wallets.states import WALLET_LIFE, WalletState
from fondaco.wallets.tokens import digest_token, make_token
from fondaco.wallets.types import CUSTOMER, WALLET, Wallet, WalletId


def open_wallet(*, customer_id: UUID, label: str = "", by: Actor) -> Wallet:
    """Open a wallet for a customer, ready to hold the default currency.

    :raises WalletLimitReached: a company has its wallet already, or a client as many as he may
    """
    with transaction.atomic():
        holder = lock_holder(customer_id)
        _check_limit(holder)
        token = make_token()
        row = Row.objects.create(
            holder=holder,
            is_merchant=holder.is_merchant,
            label=label,
            token=token,
            token_digest=digest_token(token),
            created_at=clock.now(),
        )
        open_account(row, asset=default_asset(), by=by)
        lifecycle.record(row, state_to=WalletState.OPEN.value, history=WalletStep, by=by)
        _tell(WalletOpened(**_who(row), label=label), action="wallets.wallet.open", by=by)
    return get_wallet(wallet_id=row.id, customer_id=customer_id)


def rename_wallet(*, wallet_id: WalletId, customer_id: UUID, label: str, by: Actor) -> Wallet:
    """Give a wallet another label.

    :raises NotFound: there is no such wallet of this customer
    """
    with transaction.atomic():
        row = lock_wallet(wallet_id, customer_id=customer_id)
        if row.label != label:
            row.label = label
            row.save(update_fields=["label"])
            _tell(WalletRenamed(**_who(row), label=label), action="wallets.wallet.rename", by=by)
    return get_wallet(wallet_id=wallet_id, customer_id=customer_id)


def freeze_wallet(*, wallet_id: WalletId, customer_id: UUID, by: Actor) -> Wallet:
    """Refuse every movement of a wallet until it is unfrozen; a frozen one stays frozen.

    :raises NotFound: there is no such wallet of this customer
    :raises IllegalMove: the wallet is blocked or closed
    """
    with transaction.atomic():
        row = lock_wallet(wallet_id, customer_id=customer_id)
        if row.state != WalletState.FROZEN:
            _stop(row, to=WalletState.FROZEN, by=by)
            _tell(WalletFrozen(**_who(row)), action="wallets.wallet.freeze", by=by)
    return get_wallet(wallet_id=wallet_id, customer_id=customer_id)


def unfreeze_wallet(*, wallet_id: WalletId, customer_id: UUID, by: Actor) -> Wallet:
    """Let a frozen wallet move money again; an open one stays open.

    :raises NotFound: there is no such wallet of this customer
    :raises IllegalMove: the house has blocked the wallet, or it is closed
    """
    with transaction.atomic():
        row = lock_wallet(wallet_id, customer_id=customer_id)
        if row.state == WalletState.BLOCKED:
            raise IllegalMove("The house has blocked the wallet.", facts={"state": row.state})
        if row.state != WalletState.OPEN:
            _start(row, by=by)
            _tell(WalletUnfrozen(**_who(row)), action="wallets.wallet.unfreeze", by=by)
    return get_wallet(wallet_id=wallet_id, customer_id=customer_id)


def block_wallet(*, wallet_id: WalletId, reason: str, by: Actor) -> None:
    """Refuse every movement of anybody's wallet until an operator unblocks it.

    :raises NotFound: there is no such wallet
    :raises IllegalMove: the wallet is blocked or closed
    """
    with transaction.atomic():
        row = lock_wallet(wallet_id)
        _stop(row, to=WalletState.BLOCKED, note=reason, by=by)
        _tell(WalletBlocked(**_who(row)), action="wallets.wallet.block", note=reason, by=by)


def unblock_wallet(*, wallet_id: WalletId, reason: str, by: Actor) -> None:
    """Let a blocked wallet move money again.

    :raises NotFound: there is no such wallet
    :raises IllegalMove: the wallet is not blocked
    """
    with transaction.atomic():
        row = lock_wallet(wallet_id)
        if row.state != WalletState.BLOCKED:
            raise IllegalMove("The wallet is not blocked.", facts={"state": row.state})
        _start(row, note=reason, by=by)
        _tell(WalletUnblocked(**_who(row)), action="wallets.wallet.unblock", note=reason, by=by)


def close_wallet(*, wallet_id: WalletId, customer_id: UUID, by: Actor) -> Wallet:
    """Take an empty wallet out of use for ever; a closed one stays closed.

    :raises NotFound: there is no such wallet of this customer
    :raises WalletNotEmpty: it holds money, or money is held in it
    :raises IllegalMove: the wallet is frozen
    """
    with transaction.atomic():
        row = lock_wallet(wallet_id, customer_id=customer_id)
        if row.state != WalletState.CLOSED:
            WALLET_LIFE.check(WalletState(row.state), WalletState.CLOSED)
            for account_id in _accounts(row):
                _close_account(account_id, by=by)
            _move(row, to=WalletState.CLOSED, by=by)
            _tell(WalletClosed(**_who(row)), action="wallets.wallet.close", by=by)
    return get_wallet(wallet_id=wallet_id, customer_id=customer_id)


def _check_limit(holder: WalletHolder) -> None:
    most = 1 if holder.is_merchant else options().wallets_per_client_max
    if most and holder.wallets.exclude(state=WalletState.CLOSED).count() >= most:
        raise WalletLimitReached(facts={"limit": most})


def _close_account(account_id: AccountId, *, by: Actor) -> None:
    try:
        ledger.close_account(account_id=account_id, by=by)
    except ledger.AccountNotEmpty as refusal:
        raise WalletNotEmpty from refusal


def _accounts(row: Row) -> list[AccountId]:
    return sorted(list_accounts(wallet_id=WalletId(row.id)).values())


def _move(row: Row, *, to: WalletState, note: str = "", by: Actor) -> None:
    lifecycle.move(row, to=to, life=WALLET_LIFE, history=WalletStep, by=by, note=note)


def _stop(row: Row, *, to: WalletState, note: str = "", by: Actor) -> None:
    _move(row, to=to, note=note, by=by)
    for account_id in _accounts(row):
        ledger.freeze_account(account_id=account_id, by=by)


def _start(row: Row, *, note: str = "", by: Actor) -> None:
    _move(row, to=WalletState.OPEN, note=note, by=by)
    for account_id in _accounts(row):
        ledger.unfreeze_account(account_id=account_id, by=by)


def _who(row: Row) -> dict[str, str]:
    return {"wallet": encode(WALLET, row.id), "customer": encode(CUSTOMER, row.holder_id)}


def _tell(event: WalletEvent, *, action: str, note: str = "", by: Actor) -> None:
    events.publish(event, by=by)
    detail = {"reason": note} if note else None
    audit.record(by=by, action=action, subject=event.subject, detail=detail)
