"""Reads of second factors."""

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
