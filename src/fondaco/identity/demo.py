"""The people of a demo tenant; their passwords are made anew for each tenant and told once."""

import secrets
from dataclasses import dataclass, field
from typing import Final

from fondaco.identity import actions, queries
from fondaco.identity.states import CustomerKind, StaffRole
from fondaco.identity.types import ALL_RIGHTS, CustomerId, NewCustomer, User, UserId
from fondaco.kit.access import Actor, Role
from fondaco.kit.django import tenancy
from fondaco.kit.errors import DomainError, Kind

_WORDS: Final = [
    "amber",
    "anchor",
    "basil",
    "beacon",
    "candle",
    "cedar",
    "cobalt",
    "copper",
    "coral",
    "ember",
    "fennel",
    "galley",
    "garnet",
    "harbour",
    "hazel",
    "indigo",
    "ivory",
    "jasper",
    "juniper",
    "lantern",
    "linen",
    "maple",
    "marble",
    "nutmeg",
    "olive",
    "opal",
    "pepper",
    "pewter",
    "quartz",
    "saffron",
    "silver",
    "spruce",
    "timber",
    "topaz",
    "umber",
    "velvet",
    "walnut",
    "willow",
]
_WORDS_IN_PASSWORD: Final = 5


class DemoRefused(DomainError):
    """Say that invented people and money are made in demo and sandbox tenants only."""

    code = "demo_refused"
    kind = Kind.CONFLICT
    title = "Demo people live in demo tenants only."


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Introduce one person of the demo: whom to log in as."""

    username: str
    role: Role
    name: str
    """The person's name, or the organisation's."""
    password: str = field(repr=False)
    """Empty where the person was there before and keeps his password."""
    user_id: UserId
    customer_id: CustomerId | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Cast:
    username: str
    first_name: str
    last_name: str
    phone: str
    kind: CustomerKind | None = CustomerKind.CLIENT
    organisation: str | None = None


_CAST: Final = (
    _Cast("johnwick", "John", "Wick", "+12025550111"),
    _Cast("lyraking", "Lyra", "King", "+12025550112"),
    _Cast("alexray", "Alex", "Ray", "+12025550113"),
    _Cast("admin", "Ada", "Minter", "+12025550114"),
    _Cast("bookshop", "Bea", "Reed", "+12025550121", CustomerKind.COMPANY, "Harbour Books"),
    _Cast("buyer", "Bruno", "Vale", "+12025550131", CustomerKind.CORPORATE, "Vale Trading"),
    _Cast(
        "supplier",
        "Sofia",
        "Marsh",
        "+12025550132",
        CustomerKind.CORPORATE,
        "Marsh Mills",
    ),
    _Cast("bank", "Bianca", "Stone", "+12025550141", CustomerKind.BANK, "First Quay Bank"),
    _Cast("operator", "Olga", "Keeper", "", kind=None),
)


def seed_people(*, by: Actor, renew_passwords: bool = False) -> tuple[DemoPerson, ...]:
    """Make those of the demo's people who are missing; give all of them, in a fixed order.

    With ``renew_passwords`` those who were there before get another password and their sessions end.

    :raises DemoRefused: the tenant is a live one
    """
    check_play_money()
    return tuple(_introduce(cast, by, renew_passwords=renew_passwords) for cast in _CAST)


def check_play_money() -> None:
    """Pass silently in a tenant whose people and money are not real.

    :raises DemoRefused: the tenant is a live one
    """
    if tenancy.current().mode == "live":
        raise DemoRefused


def _introduce(cast: _Cast, by: Actor, *, renew_passwords: bool) -> DemoPerson:
    found = queries.find_user(identifier=cast.username)
    is_new = found is None
    password = new_password() if is_new or renew_passwords else ""
    user = _create(cast, password, by) if found is None else found
    if not is_new and renew_passwords:
        actions.replace_password(user_id=user.id, new=password, by=by)
    customer = queries.find_customer_by_identifier(cast.username)
    return DemoPerson(
        username=cast.username,
        role=Role.OPERATOR if cast.kind is None else Role(cast.kind),
        name=cast.organisation or f"{cast.first_name} {cast.last_name}",
        password=password,
        user_id=user.id,
        customer_id=customer.id if customer else None,
        is_new=is_new,
    )


def _create(cast: _Cast, password: str, by: Actor) -> User:
    email = f"{cast.username}@example.com"
    if cast.kind is None:
        link = actions.create_operator(
            role=StaffRole.OPERATOR,
            email=email,
            username=cast.username,
            first_name=cast.first_name,
            last_name=cast.last_name,
            permissions=frozenset({ALL_RIGHTS}),
            by=by,
        )
        return actions.set_up_operator(token=link.token, password=password)
    registered = actions.register(
        ask=NewCustomer(
            kind=cast.kind,
            email=email,
            phone=cast.phone,
            username=cast.username,
            password=password,
            first_name=cast.first_name,
            last_name=cast.last_name,
            name=cast.organisation,
            url="https://example.com" if cast.organisation else None,
        ),
        by=by,
    )
    return registered.user


def new_password() -> str:
    """Make a password that is easy to type: five words of a list of 38 (26 bits; for demos only)."""
    return "-".join(secrets.choice(_WORDS) for _ in range(_WORDS_IN_PASSWORD))
