"""The demo tenant: people to log in as, with wallets, money and some purchases.

Their passwords are made anew for each installation and kept in the data folder, so that ``fondaco up`` can
tell them.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from fondaco.identity import demo as identity
from fondaco.identity.demo import DemoPerson
from fondaco.kit.access import SYSTEM, Role
from fondaco.kit.django import tenancy
from fondaco.kit.django.idempotency import Answer, Key
from fondaco.kit.django.tenancy import schemas
from fondaco.kit.errors import DomainError
from fondaco.kit.options import options
from fondaco.money import Money
from fondaco.wallets.actions import charges, topups, wallets
from fondaco.wallets.queries.assets import get_asset
from fondaco.wallets.queries.wallets import list_wallets
from fondaco.wallets.types import ChargeAsk, Funding, Once, Wallet

PEOPLE_FILE: Final = "demo-people.json"

FUNDS_MINOR: Final = 250_00
_PURCHASES: Final = ((12_50, "Sea stories"), (7_90, "Charts of the lagoon"), (31_00, "Atlas"))
"""What each client buys in the bookshop: minor units, summary."""


def ensure_tenant() -> None:
    """Make the default tenant as a demo tenant, with people, wallets and money, unless it is there."""
    name, path = options().default_tenant, _path()
    if not name or (path.exists() and any(one.name == name for one in schemas.list_tenants())):
        return
    made = schemas.create_tenant(name=name, mode="demo")
    with tenancy.scope(made.scope):
        people = identity.seed_people(by=SYSTEM, renew_passwords=True)
        _fill_wallets(people)
        _write_down(people, path)


def _fill_wallets(people: Sequence[DemoPerson]) -> None:
    """Give clients two wallets and money, the shop its wallet, and let the clients buy there."""
    shops = [one for one in people if one.role is Role.COMPANY]
    for shop in shops:
        if not _has_wallet(shop):
            wallets.open_wallet(customer_id=_customer(shop), label="Till", by=SYSTEM)
    for client in (one for one in people if one.role is Role.CLIENT and not _has_wallet(one)):
        everyday = wallets.open_wallet(customer_id=_customer(client), label="Everyday", by=SYSTEM)
        wallets.open_wallet(customer_id=_customer(client), label="Savings", by=SYSTEM)
        _top_up(client, everyday)
        for shop in shops:
            for minor, summary in _PURCHASES:
                _charge(shop, everyday, minor, summary)


def _has_wallet(person: DemoPerson) -> bool:
    return bool(list_wallets(customer_id=_customer(person), limit=1).items)


def _top_up(client: DemoPerson, wallet: Wallet) -> None:
    ask = Funding(wallet_id=wallet.id, amount=_money(FUNDS_MINOR), summary="Opening balance")
    once = _once(client, "wallets.top_up", str(wallet.id))
    topups.top_up(customer_id=_customer(client), ask=ask, once=once, by=SYSTEM)


def _charge(shop: DemoPerson, wallet: Wallet, minor: int, summary: str) -> None:
    ask = ChargeAsk(token=wallet.token, amount=_money(minor), summary=summary)
    once = _once(shop, "wallets.charge", f"{wallet.id} {summary}")
    charges.charge(merchant_id=_customer(shop), ask=ask, once=once, by=SYSTEM)


def _once(person: DemoPerson, operation: str, key: str) -> Once:
    """Name a request of the demo; nobody ever reads its stored answer."""

    def done(result: Any) -> Answer:
        del result
        return Answer(201, b"{}")

    def refused(error: DomainError) -> Answer:
        raise error

    scope = str(person.customer_id)
    return Once(
        Key.make(scope=scope, operation=operation, key=f"demo {key}", body=b""), done, refused
    )


def _money(minor: int) -> Money:
    return Money(minor, get_asset(code=options().default_currency))


def _customer(person: DemoPerson) -> UUID:
    if person.customer_id is None:
        raise ValueError(f"{person.username} is no customer")
    return person.customer_id


def _path() -> Path:
    return Path(options().data_dir) / PEOPLE_FILE


def _write_down(people: Sequence[DemoPerson], path: Path) -> None:
    rows = [
        {"username": one.username, "password": one.password, "role": one.role, "name": one.name}
        for one in people
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(rows, file, indent=1)
    draft.replace(path)
