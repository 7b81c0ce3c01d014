"""Makes people for tests; each call makes new ones, since tests share a database."""

from fondaco.identity import actions
from fondaco.identity.states import CustomerKind, StaffRole
from fondaco.identity.types import (
    ALL_RIGHTS,
    UNKNOWN_ORIGIN,
    NewCustomer,
    Origin,
    Registered,
    SignedIn,
    User,
)
from fondaco.kit.access import SYSTEM
from fondaco.kit.ids import uuid7

PASSWORD = "walnut-copper-olive-lantern"


def unique(prefix: str = "p") -> str:
    """Give a user name that nobody has."""
    return f"{prefix}{uuid7().hex[-24:]}"


def make_client(*, username: str | None = None, password: str = PASSWORD) -> Registered:
    """Register a client with user name and e-mail."""
    name = username or unique("client")
    return actions.register(
        ask=NewCustomer(
            kind=CustomerKind.CLIENT,
            username=name,
            email=f"{name}@example.com",
            password=password,
            first_name="John",
            last_name="Wick",
        )
    )


def make_company(*, kind: CustomerKind = CustomerKind.COMPANY) -> Registered:
    """Register an organisation."""
    name = unique("company")
    return actions.register(
        ask=NewCustomer(
            kind=kind,
            username=name,
            email=f"{name}@example.com",
            password=PASSWORD,
            first_name="Bea",
            last_name="Reed",
            name="Harbour Books",
            url="https://example.com",
        )
    )


def make_operator(
    *,
    role: StaffRole = StaffRole.OPERATOR,
    permissions: frozenset[str] = frozenset({ALL_RIGHTS}),
) -> User:
    """Make one of the house's own people, who has chosen a password."""
    name = unique("operator")
    link = actions.create_operator(
        role=role,
        email=f"{name}@example.com",
        username=name,
        first_name="Olga",
        last_name="Keeper",
        permissions=permissions,
        by=SYSTEM,
    )
    return actions.set_up_operator(token=link.token, password=PASSWORD)


def sign_in(user: User) -> SignedIn:
    """Open a session."""
    return actions.open_session(user_id=user.id)


def bearer(signed_in: SignedIn) -> dict[str, str]:
    """Give the header that proves the session."""
    return {"Authorization": f"Bearer {signed_in.access_token}"}


def log_in(*, identifier: str, password: str, origin: Origin = UNKNOWN_ORIGIN) -> SignedIn:
    """Open a session by a password, as somebody without a second factor does."""
    user = actions.prove_password(identifier=identifier, password=password, origin=origin)
    return actions.open_session(user_id=user.id, origin=origin)
