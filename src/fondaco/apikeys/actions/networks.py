"""How a customer's address list changes."""

from typing import Final
from uuid import UUID

from django.db import transaction

from fondaco.apikeys import known, models
from fondaco.apikeys.errors import TooManyNetworks, WouldLockOut
from fondaco.apikeys.events import NetworkAllowed, NetworkRemoved
from fondaco.apikeys.networks import lies_in
from fondaco.apikeys.queries import list_networks
from fondaco.apikeys.rows import show_network
from fondaco.apikeys.types import AllowedNetwork, Network, network_wire
from fondaco.audit import actions as audit
from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events, locks
from fondaco.kit.errors import NotFound

NETWORKS_MAX: Final = 100


def allow_network(
    *, customer_id: UUID, network: Network, label: str, here: str | None, by: Actor
) -> AllowedNetwork:
    """Let a customer be reached from a network; the first one shuts out all other addresses.

    Again changes nothing. ``here`` is the address that must stay allowed; none: the caller means it.

    :raises WouldLockOut: the list would leave ``here`` out
    :raises TooManyNetworks: the list holds `NETWORKS_MAX`
    """
    with transaction.atomic():
        locks.lock_name(f"apikeys:{customer_id}")
        present = list_networks(customer_id=customer_id)
        same = next((one for one in present if one.network == network), None)
        if same is not None:
            return same
        _stay([network, *(one.network for one in present)], here)
        if len(present) >= NETWORKS_MAX:
            raise TooManyNetworks(facts={"networks_max": NETWORKS_MAX})
        row = models.AllowedNetwork.objects.create(
            customer_id=customer_id, network=str(network), label=label, created_at=clock.now()
        )
        event = NetworkAllowed(customer=customer_wire(customer_id), network=network_wire(row.id))
        audit.record(
            by=by,
            action="apikeys.network.allow",
            subject=event.subject,
            detail={"network": str(network)},
        )
        events.publish(event, by=by)
        known.forget_lists()
    return show_network(row)


def remove_network(*, network_id: UUID, customer_id: UUID, here: str | None, by: Actor) -> None:
    """Take a network from a customer's list; without the last one all addresses are allowed again.

    :raises NotFound: the list has no such entry
    :raises WouldLockOut: the list would leave ``here`` out
    """
    with transaction.atomic():
        locks.lock_name(f"apikeys:{customer_id}")
        present = list_networks(customer_id=customer_id)
        gone = next((one for one in present if one.id == network_id), None)
        if gone is None:
            raise NotFound("Your list has no such entry.")
        _stay([one.network for one in present if one is not gone], here)
        models.AllowedNetwork.objects.filter(id=network_id).delete()
        event = NetworkRemoved(
            customer=customer_wire(customer_id), network=network_wire(network_id)
        )
        audit.record(
            by=by,
            action="apikeys.network.remove",
            subject=event.subject,
            detail={"network": str(gone.network)},
        )
        events.publish(event, by=by)
        known.forget_lists()


def _stay(networks: list[Network], here: str | None) -> None:
    if networks and here is not None and not lies_in(here, networks):
        raise WouldLockOut(facts={"address": here})
