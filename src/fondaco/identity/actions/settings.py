"""How a person is called and spoken to."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction

from fondaco.identity import models, names
from fondaco.identity.actions import traces
from fondaco.identity.actions.people import lock_user
from fondaco.identity.events import CustomerRenamed, ProfileChanged, SettingsChanged
from fondaco.identity.rows import show_customer, show_user
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import Customer, Settings, User, customer_wire, user_wire
from fondaco.kit.access import Actor
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.money import Asset

TOPICS: Final = ("payments", "orders", "statements", "news")
"""What a person may choose channels for. Notices about his own safety are always sent."""
CHANNELS: Final = ("email", "sms", "telegram", "slack")


def change_settings(*, user_id: UUID, to: Settings, by: Actor) -> User:
    """Replace language, time zone, currency and notification choices.

    :raises InvalidField: a language, zone, currency, topic or channel that is not known
    :raises NotFound: there is no such user
    """
    _check(to)
    with transaction.atomic():
        user = lock_user(user_id)
        user.language, user.time_zone, user.currency = to.language, to.time_zone, to.currency
        user.notifications = {topic: list(chosen) for topic, chosen in to.notifications.items()}
        user.save(update_fields=["language", "time_zone", "currency", "notifications"])
        event = SettingsChanged(user=user_wire(user_id))
        traces.leave(event, action="identity.settings.change", by=by)
    return show_user(user)


def rename_person(
    *, user_id: UUID, first_name: str | None, last_name: str | None, by: Actor
) -> User:
    """Change how a person is called; none leaves a name as it is.

    :raises InvalidField: a name cannot be taken
    :raises NotFound: there is no such user
    """
    first = None if first_name is None else names.clean_name(first_name, field="first_name")
    last = None if last_name is None else names.clean_name(last_name, field="last_name")
    with transaction.atomic():
        user = lock_user(user_id)
        user.first_name, user.last_name = first or user.first_name, last or user.last_name
        user.save(update_fields=["first_name", "last_name"])
        event = ProfileChanged(user=user_wire(user_id))
        traces.leave(event, action="identity.profile.change", by=by)
    return show_user(user)


def rename_customer(*, customer_id: UUID, name: str | None, url: str | None, by: Actor) -> Customer:
    """Change an organisation's name and site; none leaves them as they are.

    :raises InvalidField: a value cannot be taken, or the customer goes by a person's name
    :raises NotFound: there is no such customer
    """
    longest = names.ORGANISATION_CHARACTERS_MAX
    clean = None if name is None else names.clean_name(name, field="name", characters_max=longest)
    site = None if url is None else (names.clean_url(url) if url else "")
    with transaction.atomic():
        rows = models.Customer.objects.select_for_update(no_key=True)
        customer = rows.filter(id=customer_id).first()
        if customer is None:
            raise NotFound("There is no such customer.")
        if customer.kind == CustomerKind.CLIENT:
            raise InvalidField("A client goes by first and last name.", field="name")
        customer.name = clean or customer.name
        customer.url = customer.url if site is None else site
        customer.save(update_fields=["name", "url"])
        event = CustomerRenamed(customer=customer_wire(customer_id))
        traces.leave(event, action="identity.customer.rename", by=by)
    return show_customer(customer)


def _check(to: Settings) -> None:
    if to.language not in {code for code, _ in settings.LANGUAGES}:
        raise InvalidField("We do not speak this language.", field="language")
    if to.time_zone not in _zones():
        raise InvalidField("Name a zone such as Europe/Madrid.", field="time_zone")
    if to.currency:
        try:
            Asset(to.currency, scale=0)
        except ValueError as error:
            raise InvalidField("This is not a currency's code.", field="currency") from error
    _check_notifications(to.notifications)


def _check_notifications(chosen: Mapping[str, Sequence[str]]) -> None:
    for topic, channels in chosen.items():
        if topic not in TOPICS:
            raise InvalidField("Topics are: " + ", ".join(TOPICS), field="notifications")
        if not set(channels) <= set(CHANNELS) or len(set(channels)) < len(channels):
            raise InvalidField("Channels are: " + ", ".join(CHANNELS), field="notifications")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
