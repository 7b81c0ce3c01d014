"""What crosses the border of connections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fondaco.connections.states import Environment, Family, Health
from fondaco.kit.ids import encode

PREFIX: Final = "prv"
"""Provider accounts begin with ``prv_`` on the wire."""
DRAFT_PREFIX: Final = "prd"
"""Drafts of credentials begin with ``prd_``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAccount:
    """Hold what a client needs to talk to a provider, credentials included."""

    id: UUID
    family: Family
    kind: str
    """The vendor's adapter, such as ``kraken``."""
    label: str
    environment: Environment
    credentials: Mapping[str, str] = field(repr=False)
    settings: Mapping[str, Any]
    """Address, proxy, threshold of a low balance by currency; never secrets."""
    priority: int
    """The lower one is asked first."""
    enabled: bool
    health: Health
    health_detail: str
    checked_at: datetime | None
    version: int

    @property
    def wire_id(self) -> str:
        """Give the identifier as the API writes it."""
        return encode(PREFIX, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """Say what an account is to be; its credentials are those of a draft, or stay as they are."""

    id: UUID
    family: Family
    kind: str
    label: str
    environment: Environment
    settings: Mapping[str, Any]
    priority: int
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Show credentials that were handed in and wait for a signature; never the credentials themselves."""

    id: UUID
    names: tuple[str, ...]
    digest: str
    """Keyed, so that it tells nothing; the same credentials have the same one."""
    expires_at: datetime
