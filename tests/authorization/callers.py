"""Those who call: each role of a house, all of them real, with the credentials that they would send."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from fondaco.apikeys.scopes import Scope
from fondaco.apikeys.tests.programs import Program, make_key
from fondaco.identity import actions as identity, models
from fondaco.identity.states import CustomerKind, Level, MemberRole, StaffRole
from fondaco.identity.tests.people import make_operator, unique
from fondaco.identity.types import Registered
from fondaco.kit import clock
from fondaco.kyc import actions as verification
from fondaco.operators.rights import Right, rights_of
from fondaco.wallets.tests.cast import Person, new_person
from tests.plumbing.api import ApiClient

ROLES: Final = (
    "guest",
    "client",
    "owner",
    "finance",
    "viewer",
    "key",
    "bare key",
    "corporate",
    "bank",
    "operator",
    "clerk",
    "auditor",
    "admin",
)
"""In the order of the table's columns.

Owner, finance and viewer are people of one company; ``key`` is a key of it with all scopes, ``bare key`` one
with ``orders:read`` alone. The operator holds all rights, the clerk ``jobs:read`` alone.
"""

READING: Final = frozenset({"wallets:read", "orders:read"})
MONEY: Final = frozenset({"wallets:spend", "wallets:charge", "wallets:manage"})

Send = Callable[..., Any]


@dataclass(slots=True)
class Caller:
    """Somebody with credentials, and the customer for whom he acts."""

    role: str
    person: Person | None
    """The customer with his wallet; none for guests and staff."""
    user_id: UUID | None
    send: Send
    """``send(method, path, body)`` with the caller's credentials."""


@dataclass(slots=True)
class Cast:
    """All callers of one tenant, and what may be done to them."""

    callers: Mapping[str, Caller]
    strangers: Mapping[str, Person]
    """A customer of each kind whom none of the callers has to do with."""
    payer: Person
    """A client with money."""
    admins_token: str
    """Good for everything in its own tenant, hence for nothing in another."""
    made: dict[Any, Mapping[str, str]] = field(default_factory=dict)
    """The names of what was made for reads."""


def gather(host: str) -> Cast:
    """Make everybody, in the tenant whose scope is open."""
    people = {kind: new_person(kind, "1000.00") for kind in CustomerKind}
    strangers = {kind.value: new_person(kind, "1000.00") for kind in CustomerKind}
    company = people[CustomerKind.COMPANY]
    callers = {
        "guest": Caller("guest", None, None, ApiClient(host).send),
        "client": _head(host, "client", people[CustomerKind.CLIENT]),
        "owner": _head(host, "owner", company),
        "finance": _member(host, company, MemberRole.FINANCE, READING | MONEY),
        "viewer": _member(host, company, MemberRole.VIEWER, READING),
        "key": _program(host, "key", company, frozenset(Scope.values)),
        "bare key": _program(host, "bare key", company, frozenset({"orders:read"})),
        "corporate": _head(host, "corporate", people[CustomerKind.CORPORATE]),
        "bank": _head(host, "bank", people[CustomerKind.BANK]),
        "operator": _staff(host, "operator", StaffRole.OPERATOR, frozenset(Right)),
        "clerk": _staff(host, "clerk", StaffRole.OPERATOR, frozenset({Right.JOBS_READ})),
        "auditor": _staff(host, "auditor", StaffRole.AUDITOR, frozenset()),
        "admin": _staff(host, "admin", StaffRole.MASTER_ADMIN, frozenset()),
    }
    payer = new_person(CustomerKind.CLIENT, "100000.00")
    admin = callers["admin"].user_id
    assert admin is not None
    return Cast(
        callers=callers,
        strangers=strangers,
        payer=payer,
        admins_token=identity.open_session(user_id=admin).access_token,
    )


def _head(host: str, role: str, person: Person) -> Caller:
    verification.start(
        customer_id=person.customer_id,
        user_id=user_of(person),
        level=Level.VERIFIED,
        by=person.actor,
    )
    return _user(host, role, person, user_of(person))


def _member(host: str, company: Person, role: MemberRole, permissions: frozenset[str]) -> Caller:
    user = models.User.objects.create(username=unique(role.value), created_at=clock.now())
    models.Membership.objects.create(
        user=user,
        customer_id=company.customer_id,
        role=role,
        permissions=sorted(permissions),
        created_at=clock.now(),
    )
    return _user(host, role.value, company, user.id)


def _staff(host: str, role: str, staff_role: StaffRole, rights: frozenset[Right]) -> Caller:
    user = make_operator(role=staff_role, permissions=rights_of(staff_role, rights))
    return _user(host, role, None, user.id)


def _user(host: str, role: str, person: Person | None, user_id: UUID) -> Caller:
    """Log somebody in, and again after whatever may have ended his session."""
    api, tokens = ApiClient(host), list[str]()

    def send(method: str, path: str, body: Any = None) -> Any:
        if not tokens:
            tokens.append(identity.open_session(user_id=user_id).access_token)
        answer = api.send(method, path, body, token=tokens[0])
        if method != "GET" and path.startswith(("/me", "/auth")):
            tokens.clear()
        return answer

    return Caller(role, person, user_id, send)


def _program(host: str, role: str, company: Person, scopes: frozenset[str]) -> Caller:
    registered = Registered(
        customer=_Named(company.customer_id),  # type: ignore[arg-type]  # only the identifiers are asked for
        user=_Named(user_of(company), company.actor),  # type: ignore[arg-type]  # likewise
    )
    program = Program(make_key(registered, scopes=scopes), host=host)
    return Caller(role, company, registered.user.id, program.send_json)


@dataclass(frozen=True, slots=True)
class _Named:
    id: UUID
    actor: Any = None


def user_of(person: Person) -> UUID:
    """Give the person who registered a customer."""
    members = models.Membership.objects.filter(customer_id=person.customer_id).order_by("id")
    return members[0].user_id
