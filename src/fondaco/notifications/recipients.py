"""Who is told of events: looked up for many events together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fondaco.identity import queries as people, reaching
from fondaco.identity.types import (
    ALL_RIGHTS,
    CUSTOMER_PREFIX,
    SESSION_PREFIX,
    USER_PREFIX,
    User,
)
from fondaco.kit.django.audiences import owners_of
from fondaco.kit.django.events import EventRow
from fondaco.kit.ids import InvalidId, decode
from fondaco.notifications.types import Notice

ALERTED: Final = "notifications:manage"
"""The right of those who are told of what an operator must see to."""
_DEVICES_LOOKED_AT: Final = 50


@dataclass(frozen=True, slots=True)
class Told:
    """Say that a person is told of an event by a notice."""

    event: EventRow
    notice: Notice
    user: User


@dataclass(frozen=True, slots=True)
class Circle:
    """Hold whom the things of some events belong to."""

    owners: Mapping[str, UUID]
    """Customers by the identifiers that the events name: their own, or their wallets'."""
    heads: Mapping[UUID, list[User]]
    users: Mapping[UUID, User]
    names: Mapping[UUID, str]
    staff: Sequence[User]

    def told(self, event: EventRow, notice: Notice) -> list[Told]:
        """Give who is told of an event by a notice."""
        if notice.to == "staff":
            return [Told(event, notice, user) for user in self.staff]
        wire = str(event.data.get(notice.to) or "")
        user_id = _uuid(USER_PREFIX, wire)
        if user_id is not None:
            return [Told(event, notice, self.users[user_id])] if user_id in self.users else []
        owner = self.owners.get(wire)
        found = self.heads.get(owner, []) if owner else []
        return [Told(event, notice, user) for user in found]

    def name_of(self, wire: str) -> str:
        """Give the name of the customer whom an identifier belongs to; empty where nobody knows."""
        owner = self.owners.get(wire)
        return self.names.get(owner, "") if owner else ""


def look_up(pairs: Sequence[tuple[EventRow, Notice]]) -> Circle:
    """Look up all who may be told, with a handful of queries for however many events."""
    wires = {
        str(event.data.get(field) or "")
        for event, notice in pairs
        for field in (notice.to, *notice.people.values())
    }
    owners = {
        wire: decode(CUSTOMER_PREFIX, owner) for wire, owner in owners_of(frozenset(wires)).items()
    }
    user_ids = {found for wire in wires if (found := _uuid(USER_PREFIX, wire)) is not None}
    customers = set(owners.values())
    return Circle(
        owners=owners,
        heads=reaching.list_heads(customers) if customers else {},
        users=reaching.get_users(user_ids) if user_ids else {},
        names=_names(customers) if any(notice.people for _, notice in pairs) else {},
        staff=_alerted() if any(notice.to == "staff" for _, notice in pairs) else [],
    )


def device_of(data: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Say what is known of the device of a new session; none when the person has used it before.

    The first session of all is no news: whoever registered has just opened it.
    """
    user_id, session_id = _uuid(USER_PREFIX, data["user"]), _uuid(SESSION_PREFIX, data["session"])
    if user_id is None:
        return None
    known = people.list_sessions(user_id=user_id, limit=_DEVICES_LOOKED_AT)
    this = next((one for one in known if one.id == session_id), None)
    if this is None:
        return None
    earlier = [one for one in known if one.created_at < this.created_at]
    if not earlier or any(
        (one.agent, one.address) == (this.agent, this.address) for one in earlier
    ):
        return None
    return {"agent": this.agent, "address": this.address}


def _names(customers: Iterable[UUID]) -> Mapping[UUID, str]:
    return {found.id: found.name for found in people.get_customers(customers).values()}


def _alerted() -> list[User]:
    return [
        user
        for user in people.list_staff()
        if user.disabled_at is None and {ALL_RIGHTS, ALERTED} & user.permissions
    ]


def _uuid(prefix: str, wire: str) -> UUID | None:
    if not wire.startswith(
        prefix
    ):  # most name wallets, and an exception costs more than all else here
        return None
    try:
        return decode(prefix, wire)
    except InvalidId:
        return None
