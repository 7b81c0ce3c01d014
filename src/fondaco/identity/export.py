"""What the house knows of a person, gathered for himself (GDPR, article 15 and 20)."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from fondaco.identity import models, queries
from fondaco.identity.types import customer_wire, session_wire

_sections: Final[dict[str, Callable[[UUID], Any]]] = {}


def add_section(name: str, give: Callable[[UUID], Any]) -> None:
    """Have the export show what a higher layer knows of a person, as JSON values; the latest counts."""
    _sections[name] = give


def export_person(*, user_id: UUID) -> dict[str, Any]:
    """Give everything as JSON values, instants in ISO 8601; secrets are not part of it.

    :raises NotFound: there is no such user
    """
    user = queries.get_user(user_id)
    return {
        "person": {
            "id": user.wire_id,
            "email": user.email,
            "email_verified_at": _at(user.email_verified_at),
            "phone": user.phone,
            "phone_verified_at": _at(user.phone_verified_at),
            "username": user.username,
            "telegram_id": user.telegram_id,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "created_at": _at(user.created_at),
        },
        "settings": {
            "language": user.settings.language,
            "time_zone": user.settings.time_zone,
            "currency": user.settings.currency,
            "notifications": user.settings.notifications,
        },
        "memberships": [_member(row) for row in _memberships(user_id)],
        "sessions": [
            {
                "id": session_wire(row.id),
                "created_at": _at(row.created_at),
                "ended_at": _at(row.ended_at),
                "end_reason": row.end_reason,
                "address": row.address,
                "agent": row.agent,
            }
            for row in models.Session.objects.filter(user_id=user_id).order_by("-id")
        ],
        **{name: give(user_id) for name, give in _sections.items()},
    }


def _memberships(user_id: UUID) -> Any:
    return models.Membership.objects.filter(user_id=user_id).select_related("customer")


def _member(row: models.Membership) -> dict[str, Any]:
    return {
        "customer": customer_wire(row.customer_id),
        "name": row.customer.name,
        "kind": row.customer.kind,
        "level": row.customer.level,
        "role": row.role,
        "permissions": row.permissions,
        "since": _at(row.created_at),
    }


def _at(instant: Any) -> str | None:
    return instant.isoformat() if instant else None
