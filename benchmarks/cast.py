"""Who plays in a measurement: merchants and paying customers, made by the platform's own actions."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from benchmarks.usual.models import UsualWallet
from fondaco.identity.passwords import Argon2
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import NewCustomer
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.ids import uuid7
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import Transfer, TransferId
from fondaco.wallets.actions.currencies import (
    default_asset,
    manual_account,
    open_currency,
)
from fondaco.wallets.actions.signup import sign_up
from fondaco.wallets.types import SignedUp

THREADS: Final = 4
FUNDS: Final = 100_000_000
"""Minor units in each customer's wallet: enough for any run."""
_PASSWORD: Final = "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class Cast:
    """Hold what the load generator needs."""

    merchant_bearers: Sequence[str]
    client_bearers: Sequence[str]
    wallet_tokens: Sequence[str]
    wallet_ids: Sequence[str]


def gather(*, merchants: int, clients: int) -> Cast:
    """Register merchants and clients, and fund the clients, in both ways' tables.

    Passwords are hashed with the least effort: thousands of people are made, and none of them logs in.
    """
    Argon2.time_cost, Argon2.memory_cost = 1, 8
    with ThreadPoolExecutor(THREADS) as pool:
        companies = list(pool.map(_company, range(merchants)))
        people = list(pool.map(_client, range(clients)))
    _fund(people)
    _tell_the_usual_way(companies, people)
    return Cast(
        merchant_bearers=[one.session.access_token for one in companies],
        client_bearers=[one.session.access_token for one in people],
        wallet_tokens=[one.wallet.token for one in people],
        wallet_ids=[str(one.wallet.id) for one in people],
    )


def _company(number: int) -> SignedUp:
    return _sign_up(
        NewCustomer(
            kind=CustomerKind.COMPANY,
            password=_PASSWORD,
            first_name="Ada",
            last_name="Merchant",
            email=f"merchant{number}@example.com",
            phone=None,
            username=None,
            name=f"Merchant {number}",
            url="https://example.com",
        )
    )


def _client(number: int) -> SignedUp:
    return _sign_up(
        NewCustomer(
            kind=CustomerKind.CLIENT,
            password=_PASSWORD,
            first_name="Grace",
            last_name="Client",
            email=f"client{number}@example.com",
            phone=None,
            username=None,
            name=None,
            url=None,
        )
    )


def _sign_up(ask: NewCustomer) -> SignedUp:
    with tenancy.scope("demo"):
        signed_up = sign_up(ask=ask)
        open_currency(wallet_id=signed_up.wallet.id, asset=default_asset(), by=SYSTEM)
    return signed_up


def _fund(people: Sequence[SignedUp]) -> None:
    asset = default_asset()
    source = manual_account(asset, by=SYSTEM)
    transfers = [
        Transfer(
            id=TransferId(uuid7()),
            debit=source,
            credit=open_currency(wallet_id=one.wallet.id, asset=asset, by=SYSTEM),
            amount=FUNDS,
            kind="wallets.top_up",
            reference=one.wallet.id,
        )
        for one in people
    ]
    with transaction.atomic():
        outcomes = ledger.post(transfers, by=SYSTEM)
    if not all(outcome.is_done for outcome in outcomes):
        raise AssertionError("not every customer is funded")


def _tell_the_usual_way(companies: Sequence[SignedUp], people: Sequence[SignedUp]) -> None:
    UsualWallet.objects.bulk_create(
        UsualWallet(token=one.wallet.token, owner_id=one.registered.customer.id, balance=FUNDS)
        for one in (*companies, *people)
    )
