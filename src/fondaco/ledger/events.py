"""What the ledger tells about its accounts; what happens to money is told by the domains."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fondaco.kit.django.events import HOUSE, DomainEvent, Wire, event
from fondaco.kit.ids import encode
from fondaco.ledger.types import TRANSFER_PREFIX


@dataclass(frozen=True, kw_only=True)
class AccountEvent(DomainEvent):
    """Name the account by its code."""

    code: str

    @property
    def subject(self) -> str:
        """Give the account's code."""
        return self.code


@event("ledger.account.opened", version=1, concerns=HOUSE)
@dataclass(frozen=True, kw_only=True)
class AccountOpened(AccountEvent):
    """Say that an account can be posted to from now on."""

    asset: str
    kind: str


@event("ledger.account.frozen", version=1, concerns=HOUSE)
@dataclass(frozen=True, kw_only=True)
class AccountFrozen(AccountEvent):
    """Say that nothing can be posted to the account for the time being."""


@event("ledger.account.unfrozen", version=1, concerns=HOUSE)
@dataclass(frozen=True, kw_only=True)
class AccountUnfrozen(AccountEvent):
    """Say that the account can be posted to again."""


@event("ledger.account.closed", version=1, concerns=HOUSE)
@dataclass(frozen=True, kw_only=True)
class AccountClosed(AccountEvent):
    """Say that the account is at zero and will never be posted to again."""


@event("ledger.account.floor_changed", version=1, concerns=HOUSE)
@dataclass(frozen=True, kw_only=True)
class AccountFloorChanged(AccountEvent):
    """Say that the least available balance of the account is another one from now on."""

    floor: str | None
    """Minor units; none: it may go either way."""


@event("ledger.asset.declared", version=1, concerns=HOUSE)
@dataclass(frozen=True, kw_only=True)
class AssetDeclared(DomainEvent):
    """Say that accounts may count the asset from now on."""

    code: str
    scale: int

    @property
    def subject(self) -> str:
        """Give the asset's code."""
        return self.code


@event("ledger.hold.expired", version=1, concerns=HOUSE)
@dataclass(frozen=True, kw_only=True)
class HoldExpired(DomainEvent):
    """Say that reserved money is free again, since nobody took it in time."""

    hold_id: Annotated[UUID, Wire(TRANSFER_PREFIX)]

    @property
    def subject(self) -> str:
        """Give the hold's id."""
        return encode(TRANSFER_PREFIX, self.hold_id)
