"""Become a customer."""

from django.db import transaction

from fondaco.identity import actions as identity
from fondaco.identity.types import UNKNOWN_ORIGIN, NewCustomer, Origin
from fondaco.kit.access import Actor
from fondaco.wallets.actions.wallets import open_wallet
from fondaco.wallets.types import SignedUp


def sign_up(
    *, ask: NewCustomer, origin: Origin = UNKNOWN_ORIGIN, by: Actor | None = None
) -> SignedUp:
    """Register a customer, open his first wallet and log him in: all of it, or nothing.

    ``by`` is the new user himself where none is given.

    :raises InvalidField: a value cannot be taken
    :raises WeakPassword: the password may not be used
    :raises IdentifierTaken: another user has one of the identifiers
    """
    with transaction.atomic():
        registered = identity.register(ask=ask, by=by)
        actor = by or registered.user.actor
        wallet = open_wallet(customer_id=registered.customer.id, by=actor)
        session = identity.open_session(user_id=registered.user.id, origin=origin)
    return SignedUp(registered=registered, wallet=wallet, session=session)
