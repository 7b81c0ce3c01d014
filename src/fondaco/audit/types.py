"""What crosses the border of the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType
from uuid import UUID

AuditId = NewType("AuditId", UUID)

AUDIT_PREFIX = "aud"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Tell one change: who did what to what, and when."""

    id: AuditId
    at: datetime
    actor: str
    """``kind:id`` of the agent, as `fondaco.kit.access.Actor` writes itself."""
    action: str
    """The verb with its domain, such as ``wallets.wallet.freeze``."""
    subject: str
    """The wire identifier of what was changed."""
    detail: Mapping[str, Any]
    """Facts in JSON: before and after, a reason, an amount as text; never a secret."""
