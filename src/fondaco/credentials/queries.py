"""Reads of second factors."""

from typing import Any
from uuid import UUID

from fondaco.credentials import factors
from fondaco.credentials.types import Factors, Passkey


def get_factors(*, user_id: UUID) -> Factors:
    """Give which second factors a person has; never a seed or code."""
    return Factors(
        has_totp=factors.has_totp(user_id),
        recovery_codes_left=factors.count_recovery_codes(user_id),
        passkeys=tuple(
            Passkey(
                id=row.id,
                name=row.data["name"],
                created_at=row.created_at,
                last_used_at=row.last_used_at,
            )
            for row in factors.list_passkeys(user_id)
        ),
    )


def export_factors(user_id: UUID) -> dict[str, Any]:
    """Give a person's second factors as JSON values; never a seed or code."""
    found = get_factors(user_id=user_id)
    return {
        "has_totp": found.has_totp,
        "recovery_codes_left": found.recovery_codes_left,
        "passkeys": [
            {"name": one.name, "created_at": one.created_at.isoformat()} for one in found.passkeys
        ],
    }
