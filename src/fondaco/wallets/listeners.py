"""What wallets do when something happens in the layers below."""

from typing import Final

from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import relay
from fondaco.kit.django.events import EventRow
from fondaco.kit.ids import decode
from fondaco.ledger.types import TransferId
from fondaco.wallets.actions import holds
from fondaco.wallets.types import TRANSFER

_EXPIRY: Final = Actor(ActorKind.JOB, "wallets.tell_expiry")


def tell_expiry(happened: EventRow) -> None:
    """Tell the two sides of an authorised charge that nobody captured it in time."""
    hold_id = TransferId(decode(TRANSFER, happened.data["hold_id"]))
    holds.tell_expiry(hold_id=hold_id, by=_EXPIRY)


relay.on("ledger.hold.expired", tell_expiry)
