"""Which ledger account is whose."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from fondaco.identity.types import customer_wire
from fondaco.kit.ids import decode, encode
from fondaco.ledger.types import AccountId
from fondaco.wallets.models import Wallet, WalletAccount
from fondaco.wallets.types import WALLET, WalletId


@dataclass(frozen=True, slots=True)
class AccountOwner:
    """Name the wallet and the customer behind a ledger account."""

    wallet_id: WalletId
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class AccountPlace:
    """Name the wallet and the currency of a ledger account."""

    wallet_id: WalletId
    currency: str


def list_accounts(*, wallet_id: WalletId) -> Mapping[str, AccountId]:
    """Give the accounts of a wallet by currency."""
    rows = WalletAccount.objects.filter(wallet_id=wallet_id).order_by("currency")
    return {
        code: AccountId(account) for code, account in rows.values_list("currency", "account_id")
    }


def list_customer_accounts(*, customer_id: UUID) -> Mapping[AccountId, AccountPlace]:
    """Give all accounts of a customer, those of closed wallets included."""
    rows = WalletAccount.objects.filter(wallet__holder_id=customer_id).order_by("account_id")
    return {
        AccountId(account): AccountPlace(WalletId(wallet), currency)
        for account, wallet, currency in rows.values_list("account_id", "wallet_id", "currency")
    }


def get_wallet_customer(*, wallet_id: WalletId) -> UUID:
    """Give the customer who holds a wallet that is known to exist."""
    return Wallet.objects.values_list("holder_id", flat=True).get(id=wallet_id)


def list_owners(*, account_ids: Iterable[AccountId]) -> Mapping[AccountId, AccountOwner]:
    """Give the owners of those accounts that belong to wallets; others are left out."""
    rows = WalletAccount.objects.filter(account_id__in=set(account_ids))
    return {
        AccountId(account): AccountOwner(WalletId(wallet), customer)
        for account, wallet, customer in rows.values_list(
            "account_id", "wallet_id", "wallet__holder_id"
        )
    }


def list_all_owners() -> Iterator[tuple[AccountId, UUID]]:
    """Go through the accounts of all wallets with the customers whose they are."""
    rows = WalletAccount.objects.values_list("account_id", "wallet__holder_id")
    for account, customer in rows.iterator(chunk_size=5_000):
        yield AccountId(account), customer


def list_counterparty_accounts(
    *, wallet_id: UUID | None = None, customer_id: UUID | None = None
) -> frozenset[AccountId]:
    """Give the accounts of one wallet or of one customer, for a filter."""
    rows = WalletAccount.objects.all()
    if wallet_id is not None:
        rows = rows.filter(wallet_id=wallet_id)
    if customer_id is not None:
        rows = rows.filter(wallet__holder_id=customer_id)
    return frozenset(AccountId(account) for account in rows.values_list("account_id", flat=True))


def list_holders(wallets: Iterable[str], /) -> Mapping[str, str]:
    """Give the wire identifiers of the customers who hold wallets, by those of the wallets."""
    ids = [decode(WALLET, one) for one in wallets]
    rows = Wallet.objects.filter(id__in=ids).values_list("id", "holder_id")
    return {encode(WALLET, wallet): customer_wire(holder) for wallet, holder in rows}
