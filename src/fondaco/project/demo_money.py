"""The money of a demo tenant: wallets, opening balances, and some who bought books.

Everything goes through the same actions as at a customer's request, so books, events and audit trail agree.
"""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid4

from fondaco.identity import actions as identity
from fondaco.identity.demo import check_play_money, new_password
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import NewCustomer
from fondaco.kit.access import Actor
from fondaco.kit.django.idempotency import Answer, Key
from fondaco.kit.errors import DomainError
from fondaco.kit.ids import decode, encode
from fondaco.ledger.types import TransferId
from fondaco.money import Money
from fondaco.wallets.actions.charges import charge
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.actions.refunds import refund
from fondaco.wallets.actions.topups import post_top_up
from fondaco.wallets.actions.wallets import open_wallet
from fondaco.wallets.queries.history import list_operations
from fondaco.wallets.queries.wallets import find_first_wallet_id, get_wallet
from fondaco.wallets.types import (
    TRANSFER,
    Answered,
    ChargeAsk,
    Funding,
    Grounds,
    Once,
    OperationFilter,
    TransferKind,
    WalletId,
)

SHOP: Final = "bookshop"
"""The company that charges the others."""

_OPENING: Final[Mapping[str, str]] = {
    "admin": "1000.00",
    "johnwick": "250.00",
    "lyraking": "420.50",
    "alexray": "75.25",
    "buyer": "5000.00",
    "supplier": "800.00",
    "bank": "10000.00",
}
_SALES: Final = (
    ("johnwick", "12.50", "A pocket atlas"),
    ("lyraking", "34.90", "Two novels"),
    ("johnwick", "21.00", "A book of knots"),
    ("alexray", "8.20", "Postcards of the harbour"),
    ("lyraking", "17.75", "A calendar"),
)
_GIVEN_BACK: Final = _SALES[-1]
_REFUSED: Final = ("alexray", "500.00", "A first edition")
"""More than he has: a failed attempt for the histories."""

_GROUNDS: Final = Grounds(reason="demo data", evidence="none: the money is not real")
_FIRST_NAMES: Final = ("Ada", "Bruno", "Clara", "Dario", "Elena", "Felix", "Greta", "Hugo", "Iris")
_LAST_NAMES: Final = ("Moro", "Gritti", "Foscari", "Loredan", "Contarini", "Dandolo", "Barbaro")
_WARES: Final = ("A paperback", "A map", "A sketchbook", "Sheet music", "A dictionary", "A diary")
_FUNDS_MAX: Final = 1_000
_PRICE_MAX: Final = 60
"""Whole units of the currency; so now and then a charge is refused."""
_REFUND_EVERY: Final = 15

Report = Callable[[str, int, int], None]
"""Told what is being made, how many are done, and how many there will be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Count what was added."""

    customers: int
    charges: int
    refused: int
    refunds: int


def seed_money(*, customers: Mapping[str, UUID], by: Actor) -> bool:
    """Give each customer of the demo, by user name, a wallet and funds; tells whether anything was missing.

    What is there is left alone, so an interrupted seeding is completed by the next call.

    :raises DemoRefused: the tenant is a live one
    """
    check_play_money()
    shop = customers[SHOP]
    if _has_operations(shop, TransferKind.CHARGE, success=False):  # the last step
        return False
    for name, customer_id in customers.items():
        wallet_id = find_first_wallet_id(customer_id=customer_id)
        if wallet_id is None:
            wallet_id = open_wallet(customer_id=customer_id, by=by).id
        if name in _OPENING and not _has_operations(customer_id, TransferKind.TOP_UP):
            _fund(wallet_id, _money(_OPENING[name]), key=f"opening:{name}", by=by)
    taken = {
        sale: _sell(customers, sale, key=f"sale:{number}", by=by)
        for number, sale in enumerate(_SALES)
    }
    back = _transfer_of(taken[_GIVEN_BACK])
    if back is not None:
        _give_back(shop, back, key="refund", by=by)
    _sell(customers, _REFUSED, key="refused", by=by)
    return True


