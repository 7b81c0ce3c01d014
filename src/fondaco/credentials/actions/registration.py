"""Registration where addresses are proved first: nothing is made until the link or code comes back.

What was asked is kept sealed, with the hash of the password. The request does the same work and gives the
same answer whether or not the identifiers are somebody's; the letter alone tells.
"""

import json
from datetime import timedelta
from typing import Any, Final

from django.db import transaction

from fondaco.credentials import challenges
from fondaco.credentials.challenges import Answered, Question
from fondaco.credentials.errors import LinkRefused, WrongCode
from fondaco.credentials.posting import post_registration
from fondaco.credentials.states import Purpose
from fondaco.credentials.types import Asked
from fondaco.identity.actions.registration import Checked, check
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import NewCustomer
from fondaco.kit.django import jobs, tenancy
from fondaco.kit.errors import InvalidField
from fondaco.kit.options import options

EMAIL_LIFETIME: Final = timedelta(days=1)
PHONE_LIFETIME: Final = timedelta(minutes=10)
_LIVE: Final = "live"


def must_prove_first() -> bool:
    """Tell whether an address is proved before a customer is made: by the option, else in live tenants."""
    chosen = options().registration
    return chosen == "verified" or (chosen == "auto" and tenancy.current().mode == _LIVE)


def ask_registration(*, ask: NewCustomer) -> Asked:
    """Keep what somebody asked until he proves that he is reached at his e-mail, else at his telephone.

    :raises InvalidField: a value cannot be taken, or there is neither e-mail nor telephone
    :raises WeakPassword: the password may not be used
    """
    if not (ask.email or ask.phone):
        raise InvalidField("Give an e-mail or a telephone.", field="email")
    checked = check(ask)
    by_email = checked.person.email is not None
    with transaction.atomic():
        row, asked = challenges.ask(
            Question(
                purpose=Purpose.EMAIL_LINK if by_email else Purpose.PHONE_CODE,
                lifetime=EMAIL_LIFETIME if by_email else PHONE_LIFETIME,
                subject=json.dumps(_written(ask, checked)),
                context={"registration": True},
            )
        )
        jobs.defer(post_registration, challenge_id=str(row.id))
    return asked


def confirm_by_link(*, token: str) -> NewCustomer:
    """Give what was asked, with its e-mail proved; part of the caller's transaction, which makes it.

    :raises LinkRefused: unknown, used or past its time
    """
    spent = challenges.spend_by_handle(handle=token, purpose=Purpose.EMAIL_LINK)
    if spent is None or not spent.context.get("registration"):
        raise LinkRefused
    return _read(spent, email=True)


def confirm_by_code(*, handle: str, code: str) -> NewCustomer:
    """Give what was asked, with its telephone proved. Runs its own transaction, since a wrong try counts.

    :raises WrongCode: wrong, spent, too late or too often
    """
    with transaction.atomic():
        spent = challenges.spend_by_code(handle=handle, code=code, purpose=Purpose.PHONE_CODE)
    if spent is None or not spent.context.get("registration"):
        raise WrongCode
    return _read(spent, email=False)


def _written(ask: NewCustomer, checked: Checked) -> dict[str, Any]:
    person = checked.person
    return {
        "kind": ask.kind.value,
        "password_hash": checked.password_hash,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "phone": person.phone,
        "username": person.username,
        "name": ask.name,
        "url": ask.url,
    }


def _read(spent: Answered, *, email: bool) -> NewCustomer:
    told = json.loads(spent.subject)
    return NewCustomer(
        **told | {"kind": CustomerKind(told["kind"])},
        password=None,
        is_email_verified=email,
        is_phone_verified=not email,
    )
