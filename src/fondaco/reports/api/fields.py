"""What statements are asked for with."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, Field

from fondaco.kit.django.api.schemas import Strict, Text, WireId
from fondaco.kit.errors import InvalidField
from fondaco.reports.formats import Format
from fondaco.wallets.types import CUSTOMER, TRANSFER, WALLET

WalletWireId = Annotated[UUID, WireId(WALLET)]
TransferWireId = Annotated[UUID, WireId(TRANSFER)]
CustomerWireId = Annotated[UUID, WireId(CUSTOMER)]
REFERENCE_MAX = 64
Reference = Annotated[
    Text,
    Field(
        max_length=REFERENCE_MAX,
        description="A wallet's token, or the identifier of an own wallet.",
    ),
]
TimeZone = Annotated[Text, Field(max_length=64, examples=["Europe/Kyiv"])]


def zone_of(name: str) -> ZoneInfo:
    """Give a time zone by its name.

    :raises InvalidField: there is none of this name
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidField("There is no such time zone.", field="time_zone") from None


class ReportPeriodIn(Strict):
    """Choose a period and the form of the answer; ``from`` is included and ``to`` is not."""

    since: AwareDatetime | None = Field(default=None, alias="from")
    until: AwareDatetime | None = Field(default=None, alias="to")
    time_zone: TimeZone = Field(default="UTC", description="Of the dates in a PDF.")
    format: Format | None = Field(default=None, description="Absent: what ``Accept`` prefers.")

    @property
    def zone(self) -> ZoneInfo:
        """Give the time zone.

        :raises InvalidField: there is none of this name
        """
        return zone_of(self.time_zone)


def instant_text(at: datetime | None) -> Any:
    """Write a day for a file's name."""
    return at.strftime("%Y-%m-%d") if at else "beginning"
