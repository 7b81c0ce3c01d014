"""Become a customer."""

from django.db import transaction

from fondaco.credentials import telegram
from fondaco.credentials.actions import contacts, registration
from fondaco.credentials.errors import TelegramRefused
from fondaco.credentials.types import TelegramLogin
from fondaco.identity import actions as identity
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import UNKNOWN_ORIGIN, NewCustomer, Origin
from fondaco.kit.access import Actor
from fondaco.wallets.actions.wallets import open_wallet
from fondaco.wallets.types import SignedUp


def sign_up(
    *, ask: NewCustomer, origin: Origin = UNKNOWN_ORIGIN, by: Actor | None = None
) -> SignedUp:
    """Register a customer, open his first wallet and log him in: all of it, or nothing.

    An e-mail that is not proved yet is sent a link. ``by`` is the new user himself where none is given.

    :raises InvalidField: a value cannot be taken
    :raises WeakPassword: the password may not be used
    :raises IdentifierTaken: another user has one of the identifiers
    """
    with transaction.atomic():
        registered = identity.register(ask=ask, by=by)
        actor = by or registered.user.actor
        wallet = open_wallet(customer_id=registered.customer.id, by=actor)
        session = identity.open_session(user_id=registered.user.id, origin=origin)
        if registered.user.email and by is None:
            contacts.ask_email_proof(user_id=registered.user.id)
    return SignedUp(registered=registered, wallet=wallet, session=session)


def confirm_sign_up(*, token: str, code: str = "", origin: Origin = UNKNOWN_ORIGIN) -> SignedUp:
    """Sign up as it was asked, now that the letter's link, or a telephone's code for the handle, came back.

    :raises LinkRefused: the link is unknown, used or past its time
    :raises WrongCode: the code is wrong, spent, too late or was tried too often
    :raises IdentifierTaken: another user took one of the identifiers meanwhile
    """
    if code:
        return sign_up(ask=registration.confirm_by_code(handle=token, code=code), origin=origin)
    with transaction.atomic():
        return sign_up(ask=registration.confirm_by_link(token=token), origin=origin)


def sign_up_by_telegram(*, signed: TelegramLogin, origin: Origin = UNKNOWN_ORIGIN) -> SignedUp:
    """Sign up the person whom Telegram vouches for, as a client without password.

    :raises TelegramRefused: used before
    :raises IdentifierTaken: a user assigned this Telegram account meanwhile
    """
    with transaction.atomic():
        if not telegram.spend(signed, user_id=None):
            raise TelegramRefused
        ask = NewCustomer(kind=CustomerKind.CLIENT, password=None, telegram_id=signed.telegram_id)
        return sign_up(ask=ask, origin=origin)
