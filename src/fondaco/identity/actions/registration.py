"""How a customer and his first user come to be."""

from django.db import IntegrityError, transaction

from fondaco.identity import models, names, passwords
from fondaco.identity.actions import traces
from fondaco.identity.actions.people import Person, refuse_taken
from fondaco.identity.events import CustomerRegistered
from fondaco.identity.rows import show_customer, show_user
from fondaco.identity.states import CustomerKind, Level, MemberRole
from fondaco.identity.types import ALL_RIGHTS, Registered
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import InvalidField

_PARTIES = frozenset({CustomerKind.CORPORATE, CustomerKind.BANK})


def register(
    *,
    kind: CustomerKind,
    password: str,
    first_name: str,
    last_name: str,
    email: str | None = None,
    phone: str | None = None,
    username: str | None = None,
    name: str | None = None,
    url: str | None = None,
    by: Actor | None = None,
) -> Registered:
    """Make a customer and the user who owns him; part of the caller's transaction where there is one.

    ``name`` and ``url`` are an organisation's; a client goes by the person's name. ``by`` is the new user
    himself where none is given. The password is hashed whether or not the identifiers are free, so the time
    does not tell.

    :raises InvalidField: a value cannot be taken
    :raises WeakPassword: the password may not be used
    :raises IdentifierTaken: another user has one of the identifiers
    """
    person = Person.checked(
        email=email,
        phone=phone,
        username=username,
        first_name=first_name,
        last_name=last_name,
    )
    customer_name, customer_url = _organisation(kind, person, name, url)
    passwords.check_rules(password, told=(*person.told, customer_name))
    password_hash = passwords.hash_password(password)
    try:
        with transaction.atomic():
            user = person.insert(password_hash=password_hash)
            customer = models.Customer.objects.create(
                kind=kind,
                name=customer_name,
                url=customer_url,
                level=Level.NOT_VERIFIED,
                created_at=user.created_at,
            )
            return _bind(user, customer, by)
    except IntegrityError as error:
        raise refuse_taken(error) from error


def _organisation(
    kind: CustomerKind, person: Person, name: str | None, url: str | None
) -> tuple[str, str]:
    if kind == CustomerKind.CLIENT:
        for field, value in (("name", name), ("url", url)):
            if value:
                raise InvalidField("A client goes by first and last name.", field=field)
        return f"{person.first_name} {person.last_name}", ""
    longest = names.ORGANISATION_CHARACTERS_MAX
    cleaned = names.clean_name(name or "", field="name", characters_max=longest)
    return cleaned, names.clean_url(url) if url else ""


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
