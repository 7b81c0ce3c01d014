"""Read identifiers of addresses, and write the addresses of what operators look at."""

from uuid import UUID

from django.urls import reverse

from fondaco.exchange.types import BATCH
from fondaco.identity.types import Customer, customer_wire
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode, encode
from fondaco.kyc.types import VERIFICATION_PREFIX
from fondaco.ledger.types import TRANSFER_PREFIX
from fondaco.orders.types import PREFIX as ORDER
from fondaco.wallets.types import WALLET


def id_from(prefix: str, text: str) -> UUID:
    """Read an identifier that stands in an address.

    :raises NotFound: it is none of this kind
    """
    try:
        return decode(prefix, text)
    except InvalidId:
        raise NotFound from None


def address_of(name: str) -> str:
    """Give the address of a page of the desk by its name."""
    return reverse(f"console:{name}")


def customer_url(customer_id: UUID) -> str:
    """Give the address of a customer's page."""
    return reverse("console:operator-customer", args=(customer_wire(customer_id),))


def order_url(order_id: UUID) -> str:
    """Give the address of an order's page."""
    return reverse("console:operator-order", args=(encode(ORDER, order_id),))


def wallet_url(wallet_id: UUID) -> str:
    """Give the address of a wallet's page."""
    return reverse("console:operator-wallet", args=(encode(WALLET, wallet_id),))


def verification_url(verification_id: UUID) -> str:
    """Give the address of a verification's page."""
    return reverse(
        "console:operator-verification", args=(encode(VERIFICATION_PREFIX, verification_id),)
    )


def batch_url(batch_id: UUID) -> str:
    """Give the address of a batch's page."""
    return reverse("console:operator-batch", args=(encode(BATCH, batch_id),))


def transfer_url(transfer_id: UUID) -> str:
    """Give the address of a transfer's page."""
    return reverse("console:operator-transfer", args=(encode(TRANSFER_PREFIX, transfer_id),))


def account_url(code: str) -> str:
    """Give the address of an account's page."""
    return reverse("console:operator-account", args=(code,))


def name_of(customer: Customer | None) -> str:
    """Give what a customer is called in lists."""
    if customer is None:
        return ""
    return customer.name or customer.wire_id
