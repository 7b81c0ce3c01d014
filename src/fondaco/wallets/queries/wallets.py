"""Wallets as their owners see them: one query for a wallet, two small ones for any number of them."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from fondaco.kit.django.envelope import unseal
from fondaco.kit.django.lookups import Lookup
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page
from fondaco.ledger import queries as ledger
from fondaco.ledger.types import Account, AccountId
from fondaco.money import Asset, Money
from fondaco.wallets.models import Wallet as Row, WalletAccount
from fondaco.wallets.refusals import WalletRequired
from fondaco.wallets.states import WalletState
from fondaco.wallets.tokens import digests_of_token, is_token
from fondaco.wallets.types import WALLET, Balance, Wallet, WalletId

_ONE: Final = """
    SELECT w.id, w.holder_id, w.label, w.token, w.state, w.card_last_four, w.card_bank, w.created_at,
           a.currency, a.scale, (b.credits_posted - b.debits_posted)::text, b.debits_pending::text
    FROM {schema}.wallets_wallet w
    LEFT JOIN {schema}.wallets_walletaccount a ON a.wallet_id = w.id
    LEFT JOIN {schema}.ledger_account b ON b.id = a.account_id
    WHERE w.%s AND w.holder_id = $2::uuid
    ORDER BY a.currency
"""
"""A wallet and what each of its accounts holds, all of them liabilities; one row where it has none."""
_columns: Final = attrgetter(
    "id", "holder_id", "label", "token", "state", "card_last_four", "card_bank", "created_at"
)
_SEALED_FOR: Final = "wallets_wallet.token"
_BY_TOKEN: Final = Lookup(_ONE % "token_digest = ANY($1::bytea[])")
_BY_ID: Final = Lookup(_ONE % "id = ANY($1::uuid[])")
"""Apps look at one wallet more often than at anything else."""
_NUMBERS: Final = ArraySubquery(
    WalletAccount.objects.filter(wallet_id=OuterRef("id")).order_by("currency").values("account_id")
)
"""The ledger's numbers of a wallet's accounts."""


def get_wallet(*, wallet_id: UUID, customer_id: UUID) -> Wallet:
    """Give a wallet of the customer.

    :raises NotFound: there is none, or it is another customer's
    """
    return _only(Row.objects.filter(id=wallet_id, holder_id=customer_id))


def get_any_wallet(*, wallet_id: UUID) -> Wallet:
    """Give a wallet, whoever its owner is: for the house's own people.

    :raises NotFound: there is none
    """
    return _only(Row.objects.filter(id=wallet_id))


def get_wallet_by_reference(*, reference: str, customer_id: UUID) -> Wallet:
    """Give a wallet of the customer by its token or its ``wal_…`` identifier.

    :raises NotFound: there is none, or it is another customer's
    """
    column, values = _key(reference)
    rows = (_BY_ID if column == "id" else _BY_TOKEN).rows(values, customer_id)
    if not rows:
        raise NotFound
    first = rows[0]
    token = unseal(first[3], context=_SEALED_FOR).decode()
    balances = [_balance_of(*row[8:]) for row in rows if row[8] is not None]
    return _wallet((*first[:3], token, *first[4:8]), balances)


def get_wallet_id(*, reference: str, customer_id: UUID) -> WalletId:
    """Give the identifier of a wallet of the customer by its token or its ``wal_…`` identifier.

    :raises NotFound: there is none, or it is another customer's
    """
    found = _rows(reference, customer_id).values_list("id", flat=True).first()
    if found is None:
        raise NotFound
    return WalletId(found)


def choose_wallet_id(*, reference: str | None, customer_id: UUID) -> WalletId:
    """Give the wallet that a customer names, or his oldest open one where he names none.

    :raises NotFound: there is none of that name, or it is another customer's
    :raises WalletRequired: none is named, and he has none
    """
    if reference is not None:
        return get_wallet_id(reference=reference, customer_id=customer_id)
    found = find_first_wallet_id(customer_id=customer_id)
    if found is None:
        raise WalletRequired
    return found


def find_first_wallet_id(*, customer_id: UUID) -> WalletId | None:
    """Give the customer's oldest wallet that is not closed, if he has one."""
    rows = Row.objects.filter(holder_id=customer_id).exclude(state=WalletState.CLOSED)
    found = rows.order_by("id").values_list("id", flat=True).first()
    return WalletId(found) if found else None


def check_owner(*, wallet_id: UUID, customer_id: UUID) -> None:
    """Pass silently when the wallet is the customer's.

    :raises NotFound: it is not
    """
    if not Row.objects.filter(id=wallet_id, holder_id=customer_id).exists():
        raise NotFound


def list_wallets(
    *,
    customer_id: UUID,
    state: WalletState | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Wallet]:
    """Give a page of the customer's wallets, newest first."""
    rows = Row.objects.annotate(numbers=_NUMBERS).filter(holder_id=customer_id).order_by("-id")
    if state is not None:
        rows = rows.filter(state=state)
    if after is not None:
        rows = rows.filter(id__lt=after.id)
    found = _describe(rows[: limit + 1])
    return page(found, limit=limit, key=lambda wallet: Cursor(wallet.created_at, wallet.id))


def list_balances(*, customer_id: UUID) -> Sequence[Balance]:
    """Give what all wallets of the customer hold together, by currency."""
    owned = WalletAccount.objects.filter(wallet__holder_id=customer_id)
    accounts = ledger.get_accounts(
        [AccountId(number) for number in owned.values_list("account_id", flat=True)]
    )
    sums: dict[str, Balance] = {}
    for account in accounts.values():
        one, code = _balance(account), account.asset.code
        if code in sums:
            one = Balance(
                total=sums[code].total + one.total, reserved=sums[code].reserved + one.reserved
            )
        sums[code] = one
    return [sums[code] for code in sorted(sums)]


def _rows(reference: str, customer_id: UUID) -> QuerySet[Row]:
    column, values = _key(reference)
    return Row.objects.filter(**{f"{column}__in": values, "holder_id": customer_id})


def _key(reference: str) -> tuple[str, Sequence[bytes | UUID]]:
    """Give the column by which a reference is found, and what to look for in it."""
    if is_token(reference):
        return "token_digest", digests_of_token(reference)
    try:
        return "id", [decode(WALLET, reference)]
    except InvalidId:
        raise NotFound from None


def _only(rows: QuerySet[Row]) -> Wallet:
    found = _describe(rows.annotate(numbers=_NUMBERS))
    if not found:
        raise NotFound
    return found[0]


def _describe(rows: QuerySet[Any]) -> list[Wallet]:
    """Describe rows that name their accounts' numbers, too."""
    found = list(rows)
    accounts = ledger.get_accounts(AccountId(one) for row in found for one in row.numbers)
    return [
        _wallet(_columns(row), [_balance(accounts[number]) for number in row.numbers])
        for row in found
    ]


def _wallet(columns: Iterable[Any], balances: Sequence[Balance]) -> Wallet:
    wallet_id, holder_id, label, token, state, last_four, bank, created_at = columns
    return Wallet(
        id=WalletId(wallet_id),
        customer_id=holder_id,
        label=label,
        token=token,
        state=WalletState(state),
        card_last_four=last_four,
        card_bank=bank,
        created_at=created_at,
        balances=balances,
    )


def _balance_of(code: str, scale: int, posted: str, held: str) -> Balance:
    asset = Asset(code, scale)
    return Balance(total=Money(int(posted), asset), reserved=Money(int(held), asset))


def _balance(account: Account) -> Balance:
    return Balance(total=account.posted, reserved=account.held)
