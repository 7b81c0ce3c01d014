"""Which mappings of brokers' lists customers have saved."""

from collections.abc import Mapping
from uuid import UUID

from fondaco.investing.models import ImportMapping as Row
from fondaco.investing.outside import mapping_of
from fondaco.investing.types import BrokerMapping


def list_mappings(*, customer_id: UUID) -> Mapping[str, BrokerMapping]:
    """Give a customer's mappings by name."""
    rows = Row.objects.filter(customer_id=customer_id).order_by("name")
    return {row.name: mapping_of(row.rules) for row in rows}
