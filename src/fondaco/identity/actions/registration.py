"""How a customer and his first user come to be."""

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


def register(*, ask: NewCustomer, by: Actor | None = None) -> Registered:
    """Make a customer and the user who owns him; part of the caller's transaction where there is one.

    ``by`` is the new user himself where none is given. The password is hashed whether or not the identifiers
    are free, so the time does not tell.

    :raises InvalidField: a value cannot be taken
    :raises WeakPassword: the password may not be used
    :raises IdentifierTaken: another user has one of the identifiers
    """
    person = Person.checked(
        email=ask.email,
        phone=ask.phone,
        username=ask.username,
        first_name=ask.first_name,
        last_name=ask.last_name,
    )
    name, url = _organisation(ask, person)
    passwords.check_rules(ask.password, told=(*person.told, name))
    password_hash = passwords.hash_password(ask.password)
    try:
        with transaction.atomic():
            user = person.insert(password_hash=password_hash)
            customer = models.Customer.objects.create(
                kind=ask.kind,
                name=name,
                url=url,
                level=Level.NOT_VERIFIED,
                created_at=user.created_at,
            )
            return _bind(user, customer, by)
    except IntegrityError as error:
        raise refuse_taken(error) from error


def _organisation(ask: NewCustomer, person: Person) -> tuple[str, str]:
    if ask.kind == CustomerKind.CLIENT:
        for field, value in (("name", ask.name), ("url", ask.url)):
            if value:
                raise InvalidField("A client goes by first and last name.", field=field)
        return f"{person.first_name} {person.last_name}", ""
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
