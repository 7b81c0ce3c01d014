"""Names of people and customers in the place of their identifiers."""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fondaco.console.desk.showing import cut, short
from fondaco.identity.queries import get_customers, list_staff
from fondaco.identity.types import CUSTOMER_PREFIX, User, customer_wire
from fondaco.kit.errors import InvalidField
from fondaco.kit.ids import InvalidId, decode

_SYSTEM: Final = "system:"


def name_of(user: User) -> str:
    """Give the name by which the house's people know one of theirs."""
    return f"{user.first_name} {user.last_name}".strip() or user.email or user.wire_id


def staff_names() -> Mapping[str, str]:
    """Give the names of the house's people by their identifiers on the wire; one query."""
    return {user.wire_id: name_of(user) for user in list_staff()}


def known_as(wire: str, names: Mapping[str, str]) -> str:
    """Give somebody's name as plain text; the end of his identifier where he is none of the house's own."""
    return names.get(wire) or cut(wire)


def actor(text: str, names: Mapping[str, str]) -> SafeString | str:
    """Show who did something: by name where he is one of the house's own."""
    if text.startswith(_SYSTEM) or text == "system":
        return _("the house's own machinery")
    wire = text.rpartition(":")[2]
    return names.get(wire) or short(wire)


def customers(ids: Iterable[UUID]) -> Mapping[UUID, SafeString]:
    """Show customers by name with the end of their identifiers; one query."""
    return {
        one.id: format_html("{} {}", one.name, short(customer_wire(one.id)))
        for one in get_customers(ids).values()
    }


def read_customer(text: str, *, field: str = "customer") -> UUID | None:
    """Read a customer's identifier out of a form; none where nothing is written.

    :raises InvalidField: it is none
    """
    if not text.strip():
        return None
    try:
        return decode(CUSTOMER_PREFIX, text.strip())
    except InvalidId:
        raise InvalidField(_("A customer's identifier begins with cus_."), field=field) from None
