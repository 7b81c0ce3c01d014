"""People who can be reached, things that happen to them, and a relay that tells."""

import itertools
import time
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction

from fondaco.identity import models as identity, queries as people
from fondaco.identity.tests.people import make_client
from fondaco.identity.types import User, customer_wire
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import events
from fondaco.kit.django.events import DomainEvent
from fondaco.kit.django.readers import Reader
from fondaco.kit.django.tests.samples import settle
from fondaco.kit.ids import encode, uuid7
from fondaco.money import Asset, Money
from fondaco.notifications import actions, models
from fondaco.notifications.states import Channel
from fondaco.wallets.events import RequestAsked, WalletBlocked, WalletRenamed

USD: Final = Asset("USD", 2)
LONG_S: Final = 60.0
_numbers = itertools.count(int(time.time() * 1000) % 10_000_000_000)


class Somebody:
    """A client, reached by e-mail, telephone, Telegram and Slack."""

    def __init__(self, *, name: str = "Ada", **columns: Any) -> None:
        made = make_client()
        self.customer_id: UUID = made.customer.id
        self.id: UUID = made.user.id
        now, number = clock.now(), next(_numbers)
        changed = {
            "first_name": name,
            "email_verified_at": now,
            "phone": f"+34{number:011d}",
            "phone_verified_at": now,
            "telegram_id": number,
        }
        identity.User.objects.filter(id=self.id).update(**(changed | columns))
        self.slack = f"U{self.id.hex[-12:].upper()}"
        models.SlackMember.objects.create(user_id=self.id, member=self.slack, verified_at=now)
        self.want("welcome")

    @property
    def user(self) -> User:
        return people.get_user(self.id)

    @property
    def wire(self) -> str:
        return customer_wire(self.customer_id)

    def messages(self, **asked: Any) -> list[models.Message]:
        return list(models.Message.objects.filter(user_id=self.id, **asked).order_by("id"))

    def want(self, notice: str, *channels: Channel) -> None:
        """Be told of a notice by these channels and by no others."""
        changes = [
            (notice, channel, channel in channels)
            for channel in Channel
            if channel != Channel.APPRISE
        ]
        actions.change_wishes(user_id=self.id, changes=changes, by=SYSTEM)


def happen(event: DomainEvent) -> None:
    with transaction.atomic():
        events.publish(event, by=SYSTEM)


def ask_for_money(payer: Somebody, *, asker: Somebody | None = None, amount: str = "5.50") -> None:
    """Have somebody ask another for money: e-mail and in-app unless he wants otherwise."""
    happen(
        RequestAsked(
            request=encode("req", uuid7()),
            asker=(asker or payer).wire,
            payer=payer.wire,
            amount=Money.parse(amount, USD),
        )
    )


def block_wallet(owner: Somebody) -> None:
    """Have the house stop a wallet: nobody can switch that notice off."""
    happen(WalletBlocked(wallet=encode("wal", uuid7()), customer=owner.wire))


def rename_wallet(owner: Somebody) -> None:
    """Have something happen of which nobody is told."""
    happen(WalletRenamed(wallet=encode("wal", uuid7()), customer=owner.wire, label="x"))


def tell(name: str = "notifications.route") -> None:
    """Bring all that happened to the messages, as the relay does."""
    settle()
    reader = Reader(name)
    while reader.consume_together(actions.route):
        pass


def send(channel: Channel) -> None:
    """Try what is due by a channel, as a worker does."""
    assert not actions.send_due(channel=channel, for_s=LONG_S)


def clear(*channels: Channel) -> None:
    """Put aside what other tests left due, so that this test's messages alone are tried."""
    rows = models.Message.objects.filter(ended_at__isnull=True, channel__in=channels)
    rows.update(state="cancelled", ended_at=clock.now())


def fresh_reader() -> Callable[[], None]:
    """Give a reader that tells all that happened anew, from the oldest event on."""
    name = f"notifications.route.{uuid4().hex}"
    return lambda: tell(name)
