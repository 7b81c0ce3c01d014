"""All row locks that wallets take: holder, payment request, wallet, and then the ledger's own."""

from uuid import UUID

from fondaco.identity import queries as identity
from fondaco.identity.states import CustomerKind
from fondaco.kit.errors import NotFound
from fondaco.wallets.models import PaymentRequest, Wallet, WalletHolder


def lock_holder(customer_id: UUID) -> WalletHolder:
    """Lock the customer as a holder of wallets, so that nobody else opens one for him meanwhile."""
    is_merchant = identity.get_customer(customer_id).kind is not CustomerKind.CLIENT
    WalletHolder.objects.bulk_create(
        [WalletHolder(customer_id=customer_id, is_merchant=is_merchant)], ignore_conflicts=True
    )
    return WalletHolder.objects.select_for_update().get(customer_id=customer_id)


def lock_wallet(wallet_id: UUID, *, customer_id: UUID | None = None) -> Wallet:
    """Lock a wallet, of the customer where one is named, so that its state stays what is read here.

    :raises NotFound: there is none, or it is another customer's
    """
    row = Wallet.objects.select_for_update().filter(id=wallet_id).first()
    if row is None or customer_id not in {None, row.holder_id}:
        raise NotFound
    return row


def lock_request(request_id: UUID) -> PaymentRequest:
    """Lock a payment request, so that its state stays what is read here.

    :raises NotFound: there is none
    """
    row = PaymentRequest.objects.select_for_update().filter(id=request_id).first()
    if row is None:
        raise NotFound
    return row