def add_activity(
    *, customers: int = 25, charges: int = 300, shop_id: UUID, report: Report, by: Actor
) -> Activity:
    """Sign up clients with wallets and funds, and have the shop charge them at random.

    Nobody is told their passwords.

    :raises DemoRefused: the tenant is a live one
    """
    check_play_money()
    dice = random.Random()  # noqa: S311 - prices of a demo are no secrets
    tokens = []
    for number in range(customers):
        report("customers", number, customers)
        tokens.append(_sign_up(dice, by=by))
    refused = refunds = 0
    for number in range(charges if tokens else 0):
        report("charges", number, charges)
        price = _at_random(dice, _PRICE_MAX)
        ask = ChargeAsk(token=dice.choice(tokens), amount=price, summary=dice.choice(_WARES))
        taken = _transfer_of(charge(merchant_id=shop_id, ask=ask, once=_once(), by=by))
        if taken is None:
            refused += 1
        elif number % _REFUND_EVERY == 0:
            _give_back(shop_id, taken, by=by)
            refunds += 1
    return Activity(customers=customers, charges=charges, refused=refused, refunds=refunds)


def _has_operations(customer_id: UUID, kind: TransferKind, *, success: bool | None = None) -> bool:
    narrow = OperationFilter(kind=kind, success=success)
    return bool(list_operations(customer_id=customer_id, narrow=narrow, limit=1).items)


def _fund(wallet_id: WalletId, amount: Money, *, key: str = "", by: Actor) -> None:
    ask = Funding(wallet_id=wallet_id, amount=amount, summary="Opening balance")
    post_top_up(ask=ask, grounds=_GROUNDS, once=_once(key), by=by)


def _sell(
    customers: Mapping[str, UUID], sale: tuple[str, str, str], *, key: str, by: Actor
) -> Answered:
    name, price, summary = sale
    customer_id = customers[name]
    wallet_id = find_first_wallet_id(customer_id=customer_id)
    if wallet_id is None:
        raise AssertionError("every customer of the demo has a wallet by now")
    token = get_wallet(wallet_id=wallet_id, customer_id=customer_id).token
    ask = ChargeAsk(token=token, amount=_money(price), summary=summary)
    return charge(merchant_id=customers[SHOP], ask=ask, once=_once(key), by=by)


def _give_back(shop_id: UUID, taken: TransferId, *, key: str = "", by: Actor) -> None:
    refund(charge_id=taken, merchant_id=shop_id, amount=None, once=_once(key), by=by)


def _sign_up(dice: random.Random, *, by: Actor) -> str:
    """Make a client with a funded wallet, and give its token."""
    first, last = dice.choice(_FIRST_NAMES), dice.choice(_LAST_NAMES)
    ask = NewCustomer(
        kind=CustomerKind.CLIENT,
        password=new_password(),
        first_name=first,
        last_name=last,
        email=f"{first}.{last}.{uuid4().hex[:12]}@example.com".lower(),
    )
    customer_id = identity.register(ask=ask, by=by).customer.id
    wallet = open_wallet(customer_id=customer_id, by=by)
    _fund(wallet.id, _at_random(dice, _FUNDS_MAX), by=by)
    return wallet.token


def _at_random(dice: random.Random, most: int) -> Money:
    return _money(format(Decimal(dice.randint(1, most * 100)).scaleb(-2), "f"))


def _money(text: str) -> Money:
    return Money.parse(text, default_asset())


def _once(name: str = "") -> Once:
    """Name a step of the seeding, which has one effect; a nameless one is a step of its own."""
    key = Key.make(scope="demo", operation="demo", key=name or str(uuid4()), body=b"{}")
    return Once(
        key,
        lambda done: _answer(201, {"transfer": encode(TRANSFER, done.transfer_id)}),
        _refused,
    )


def _refused(error: DomainError) -> Answer:
    return _answer(error.kind.value, {"code": error.code})


def _answer(status: int, body: Mapping[str, str]) -> Answer:
    return Answer(status, json.dumps(body).encode())


def _transfer_of(answered: Answered) -> TransferId | None:
    """Give the transfer that an answer names; none when it was refused."""
    named = json.loads(answered.answer.body).get("transfer")
    return TransferId(decode(TRANSFER, named)) if named else None
