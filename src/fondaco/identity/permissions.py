"""What a customer's people may be given, by role; a permission is named ``object:action``.

Owners and administrators hold everything that the customer may do, and are the only ones who give
permissions. Nobody is given ``*`` by a request: it comes with the role.
"""

from collections.abc import Iterable
from typing import Final

from fondaco.identity.states import CustomerKind, MemberRole
from fondaco.identity.types import ALL_RIGHTS
from fondaco.kit.errors import InvalidField

READING: Final = frozenset({"wallets:read", "orders:read"})
"""What everybody of a customer may see."""

MONEY: Final = frozenset({"wallets:spend", "wallets:charge", "wallets:manage"})

PARTY_OBJECTS: Final = (
    "program",
    "counterparty",
    "pairing",
    "trade_invoice",
    "finance_request",
    "repayment",
)
PARTY_ACTIONS: Final = ("view", "make", "sign_a", "sign_b", "sign_c")
"""See, begin as maker, and sign in group A, B or C."""

PARTY: Final = frozenset(f"{thing}:{action}" for thing in PARTY_OBJECTS for action in PARTY_ACTIONS)

_GIVEN: Final = {
    MemberRole.OWNER: frozenset[str](),
    MemberRole.FINANCE: READING | MONEY,
    MemberRole.VIEWER: READING,
    MemberRole.ADMINISTRATOR: frozenset[str](),
    MemberRole.SUPERVISOR: READING | MONEY | PARTY,
}
"""What may be chosen for each role."""

_ORGANISATION: Final = frozenset({MemberRole.OWNER, MemberRole.FINANCE, MemberRole.VIEWER})
_SIDE: Final = frozenset({MemberRole.ADMINISTRATOR, MemberRole.SUPERVISOR})

IN_CHARGE: Final = frozenset({MemberRole.OWNER, MemberRole.ADMINISTRATOR})

_ROLES: Final = {
    CustomerKind.CLIENT: frozenset({MemberRole.OWNER}),
    CustomerKind.COMPANY: _ORGANISATION,
    CustomerKind.CORPORATE: _SIDE,
    CustomerKind.BANK: _SIDE,
}


def permissions_of(
    *, kind: CustomerKind, role: MemberRole, chosen: Iterable[str]
) -> frozenset[str]:
    """Give what a member of a customer holds, where ``chosen`` counts for finance people and supervisors.

    :raises InvalidField: the kind of customer has no such role, or the role no such permission
    """
    if role not in _ROLES[kind]:
        raise InvalidField("A customer of this kind has no such role.", field="role")
    wanted = frozenset(chosen)
    if not wanted <= _GIVEN[role]:
        raise InvalidField("The role cannot hold all of these.", field="permissions")
    if role in IN_CHARGE:
        return frozenset({ALL_RIGHTS})
    return wanted | READING
