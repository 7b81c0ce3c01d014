"""Note the bank card from which a wallet is funded."""

from itertools import cycle
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.keys import keyed_digest
from fondaco.kit.errors import InvalidField
from fondaco.kit.ids import encode
from fondaco.wallets.actions.locks import lock_wallet
from fondaco.wallets.events import CardChanged
from fondaco.wallets.models import Wallet as Row
from fondaco.wallets.queries.wallets import get_wallet
from fondaco.wallets.types import CUSTOMER, WALLET, Wallet, WalletId

_DIGITS_MIN, _DIGITS_MAX = 12, 19
"""Lengths of card numbers (ISO/IEC 7812)."""


def set_card(
    *, wallet_id: WalletId, customer_id: UUID, number: str, bank: str = "", by: Actor
) -> Wallet:
    """Note a wallet's funding card; of its number only the last four digits and a keyed digest are kept.

    :raises NotFound: there is no such wallet of this customer
    :raises InvalidField: the number is no card number
    """
    check_card_number(number)
    with transaction.atomic():
        row = lock_wallet(wallet_id, customer_id=customer_id)
        row.card_last_four = number[-4:]
        row.card_digest = keyed_digest("wallets.card", number)
        row.card_bank = bank
        _keep(row, by=by)
    return get_wallet(wallet_id=wallet_id, customer_id=customer_id)


def remove_card(*, wallet_id: WalletId, customer_id: UUID, by: Actor) -> Wallet:
    """Forget a wallet's funding card.

    :raises NotFound: there is no such wallet of this customer
    """
    with transaction.atomic():
        row = lock_wallet(wallet_id, customer_id=customer_id)
        row.card_last_four, row.card_digest, row.card_bank = "", None, ""
        _keep(row, by=by)
    return get_wallet(wallet_id=wallet_id, customer_id=customer_id)


def check_card_number(number: str) -> None:
    """Pass silently when the text is 12 to 19 digits with the right check digit (Luhn, ISO/IEC 7812-1).

    :raises InvalidField: it is not
    """
    digits = number.isascii() and number.isdigit()
    if not digits or not _DIGITS_MIN <= len(number) <= _DIGITS_MAX or _luhn(number) % 10:
        raise InvalidField("This is not the number of a card.", field="number")


def _luhn(number: str) -> int:
    doubled = (int(digit) * weight for digit, weight in zip(reversed(number), cycle((1, 2))))
    return sum(sum(divmod(value, 10)) for value in doubled)


def _keep(row: Row, *, by: Actor) -> None:
    row.save(update_fields=["card_last_four", "card_digest", "card_bank"])
    event = CardChanged(
        wallet=encode(WALLET, row.id),
        customer=encode(CUSTOMER, row.holder_id),
        last_four=row.card_last_four,
    )
    events.publish(event, by=by)
    audit.record(by=by, action="wallets.card.change", subject=event.subject)
