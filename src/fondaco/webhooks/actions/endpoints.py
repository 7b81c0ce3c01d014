"""How endpoints come, change and go."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, locks
from fondaco.kit.django.audiences import public_types
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.webhooks import destinations, models, signatures
from fondaco.webhooks.errors import TooManyEndpoints
from fondaco.webhooks.events import (
    EndpointDeleted,
    EndpointEvent,
    EndpointMade,
    EndpointSwitchedOff,
    EndpointSwitchedOn,
    SecretRotated,
)
from fondaco.webhooks.rows import show_endpoint
from fondaco.webhooks.states import DeliveryState
from fondaco.webhooks.types import Endpoint, Issued, endpoint_wire

ENDPOINTS_MAX: Final = 20
BY_OWNER: Final = "you switched it off"
"""Why an endpoint is disabled that its owner disabled."""
OLD_SECRET_LIFE: Final = timedelta(hours=24)


def make_endpoint(
    *, customer_id: UUID, url: str, types: tuple[str, ...], label: str, by: Actor
) -> Issued:
    """Make an endpoint that events go to from now on; the secret is given this once.

    :raises InvalidField: the address cannot be called, or a type is none that customers are told of
    :raises TooManyEndpoints: the customer has `ENDPOINTS_MAX`
    """
    destinations.check_url(url, field="url")
    unknown = sorted(set(types) - public_types())
    if unknown:
        raise InvalidField(f"There is no event {unknown[0]}.", field="types")
    with transaction.atomic():
        _lock(customer_id)
        living = models.Endpoint.objects.filter(customer_id=customer_id, deleted_at__isnull=True)
        if living.exclude(url="").count() >= ENDPOINTS_MAX:
            raise TooManyEndpoints(facts={"endpoints_max": ENDPOINTS_MAX})
        issued = _create(customer_id, url, types=types, label=label)
        _tell(EndpointMade, issued.endpoint, customer_id, by, action="webhooks.endpoint.make")
    return issued


def issue_callback_secret(*, customer_id: UUID, by: Actor) -> Issued:
    """Give the customer a new secret for order callbacks; the one before signs for a day beside it."""
    with transaction.atomic():
        row = lock_callback_sender(customer_id=customer_id)
        return _rotate(row, by)


def rotate_secret(*, endpoint_id: UUID, customer_id: UUID, by: Actor) -> Issued:
    """Give an endpoint another secret; the one before signs for a day beside it.

    :raises NotFound: the customer has no such endpoint
    """
    with transaction.atomic():
        return _rotate(_lock_endpoint(endpoint_id, customer_id), by)


def enable_endpoint(*, endpoint_id: UUID, customer_id: UUID, by: Actor) -> Endpoint:
    """Send events there again, from now on; doing so again changes nothing.

    :raises NotFound: the customer has no such endpoint
    """
    with transaction.atomic():
        row = _lock_endpoint(endpoint_id, customer_id)
        if row.disabled_at is not None:
            row.disabled_at, row.disabled_reason, row.enabled_at = None, "", clock.now()
            row.failures = 0
            row.save(update_fields=["disabled_at", "disabled_reason", "enabled_at", "failures"])
            _tell(
                EndpointSwitchedOn,
                show_endpoint(row),
                customer_id,
                by,
                action="webhooks.endpoint.enable",
            )
        return show_endpoint(row)


def disable_endpoint(*, endpoint_id: UUID, customer_id: UUID, by: Actor) -> Endpoint:
    """Send nothing there until it is enabled again, and drop what waits; doing so again changes nothing.

    :raises NotFound: the customer has no such endpoint
    """
    with transaction.atomic():
        row = _lock_endpoint(endpoint_id, customer_id)
        if not row.url:
            raise NotFound("Order callbacks have no endpoint of their own.")
        if row.disabled_at is None:
            row.disabled_at, row.disabled_reason = clock.now(), BY_OWNER
            row.save(update_fields=["disabled_at", "disabled_reason"])
            cancel_waiting(row)
            told = {"endpoint": endpoint_wire(row.id), "customer": customer_wire(customer_id)}
            event = EndpointSwitchedOff(**told, reason=BY_OWNER)
            audit.record(by=by, action="webhooks.endpoint.disable", subject=event.subject)
            events.publish(event, by=by)
        return show_endpoint(row)


def delete_endpoint(*, endpoint_id: UUID, customer_id: UUID, by: Actor) -> None:
    """Send nothing there any more; the log stays for as long as it is kept.

    :raises NotFound: the customer has no such endpoint
    """
    with transaction.atomic():
        row = _lock_endpoint(endpoint_id, customer_id)
        if not row.url:
            raise NotFound("Order callbacks have no endpoint of their own.")
        row.deleted_at = clock.now()
        row.save(update_fields=["deleted_at"])
        cancel_waiting(row)
        _tell(
            EndpointDeleted, show_endpoint(row), customer_id, by, action="webhooks.endpoint.delete"
        )


def lock_callback_sender(*, customer_id: UUID) -> models.Endpoint:
    """Give the row that signs a customer's order callbacks; made when it is first needed."""
    _lock(customer_id)
    row = (
        models.Endpoint.objects.select_for_update().filter(customer_id=customer_id, url="").first()
    )
    if row is not None:
        return row
    made = _create(customer_id, "", types=(), label="Order callbacks")
    return models.Endpoint.objects.get(id=made.endpoint.id)


def cancel_waiting(row: models.Endpoint) -> None:
    """End what waits for an endpoint."""
    waiting = models.Delivery.objects.filter(endpoint=row, state=DeliveryState.WAITING)
    waiting.update(state=DeliveryState.CANCELLED, ended_at=clock.now())


def _create(customer_id: UUID, url: str, *, types: tuple[str, ...], label: str) -> Issued:
    now, secret, seed = clock.now(), signatures.new_secret(), signatures.new_seed()
    row = models.Endpoint.objects.create(
        customer_id=customer_id,
        url=url,
        label=label,
        types=sorted(set(types)),
        secret=secret,
        seed=seed,
        public_key=signatures.public_key(seed),
        created_at=now,
        enabled_at=now,
    )
    return Issued(show_endpoint(row), secret)


def _rotate(row: models.Endpoint, by: Actor) -> Issued:
    row.old_secret, row.old_secret_until = row.secret, clock.now() + OLD_SECRET_LIFE
    row.secret = signatures.new_secret()
    row.save(update_fields=["secret", "old_secret", "old_secret_until"])
    endpoint = show_endpoint(row)
    _tell(SecretRotated, endpoint, row.customer_id, by, action="webhooks.secret.rotate")
    return Issued(endpoint, row.secret)


def _lock(customer_id: UUID) -> None:
    locks.lock_name(f"webhooks:{customer_id}")


def _lock_endpoint(endpoint_id: UUID, customer_id: UUID) -> models.Endpoint:
    row = (
        models.Endpoint.objects.select_for_update()
        .filter(id=endpoint_id, customer_id=customer_id, deleted_at__isnull=True)
        .first()
    )
    if row is None:
        raise NotFound("You have no such endpoint.")
    return row


def _tell(
    happened: type[EndpointEvent], endpoint: Endpoint, customer_id: UUID, by: Actor, *, action: str
) -> None:
    event = happened(endpoint=endpoint_wire(endpoint.id), customer=customer_wire(customer_id))
    audit.record(by=by, action=action, subject=event.subject, detail={"url": endpoint.url})
    events.publish(event, by=by)
