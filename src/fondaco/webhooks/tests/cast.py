"""A receiver in the sandbox, customers who listen, and a relay that brings their events."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from django.db import transaction

from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import events
from fondaco.kit.django.readers import Reader
from fondaco.kit.django.tests.samples import settle
from fondaco.kit.ids import encode, uuid7
from fondaco.wallets.events import WalletFrozen, WalletRenamed
from fondaco.webhooks import actions
from fondaco.webhooks.types import Issued

LONG_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Box:
    """One receiver in the sandbox."""

    url: str

    def plan(self, *answers: int | dict[str, Any], fail_percent: int = 0) -> None:
        """Answer the next messages so."""
        planned = [{"status": one} if isinstance(one, int) else one for one in answers]
        body = {"answers": planned, "fail_percent": fail_percent}
        httpx.post(f"{self.url}/plan", json=body).raise_for_status()

    def messages(self, *, after: int = 0) -> list[dict[str, Any]]:
        """Give what came, in order, without the first ones that were read before."""
        answer = httpx.get(f"{self.url}/messages", params={"after": after})
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def taken(self) -> list[Any]:
        """Give the bodies of what was answered with 2xx, in order."""
        return [json.loads(one["body"]) for one in self.messages() if one["status"] < 300]


def new_box(origin: str) -> Box:
    """Give an empty receiver."""
    return Box(f"{origin}/receiver/{uuid4().hex}")


def listen(customer_id: UUID, box: Box, *types: str) -> Issued:
    """Have a customer's events sent to a box."""
    return actions.make_endpoint(
        customer_id=customer_id, url=box.url, types=types, label="", by=SYSTEM
    )


def rename(customer_id: UUID, *, wallet: UUID | None = None, label: str = "x") -> str:
    """Write an event of a customer's wallet; give the wallet's identifier."""
    subject = encode("wal", wallet or uuid7())
    with transaction.atomic():
        happened = WalletRenamed(wallet=subject, customer=customer_wire(customer_id), label=label)
        events.publish(happened, by=SYSTEM)
    return subject


def freeze(customer_id: UUID) -> None:
    """Write an event of another type."""
    subject = encode("wal", uuid7())
    with transaction.atomic():
        events.publish(WalletFrozen(wallet=subject, customer=customer_wire(customer_id)), by=SYSTEM)


def dispatch() -> None:
    """Bring all that happened to the endpoints' queues, as the relay does."""
    settle()
    while Reader("webhooks.route").consume_together(actions.route):
        pass
    while Reader("webhooks.route_callback").consume(_callbacks_only):
        pass


def _callbacks_only(event: events.EventRow) -> None:
    if event.type == "orders.order.moved":
        actions.route_callback(event)


def deliver(endpoint_id: UUID) -> None:
    """Try what is due at an endpoint, as a worker does."""
    assert not actions.deliver_due(endpoint_id=endpoint_id, for_s=LONG_S)


def deliver_later(endpoint_id: UUID, *, after: timedelta) -> None:
    """Try what will be due after a while."""
    with clock.set_to(clock.now() + after):
        deliver(endpoint_id)


def deliver_all(endpoint_id: UUID, *, days: int = 4) -> datetime:
    """Try for days, an hour at a time; give when the days are over."""
    start = clock.now()
    for hour in range(24 * days):
        with clock.set_to(start + timedelta(hours=hour)):
            deliver(endpoint_id)
    return start + timedelta(days=days)


def subjects(bodies: Sequence[Any]) -> list[str]:
    """Give whose the messages are."""
    return [one["subject"] for one in bodies]
