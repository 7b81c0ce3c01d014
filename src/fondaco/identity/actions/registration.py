"""How a customer and his first user come to be."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from fondaco.identity import models, names, passwords
from fondaco.identity.actions import traces
from fondaco.identity.actions.people import Person, refuse_taken
from fondaco.identity.events import CustomerRegistered
from fondaco.identity.rows import show_customer, show_user
from fondaco.identity.states import CustomerKind, Level, MemberRole
from fondaco.identity.types import ALL_RIGHTS, NewCustomer, Registered
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import InvalidField

_PARTIES = frozenset({CustomerKind.CORPORATE, CustomerKind.BANK})


@dataclass(frozen=True, slots=True)
class Checked:
    """Hold a registration in normal form, with the password as what is kept of it."""

    person: Person
    name: str
    url: str
    password_hash: str


def check(ask: NewCustomer) -> Checked:
    """Check and normalise a registration, and hash its password; nobody is looked up.

    :raises InvalidField: a value cannot be taken
    :raises WeakPassword: the password may not be used
    """
    person = Person.checked(
        email=ask.email,
        phone=ask.phone,
        username=ask.username,
        first_name=ask.first_name,
        last_name=ask.last_name,
        telegram_id=ask.telegram_id,
    )
    name, url = _organisation(ask, person)
    return Checked(person, name, url, _hash(ask, (*person.told, name)))


def register(*, ask: NewCustomer, by: Actor | None = None) -> Registered:
    """Make a customer and the user who owns him; part of the caller's transaction where there is one.

    ``by`` is the new user himself where none is given. The password is hashed whether or not the identifiers
    are free, so the time does not tell.

    :raises InvalidField: a value cannot be taken
    :raises WeakPassword: the password may not be used
    :raises IdentifierTaken: another user has one of the identifiers
    """
    checked = check(ask)
    try:
        with transaction.atomic():
            user = checked.person.insert(
                password_hash=checked.password_hash,
                is_email_verified=ask.is_email_verified,
                is_phone_verified=ask.is_phone_verified,
            )
            customer = models.Customer.objects.create(
                kind=ask.kind,
                name=checked.name,
                url=checked.url,
                level=Level.NOT_VERIFIED,
                created_at=user.created_at,
            )
            return _bind(user, customer, by)
    except IntegrityError as error:
        raise refuse_taken(error) from error


def _hash(ask: NewCustomer, told: tuple[str | None, ...]) -> str:
    if ask.password is None:
        return ask.password_hash or passwords.UNUSABLE
    passwords.check_rules(ask.password, told=told)
    return passwords.hash_password(ask.password)


def _organisation(ask: NewCustomer, person: Person) -> tuple[str, str]:
    if ask.kind == CustomerKind.CLIENT:
        for field, value in (("name", ask.name), ("url", ask.url)):
            if value:
                raise InvalidField("A client goes by first and last name.", field=field)
        return person.called, ""
    longest = names.ORGANISATION_CHARACTERS_MAX
    cleaned = names.clean_name(ask.name or "", field="name", characters_max=longest)
    return cleaned, names.clean_url(ask.url) if ask.url else ""


def _bind(user: models.User, customer: models.Customer, by: Actor | None) -> Registered:
    is_party = customer.kind in _PARTIES
    models.Membership.objects.create(
        user=user,
        customer=customer,
        role=MemberRole.ADMINISTRATOR if is_party else MemberRole.OWNER,
        permissions=[ALL_RIGHTS],
        created_at=clock.now(),
    )
    registered = Registered(customer=show_customer(customer), user=show_user(user))
    event = CustomerRegistered(
        customer=registered.customer.wire_id,
        user=registered.user.wire_id,
        kind=registered.customer.kind.value,
    )
    traces.leave(
        event,
        action="identity.customer.register",
        by=by or registered.user.actor,
        detail={"user": event.user, "kind": event.kind},
    )
    return registered
