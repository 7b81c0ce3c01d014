"""``/me/api-keys`` and ``/me/ip-allowlist``: keys for programs, and from where one may be reached."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.apikeys import actions, queries
from fondaco.apikeys.actions.keys import NETWORKS_MAX
from fondaco.apikeys.errors import NoSandbox, TooManyKeys, TooManyNetworks, WouldLockOut
from fondaco.apikeys.networks import read_network
from fondaco.apikeys.scopes import Scope
from fondaco.apikeys.types import (
    NETWORK_PREFIX,
    AllowedNetwork,
    IssuedKey,
    Key,
    KeyId,
    KeyMode,
    NewKey,
    read_key_wire,
)
from fondaco.identity import queries as identity
from fondaco.identity.errors import StepUpRequired
from fondaco.identity.types import ALL_RIGHTS
from fondaco.kit import clock
from fondaco.kit.access import ActorKind, Principal, require, require_customer
from fondaco.kit.django import tenancy
from fondaco.kit.django.api.addresses import exact_address
from fondaco.kit.django.api.auth import people, principal, signed_in
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text, WireId
from fondaco.kit.django.tenancy import directory
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId

keys = Router(auth=people, tags=["api keys"])
allowlist = Router(auth=people, tags=["api keys"])

Label = Annotated[Text, Field(min_length=1, max_length=100)]
NetworkText = Annotated[Text, Field(max_length=50, examples=["203.0.113.0/24"])]
NetworkWireId = Annotated[UUID, WireId(NETWORK_PREFIX)]


class KeyIn(Strict):
    """Take what a key is for."""

    label: Label
    scopes: Annotated[list[Scope], Field(min_length=1)]
    networks: Annotated[list[NetworkText], Field(max_length=NETWORKS_MAX)] = Field(
        default=[], description="From where it may be used; empty: from everywhere."
    )
    expires_at: datetime | None = None
    mode: KeyMode = Field(
        default=KeyMode.LIVE, description="Test keys act in the sandbox and never meet live data."
    )

    def to_ask(self) -> NewKey:
        """Give what is asked.

        :raises InvalidField: a network cannot be read
        """
        networks = (read_network(text, field="networks") for text in self.networks)
        return NewKey(
            label=self.label,
            scopes=frozenset(scope.value for scope in self.scopes),
            networks=tuple(dict.fromkeys(networks)),
            expires_at=self.expires_at,
        )


class ApiKeyOut(Strict):
    """Show a key, without its secret."""

    id: str
    mode: KeyMode
    label: str
    scopes: list[str]
    networks: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")

    @classmethod
    def of(cls, key: Key) -> Self:
        """Show a key."""
        return cls(
            id=key.wire_id,
            mode=key.mode,
            label=key.label,
            scopes=sorted(key.scopes),
            networks=[str(network) for network in key.networks],
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
        )


class IssuedKeyOut(Strict):
    """Show a new key, and its secret for this once."""

    key: ApiKeyOut
    secret: str = Field(description="Shown this once. Sign with it as docs/signing.md says.")

    @classmethod
    def of(cls, issued: IssuedKey) -> Self:
        """Show a new key."""
        return cls(key=ApiKeyOut.of(issued.key), secret=issued.secret)


class ApiKeysOut(Strict):
    """Show the living keys, the latest first."""

    items: list[ApiKeyOut]


class KeysIn(Strict):
    """Take which keys are asked for."""

    mode: KeyMode = KeyMode.LIVE


class NetworkIn(Strict):
    """Take a network that may reach the customer."""

    network: NetworkText
    label: Annotated[Text, Field(max_length=100)] = ""
    confirm: bool = Field(
        default=False, description="True: go on even if one's own address is left out."
    )


class NetworkRemovalIn(Strict):
    """Take whether the caller means it."""

    confirm: bool = False


class NetworkOut(Strict):
    """Show a network that may reach the customer."""

    id: NetworkWireId
    network: str
    label: str
    created_at: datetime

    @classmethod
    def of(cls, allowed: AllowedNetwork) -> Self:
        """Show an entry."""
        return cls(
            id=allowed.id,
            network=str(allowed.network),
            label=allowed.label,
            created_at=allowed.created_at,
        )


class NetworksOut(Strict):
    """Show the whole list, and the address that the server sees the caller at."""

    items: list[NetworkOut] = Field(description="Empty: all addresses are allowed.")
    your_address: str


@keys.get("")
def list_keys(request: HttpRequest, asked: Query[KeysIn]) -> ApiKeysOut:
    """List one's living keys, the latest first."""
    customer_id = require_customer(_head(request))
    listed = queries.list_keys if asked.mode is KeyMode.LIVE else queries.list_test_keys
    return ApiKeysOut(items=[ApiKeyOut.of(key) for key in listed(customer_id=customer_id)])


