"""The two sides of a charge, looked up as cheaply as can be: this is the hot path.

Plain SQL, since building model objects would cost more than the query.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.db import connection

from fondaco.kit.django import tenancy
from fondaco.kit.django.lookups import Lookup
from fondaco.ledger.types import AccountId
from fondaco.money import Asset
from fondaco.wallets.models import Wallet
from fondaco.wallets.refusals import WalletRequired
from fondaco.wallets.states import WalletState
from fondaco.wallets.tokens import digests_of_token, is_token
from fondaco.wallets.types import Payee, Payer, WalletId

_PAYERS: Final = Lookup("""
    SELECT ask.place, w.id, w.holder_id, a.account_id, r.blocked_at IS NOT NULL,
           CASE WHEN r.currency = ask.currency THEN r.day_max_minor END
    FROM unnest($1::bytea[], $2::integer[], $3::text[], $4::uuid[])
        AS ask (digest, place, currency, merchant)
    JOIN {schema}.wallets_wallet w ON w.token_digest = ask.digest
    LEFT JOIN {schema}.wallets_walletaccount a ON a.wallet_id = w.id AND a.currency = ask.currency
    LEFT JOIN {schema}.wallets_merchantrule r ON r.wallet_id = w.id AND r.merchant_id = ask.merchant
""")

_PAYEE: Final = """
    SELECT w.id, a.account_id
    FROM wallets_wallet w
    LEFT JOIN wallets_walletaccount a ON a.wallet_id = w.id AND a.currency = %s
    WHERE w.holder_id = %s AND w.state <> 'closed'
    ORDER BY w.id
    LIMIT 1
"""

_payees: Final[dict[tuple[str, UUID, str], Payee]] = {}
"""Accounts of merchants: a merchant has one wallet, and its account in a currency never changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerAsk:
    """Ask for the wallet with a token, as one merchant sees it in one currency."""

    token: str = field(repr=False)
    currency: str
    merchant_id: UUID


def find_payers(asks: Sequence[PayerAsk], /) -> list[Payer | None]:
    """Give what charges need to know, in one query; none for tokens that no wallet has."""
    rows = [
        (digest, place, ask.currency, ask.merchant_id)
        for place, ask in enumerate(asks)
        if is_token(ask.token)
        for digest in digests_of_token(ask.token)
    ]
    found: list[Payer | None] = [None] * len(asks)
    if rows:
        for row in _PAYERS.rows(*zip(*rows, strict=True)):
            place, wallet_id, customer_id, account_id, is_blocked, day_max = row
            found[place] = Payer(
                wallet_id=wallet_id,
                customer_id=customer_id,
                account_id=account_id,
                blocked=is_blocked,
                day_max=None if day_max is None else int(day_max),
            )
    return found


def find_known_payee(*, customer_id: UUID, asset: Asset) -> Payee | None:
    """Give the merchant's account when this process has seen it before."""
    return _payees.get((tenancy.current().schema, customer_id, asset.code))


def find_payee(*, customer_id: UUID, asset: Asset) -> tuple[WalletId, AccountId | None]:
    """Give the customer's first open wallet and its account in a currency, if it has one.

    :raises WalletRequired: the customer has no open wallet
    """
    with connection.cursor() as cursor:
        cursor.execute(_PAYEE, (asset.code, customer_id))
        row = cursor.fetchone()
    if row is None:
        raise WalletRequired
    return WalletId(row[0]), row[1]


def remember_payee(payee: Payee, *, customer_id: UUID, asset: Asset) -> Payee:
    """Keep a merchant's account for the next charge."""
    _payees[tenancy.current().schema, customer_id, asset.code] = payee
    return payee


def forget_payee(*, customer_id: UUID, asset: Asset) -> None:
    """Drop what is remembered, since the wallet was found closed."""
    _payees.pop((tenancy.current().schema, customer_id, asset.code), None)


def find_wallet_by_token(*, token: str) -> WalletId | None:
    """Give the wallet with this token that is not closed, whoever holds it; none if there is no such one."""
    if not is_token(token):
        return None
    rows = Wallet.objects.filter(token_digest__in=digests_of_token(token))
    found = rows.exclude(state=WalletState.CLOSED).values_list("id", flat=True).first()
    return WalletId(found) if found else None
