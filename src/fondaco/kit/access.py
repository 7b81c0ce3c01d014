"""Who is asking, who is acting, and what that allows.

``identity`` makes principals, ``project`` installs its authenticator here, and every API asks here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from fondaco.kit.errors import Forbidden, Unauthenticated


class ActorKind(StrEnum):
    """What sort of agent changed something."""

    USER = "user"
    API_KEY = "api_key"
    OPERATOR = "operator"
    JOB = "job"
    PROVIDER = "provider"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Name the agent of a change in audit rows and events."""

    kind: ActorKind
    id: str
    """The wire identifier of the agent: ``usr_…``, ``key_…``, a job's or a provider's name."""
    session_id: UUID | None = field(default=None, compare=False)
    """At which of his devices a person acts; none for programs. The same person is the same agent at each."""

    def __str__(self) -> str:
        """Write ``kind:id``."""
        return self.kind + ":" + self.id


SYSTEM = Actor(ActorKind.SYSTEM, "fondaco")
"""The platform itself: migrations, seeding, periodic work that no person began."""


class Role(StrEnum):
    """What a principal is to this tenant."""

    CLIENT = "client"
    COMPANY = "company"
    CORPORATE = "corporate"
    BANK = "bank"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    MASTER_ADMIN = "master_admin"


STAFF = frozenset({Role.OPERATOR, Role.AUDITOR, Role.MASTER_ADMIN})


@dataclass(frozen=True, slots=True)
class Principal:
    """Describe who asks: proved by a token or key, valid for one request."""

    actor: Actor
    role: Role
    user_id: UUID
    customer_id: UUID | None
    """The customer for whom the user acts; none for operators."""
    session_id: UUID | None = None
    permissions: frozenset[str] = field(default_factory=frozenset)
    """Member's, operator's or key's permissions such as ``wallets:charge``; ``*`` allows all of the role."""

    @property
    def is_person(self) -> bool:
        """Tell whether somebody is logged in, rather than a program with a key."""
        return self.actor.kind is not ActorKind.API_KEY

    @property
    def is_staff(self) -> bool:
        """Tell whether this is one of the house's own people."""
        return self.role in STAFF

    def can(self, permission: str) -> bool:
        """Tell whether the principal holds a permission."""
        return "*" in self.permissions or permission in self.permissions


class Call(Protocol):
    """Show the request that credentials came with, as far as a signature or an address list needs it."""

    @property
    def method(self) -> str:
        """Give the verb in capital letters."""

    @property
    def host(self) -> str:
        """Give the host, with the port where one was sent."""

    @property
    def target(self) -> str:
        """Give path and query as they were sent."""

    @property
    def body(self) -> bytes:
        """Give the body's bytes."""

    @property
    def address(self) -> str:
        """Give the caller's address; empty where the server knows none."""

    def hold_nonce(self, *, signer: bytes, at_s: int, nonce: str) -> None:
        """Have the request's write spend a nonce of the signer, made at a time (Unix seconds)."""


class Authenticator(Protocol):
    """Turn the headers of a request into a principal."""

    def authenticate(
        self, headers: Mapping[str, str], call: Call | None = None
    ) -> Principal | None:
        """Give the principal, or none where no credentials are sent.

        :param call: the rest of the request; none on a socket, where nothing can be signed
        :raises Unauthenticated: credentials are sent, but wrong, expired or revoked
        :raises Forbidden: right ones, but not from this address
        """


_installed: list[Authenticator] = []


def install(authenticator: Authenticator) -> None:
    """Make the authenticator the one of this process; the latest one counts."""
    _installed[:] = [authenticator]


def authenticate(headers: Mapping[str, str], call: Call | None = None) -> Principal | None:
    """Ask the installed authenticator.

    :raises Unauthenticated: credentials are sent, but wrong, expired or revoked
    :raises Forbidden: right ones, but not from this address
    :raises RuntimeError: none is installed
    """
    if not _installed:
        raise RuntimeError("no authenticator is installed; the project's wiring does it")
    return _installed[0].authenticate(headers, call)


def require(principal: Principal, permission: str, *roles: Role) -> Principal:
    """Give the principal back when it has one of the roles (any, if none is named) and the permission.

    :raises Forbidden: the role or the permission is missing
    """
    if roles and principal.role not in roles:
        raise Forbidden("Your role may not do this.")
    if not principal.can(permission):
        raise Forbidden(f"You lack the permission {permission}.")
    return principal


def require_customer(principal: Principal) -> UUID:
    """Give the customer for whom the principal acts.

    :raises Forbidden: the principal acts for no customer
    """
    if principal.customer_id is None:
        raise Forbidden("Only a customer may do this.")
    return principal.customer_id


__all__ = [
    "STAFF",
    "SYSTEM",
    "Actor",
    "ActorKind",
    "Authenticator",
    "Call",
    "Principal",
    "Role",
    "Unauthenticated",
    "authenticate",
    "install",
    "require",
    "require_customer",
]