@keys.post("", status=201, errors=(StepUpRequired, TooManyKeys, NoSandbox))
def create_key(request: HttpRequest, body: KeyIn) -> IssuedKeyOut:
    """Make a key; its secret is shown this once."""
    who = _proved_head(request)
    create = actions.create_key if body.mode is KeyMode.LIVE else actions.create_test_key
    return IssuedKeyOut.of(
        create(
            customer_id=require_customer(who),
            user_id=who.user_id,
            ask=body.to_ask(),
            by=who.actor,
        )
    )


@keys.delete("/{key_id}", errors=(StepUpRequired,))
def delete_key(request: HttpRequest, key_id: str) -> None:
    """End a key: its signatures open nothing within a second."""
    who = _proved_head(request)
    found, mode = _read(key_id)
    sandbox = directory.find_sandbox(tenancy.current().name) if mode is KeyMode.TEST else None
    with tenancy.scope(sandbox or tenancy.current()):
        actions.delete_key(key_id=found, customer_id=require_customer(who), by=who.actor)


@keys.post("/{key_id}/verify", auth=signed_in)
def verify_key(request: HttpRequest, key_id: str) -> ApiKeyOut:
    """Show the key that signed this request: whoever gets an answer signs rightly."""
    who = principal(request)
    found, _ = _read(key_id)
    if who.actor.kind is not ActorKind.API_KEY or who.actor.id != key_id:
        raise NotFound("Sign this request with the key itself.")
    return ApiKeyOut.of(queries.get_key(key_id=found, customer_id=require_customer(who)))


@allowlist.get("")
def list_networks(request: HttpRequest) -> NetworksOut:
    """List from where one's customer may be reached, by people and by keys."""
    found = queries.list_networks(customer_id=require_customer(_head(request)))
    return NetworksOut(
        items=[NetworkOut.of(one) for one in found], your_address=exact_address(request)
    )


@allowlist.post("", status=201, errors=(StepUpRequired, WouldLockOut, TooManyNetworks))
def allow_network(request: HttpRequest, body: NetworkIn) -> NetworkOut:
    """Allow a network; the first entry shuts out all other addresses."""
    who = _proved_head(request)
    return NetworkOut.of(
        actions.allow_network(
            customer_id=require_customer(who),
            network=read_network(body.network, field="network"),
            label=body.label,
            here=None if body.confirm else exact_address(request),
            by=who.actor,
        )
    )


@allowlist.delete("/{network_id}", errors=(StepUpRequired, WouldLockOut))
def remove_network(
    request: HttpRequest, network_id: NetworkWireId, asked: Query[NetworkRemovalIn]
) -> None:
    """Take a network from the list; without the last one all addresses are allowed again."""
    who = _proved_head(request)
    actions.remove_network(
        network_id=network_id,
        customer_id=require_customer(who),
        here=None if asked.confirm else exact_address(request),
        by=who.actor,
    )


def _head(request: HttpRequest) -> Principal:
    """Give who asks, when he heads the customer: keys and addresses are not for those with some rights."""
    return require(principal(request), ALL_RIGHTS)


def _proved_head(request: HttpRequest) -> Principal:
    who = _head(request)
    require_customer(who)
    identity.check_step_up(session_id=who.session_id, at=clock.now())
    return who


def _read(text: str) -> tuple[KeyId, KeyMode]:
    try:
        return read_key_wire(text)
    except InvalidId:
        raise NotFound("You have no such key.") from None
